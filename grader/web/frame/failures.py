"""Pages for what went wrong: what is so, and what to do next. Never a traceback, never a bare code."""

import logging
from collections.abc import Mapping

from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, Unauthorized

from grader.errors import ChainruleError, SubmissionError
from grader.model.language import N_, _
from grader.web.frame import intake

LOG = logging.getLogger(__name__)
OUR_FAULT = (
    N_("Something went wrong on our side"),
    N_("It is our fault, and it is logged. No earlier submission is lost. Try again in a minute."),
)
PAGES: Mapping[int, tuple[str, str]] = {
    400: (
        N_("This request could not be understood"),
        N_("Go back, reload the page and try again. Nothing was changed."),
    ),
    403: (
        N_("You are not allowed to do this"),
        N_("Nothing was changed. If you should be able to, ask the course's staff."),
    ),
    404: (
        N_("This page does not exist, or you can't see it"),
        N_(
            "Look for it under your assignments. "
            "If somebody sent you the address, perhaps only they can see it."
        ),
    ),
    405: (N_("This address does not accept this request"), N_("Go back and use the page's own buttons.")),
    409: (N_("This can't be done now"), N_("Go back and reload the page: it may have changed meanwhile.")),
    413: (N_("This is too large"), N_("Leave out what isn't needed. Nothing was changed.")),
    422: (N_("This can't be used as it is"), N_("Go back and try again.")),
    429: (N_("Too many requests"), N_("Wait a few minutes and try again. Nothing was changed.")),
    500: OUR_FAULT,
    503: (N_("We can't do that right now"), N_("Nothing is lost. Try again in a minute.")),
    507: (N_("There is no space left"), N_("Please tell the course's staff.")),
}
STALE = (
    N_("This page was open for too long"),
    N_("Go back, reload it and send it again. Nothing was changed, and no earlier submission is lost."),
)
# Where students upload; elsewhere staff does.
HAND_INS = frozenset({"student.hand_in"})
# What is read of an upload that is refused, so that the browser gets to see why.
_DRAINED = 256 << 20
_CHUNK = 1 << 20


def install(app: Flask) -> None:
    """Answer every failure with a page."""
    app.register_error_handler(Unauthorized, _sign_in_first)
    app.register_error_handler(CSRFError, _stale)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(ChainruleError, _ours)
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Exception, _broken)


def place() -> str:
    """Return the address of this request for the log: without the secret that some addresses are."""
    rule = request.url_rule
    return rule.rule if rule and "secret" in rule.arguments else request.path


def page(status: int, title: str, what: str, advice: str = "") -> Response:
    """Return a page that says what is so and what to do next."""
    text = render_template("failure.html", title=title, what=what, advice=advice, known=_known())
    return make_response(text, status)


def said(error: ChainruleError) -> str:
    """Return what an error says, as a sentence."""
    # A place is a name, which is written as it is.
    return f"{error.where}: {error.what}." if error.where else f"{error.what[:1].upper()}{error.what[1:]}."


def _known() -> bool:
    """Say whether somebody is signed in."""
    try:
        return bool(current_user.is_authenticated)
    # Whatever is wrong with the database, this page is shown.
    except Exception:
        return False


def _sign_in_first(error: Unauthorized) -> Response:
    """Lead who is not signed in to where they can; what polls is told to reload."""
    if "HX-Request" in request.headers:
        return Response(status=401, headers={"HX-Refresh": "true"})
    there = request.full_path.rstrip("?") if request.method == "GET" else None
    response: Response = redirect(url_for("auth.sign_in", next=there))  # type: ignore[assignment]
    return response


def _stale(error: CSRFError) -> Response:
    return page(400, *map(_, STALE))


def _too_large(error: RequestEntityTooLarge) -> Response:
    drain()
    refusal = intake.too_large(handed_in=(request.endpoint or "") in HAND_INS)
    return page(413, _(PAGES[413][0]), said(refusal), refusal.cure)


def drain() -> None:
    """Read on, up to a limit: a server that hangs up in the middle leaves the browser without an answer."""
    stream = request.environ["wsgi.input"]
    left = min(request.content_length or 0, _DRAINED)
    while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
        left -= len(chunk)


def _ours(error: ChainruleError) -> Response:
    if error.http_status >= 500:
        LOG.error("%s %s: %s", request.method, place(), error, exc_info=error)
    title, advice = map(_, PAGES.get(error.http_status, OUR_FAULT))
    if error.http_status == 404:
        return page(404, title, "", advice)
    if error.http_status in (500, 503):  # where and why is for the log
        return page(error.http_status, title, "", advice)
    if isinstance(error, SubmissionError) and (request.endpoint or "") in HAND_INS:
        title = _("This was not submitted")
    return page(error.http_status, title, said(error), error.cure or advice)


def http(error: HTTPException) -> Response:
    """Return the page for what went wrong before any view was reached, or was raised by one."""
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    title, advice = map(_, PAGES.get(error.code, PAGES[400] if error.code < 500 else OUR_FAULT))
    response = page(error.code, title, "", advice)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _broken(error: Exception) -> Response:
    LOG.error("%s %s failed", request.method, place(), exc_info=error)
    title, advice = map(_, OUR_FAULT)
    return page(500, title, "", advice)
