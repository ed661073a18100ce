"""What a browser does with the service's pages, without one: cookies, forms with their tokens, redirects."""

import html
import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

BOUNDARY = "chainrule-form-boundary"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_TAG = re.compile(r"<[^>]*>")
_REDIRECTS = (301, 302, 303)
TIMEOUT_SECONDS = 60.0


class Refused(Exception):
    """The service answered with an error."""


@dataclass(frozen=True)
class Page:
    """An answer: its path after redirects, its markup, and the seconds from request to last byte."""

    path: str
    markup: str
    seconds: float

    @property
    def text(self) -> str:
        """The page without its markup, in one line."""
        return " ".join(html.unescape(_TAG.sub(" ", self.markup)).split())


class Browser:
    """One person's browser, on one connection that is kept. For one thread at a time."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._connection = http.client.HTTPConnection(
            parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS
        )
        self._cookies: dict[str, str] = {}

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str) -> Page:
        """Fetch a page. Raises Refused for an error."""
        return self._follow("GET", path, None, {})

    def sign_in(self, email: str, password: str) -> Page:
        """Sign in. Raises Refused when that fails."""
        page = self.get("/sign-in")
        body = urlencode({"csrf_token": token(page), "email": email, "password": password}).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._follow("POST", "/sign-in", body, kind)

    def hand_in(self, assignment_id: int, files: Mapping[str, bytes]) -> Page:
        """Hand files in, from the assignment's page; returns the result's page."""
        return self.send_files(self.get(f"/assignments/{assignment_id}"), files)

    def send_files(self, form: Page, files: Mapping[str, bytes]) -> Page:
        """Send the form of an assignment's page; returns the result's page."""
        parts = [_part("csrf_token", token(form).encode())]
        parts += [_part("files", content, name) for name, content in files.items()]
        body = b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()
        return self._follow(
            "POST", form.path, body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        )

    def send_fields(self, form: Page, fields: Mapping[str, str]) -> Page:
        """Send a form of a page with these fields; returns where that leads."""
        body = urlencode({"csrf_token": token(form), **fields}).encode()
        return self._follow("POST", form.path, body, {"Content-Type": "application/x-www-form-urlencoded"})

    def result(self, page: Page, *, seconds: float, pause: float) -> Page:
        """Ask again and again until a result is there. Raises Refused when that takes too long."""
        until = time.monotonic() + seconds
        while is_waiting(page):
            if time.monotonic() > until:
                raise Refused(f"no result within {seconds:g} s: {page.text[:500]}")
            time.sleep(pause)
            page = self.get(page.path)
        return page

    def _follow(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Page:
        began = time.monotonic()
        status, answer, there = self._ask(method, path, body, headers)
        while status in _REDIRECTS:
            path = urlsplit(there).path
            status, answer, there = self._ask("GET", path, None, {})
        page = Page(path, answer, time.monotonic() - began)
        if status != 200:
            raise Refused(f"{method} {path}: {status}: {page.text[:500]}")
        return page

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        sent = {**headers, **({"Cookie": cookies} if cookies else {})}
        try:
            answer = self._request(method, path, body, sent)
        except (http.client.RemoteDisconnected, ConnectionError):  # it was idle for too long
            self._connection.close()
            answer = self._request(method, path, body, sent)
        for each in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = each.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer.status, answer.read().decode(), answer.headers.get("Location", "")

    def _request(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> http.client.HTTPResponse:
        self._connection.request(method, path, body, dict(headers))
        return self._connection.getresponse()


def token(page: Page) -> str:
    """Return the token that a page's forms are sent with. Raises Refused when it has none."""
    found = _TOKEN.search(page.markup)
    if not found:
        raise Refused(f"{page.path} has no form: {page.text[:500]}")
    return html.unescape(found[1])


def is_waiting(page: Page) -> bool:
    """Say whether a result's page still asks for more."""
    return "hx-get=" in page.markup


def _part(name: str, content: bytes, file: str = "") -> bytes:
    named = f'; filename="{file}"' if file else ""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'
    return head.encode() + content + b"\r\n"
