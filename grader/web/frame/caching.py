"""What browsers and proxies may keep: static files by the digest in their address, and nothing else.

Everything else is somebody's: a page, a download, a redirect, even an error tells whose address that was. So
the rule is no list of private routes that a new one could be missing from; it names the one that is public.
"""

from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, url_for
from flask.sessions import SecureCookieSessionInterface

PRIVATE = "private, no-store"
# The address changes with the contents, so what was kept under it is never old.
FOR_A_YEAR = "public, max-age=31536000, immutable"
# Without the digest, or with another version's: may be kept, but is asked about each time.
ASK_FIRST = "public, no-cache"
_STATIC = "static"
_DELIVERED = frozenset({200, 206, 304})


class _Cookies(SecureCookieSessionInterface):
    """Cookies for all but static files: a shared cache would hand one browser's cookie to the next."""

    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        """Set the cookie of a session, but never beside a static file."""
        if request.endpoint != _STATIC:
            super().save_session(app, session, response)


def install(app: Flask) -> None:
    """Give static files addresses that change with their contents, and say of every answer who may keep it.

    To be called before anything else that looks at answers: what is registered first has the last word.
    """
    folder = Path(app.static_folder or "")
    digests = {each.name: sha256(each.read_bytes()).hexdigest()[:10] for each in folder.iterdir()}
    app.jinja_env.globals["static"] = lambda name: url_for(_STATIC, filename=name, v=digests[name])
    app.session_interface = _Cookies()
    app.after_request(partial(_say_who_may_keep, digests))


def _say_who_may_keep(digests: dict[str, str], response: Response) -> Response:
    response.headers["Cache-Control"] = _rule(digests, response.status_code)
    return response


def _rule(digests: dict[str, str], status: int) -> str:
    if request.endpoint != _STATIC or status not in _DELIVERED:
        return PRIVATE
    name = (request.view_args or {}).get("filename", "")
    return FOR_A_YEAR if request.args.get("v", "") == digests.get(name) else ASK_FIRST
