"""Speaks to a server's API: submits, and waits for the result. Raises its refusals as our errors."""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import Message
from typing import IO, TypeVar
from urllib.parse import urlsplit

import msgspec

from grader import errors
from grader.errors import ChainruleError, ServerUnreachable, UsageError
from grader.feedback.text import phrase
from grader.forms import regrade_structs, result_structs
from grader.model import Status
from grader.model.language import _

ANSWER_SECONDS = 60.0
# Nothing of ours answers with more; a page of somebody else's might.
ANSWER_BYTES = 32 << 20
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
GROWTH = 1.4
# A server that is started anew, or a network that is away for a moment, is waited for.
AWAY_SECONDS = 60.0
WAITING = frozenset({Status.QUEUED.value, Status.RUNNING.value})
F = TypeVar("F", bound=result_structs.Form)


@dataclass(frozen=True)
class Waiting:
    """How to wait: at most so long, telling `progress` of each answer."""

    seconds: float
    progress: Callable[[result_structs.ResultForm], None]
    sleep: Callable[[float], None] = time.sleep


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows nobody elsewhere: the token would go along."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


class Client:
    """One server, as the owner of a token."""

    def __init__(self, server: str, token: str) -> None:
        self._base = _base(server)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._opener = urllib.request.build_opener(_NoRedirects)

    def assignment(self, slug: str, course: str | None) -> result_structs.AssignmentForm:
        """Return the assignment called `slug`. Raises UsageError when there is none, or more than one."""
        courses = self._get("/courses", result_structs.CoursesForm).courses
        listed = [each for one in courses if course in (None, one.slug) for each in one.assignments]
        found = [each for each in listed if each.slug == slug]
        if len(found) == 1:
            return found[0]
        if found:
            named = ", ".join(each.course for each in found)
            raise UsageError(
                _("%(slug)s is in several courses", slug=slug),
                where="--course",
                cure=_("Choose one: %(named)s.", named=named),
            )
        known = ", ".join(dict.fromkeys(each.slug for each in listed))
        raise errors.NotFound(
            _("you have no assignment “%(slug)s” on this server", slug=slug),
            cure=_("Available: %(known)s.", known=known)
            if known
            else _("Check that this is your course's server and that you are in the course."),
        )

    def submit(self, assignment: result_structs.AssignmentForm, archive: bytes) -> result_structs.ResultForm:
        """Submit a zip."""
        path = f"/assignments/{assignment.id}/submissions"
        return self._ask(path, result_structs.ResultForm, archive, {"Content-Type": "application/zip"})

    def start_regrade(
        self, assignment: result_structs.AssignmentForm, wish: regrade_structs.RegradeWishForm
    ) -> regrade_structs.RegradeForm:
        """Start a regrade, or take up again what is undecided; with ``dry_run`` say what it would be of."""
        return self._post(f"/assignments/{assignment.id}/regrades", regrade_structs.RegradeForm, wish)

    def regrade(self, regrade_id: int) -> regrade_structs.RegradeForm:
        """Return a regrade and how far it is; a server that is away for a moment is waited for."""
        return self._patiently(f"/regrades/{regrade_id}", regrade_structs.RegradeForm, time.sleep)

    def changes(self, regrade_id: int) -> regrade_structs.ChangesForm:
        """Return what a regrade changes."""
        return self._get(f"/regrades/{regrade_id}/changes", regrade_structs.ChangesForm)

    def step_regrade(
        self, regrade_id: int, step: regrade_structs.RegradeStepForm
    ) -> regrade_structs.RegradeForm:
        """Pause, continue, cancel or drop a regrade, or make it live."""
        return self._post(f"/regrades/{regrade_id}", regrade_structs.RegradeForm, step)

    def wait(self, first: result_structs.ResultForm, waiting: Waiting) -> result_structs.ResultForm:
        """Return the result once it is there; the last state when `waiting` is over."""
        result, pause = first, FIRST_PAUSE_SECONDS
        end = time.monotonic() + waiting.seconds
        while result.submission.status in WAITING and time.monotonic() < end:
            waiting.progress(result)
            waiting.sleep(min(pause, max(0.0, end - time.monotonic())))
            pause = min(pause * GROWTH, LONGEST_PAUSE_SECONDS)
            result = self._patiently(
                f"/submissions/{first.submission.id}", result_structs.ResultForm, waiting.sleep
            )
        return result

    def _patiently(self, path: str, form: type[F], sleep: Callable[[float], None]) -> F:
        end = time.monotonic() + AWAY_SECONDS
        while True:
            try:
                return self._get(path, form)
            except ChainruleError as error:
                if error.http_status not in (502, 503) or time.monotonic() > end:
                    raise
            sleep(LONGEST_PAUSE_SECONDS)

    def _post(self, path: str, form: type[F], body: result_structs.Form) -> F:
        return self._ask(path, form, msgspec.json.encode(body), {"Content-Type": "application/json"})

    def _get(self, path: str, form: type[F]) -> F:
        return self._ask(path, form, None, {})

    def _ask(self, path: str, form: type[F], body: bytes | None, headers: Mapping[str, str]) -> F:
        url = f"{self._base}/api/v1{path}"
        request = urllib.request.Request(url, body, {**self._headers, **headers})
        try:
            with self._opener.open(request, timeout=ANSWER_SECONDS) as answer:
                content = answer.read(ANSWER_BYTES)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read(ANSWER_BYTES), self._base) from None
        except (OSError, http.client.HTTPException) as error:
            raise _away(error, self._base, handing_in=body is not None) from None
        try:
            return msgspec.json.decode(content, type=form)
        except msgspec.DecodeError as error:
            raise ServerUnreachable(
                _("this answer is not from Chainrule (%(error)s)", error=phrase(str(error), 80)),
                where=self._base,
                cure=_(
                    "Check the address, and that this program and the server have about the same version."
                ),
            ) from None


def _base(server: str) -> str:
    parts = urlsplit(server if "://" in server else f"https://{server}")
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise UsageError(
            _("this is not a server address"), where="--server", cure=_("Write https://grading.example.org.")
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _away(error: Exception, base: str, *, handing_in: bool) -> ServerUnreachable:
    reason = phrase(str(getattr(error, "reason", "") or error) or type(error).__name__, 120)
    known = _("Check the address and the network, and try again.")
    unknown = _("Check your submissions before you try again: this one may have arrived.")
    return ServerUnreachable(
        _("no answer: %(reason)s", reason=reason),
        where=base,
        cure=unknown if handing_in and not _refused(error) else known,
    )


def _refused(error: Exception) -> bool:
    """Say whether nothing can have arrived."""
    return isinstance(getattr(error, "reason", None), ConnectionRefusedError)


def _refusal(status: int, content: bytes, base: str) -> ChainruleError:
    """Return what a server's refusal is here."""
    try:
        problem = msgspec.json.decode(content, type=result_structs.FailureForm).error
    except msgspec.DecodeError:
        return ServerUnreachable(
            _("the answer was %(status)s, not in Chainrule's format", status=status),
            where=base,
            cure=_("Check the address: a proxy in front may be failing, or another service answers there."),
        )
    kind = _kinds().get(problem.code, UsageError if status < 500 else ServerUnreachable)
    return kind(phrase(problem.what), where=phrase(problem.where), cure=phrase(problem.cure, 400))


def _kinds() -> Mapping[str, type[ChainruleError]]:
    return {
        errors.code(each): each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, ChainruleError)
    }
