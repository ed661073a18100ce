"""Cookies, headers, CSRF and rate limits: what keeps a signed-in browser from being used by others."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

from flask import Flask, Response, g, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_talisman import Talisman
from flask_wtf.csrf import CSRFProtect

from grader.config import Settings
from grader.web.frame import counting
from grader.web.frame.intake import BODY_BYTES, FORM_PARTS

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
# A PDF in a frame of ours. No "sandbox": browsers' own viewers refuse to open in one. Nothing but bytes that
# begin as a PDF is sent so, with its type and without guessing, so there is no page that could run scripts.
FRAMED_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'none'; frame-ancestors 'self'"
STAYS = timedelta(days=14)
# A class behind one address may all sign in at once; one account under attack may not.
BY_ADDRESS = "300 per 5 minutes"
BY_ACCOUNT = "10 per 5 minutes; 60 per day"


def options(settings: Settings, secret: bytes) -> dict[str, Any]:
    """Return Flask's options. The key of cookies comes from the secret, but can't lead back to it."""
    return {
        "SECRET_KEY": hmac.new(secret, b"cookies of the web", hashlib.sha256).digest(),
        "MAX_CONTENT_LENGTH": BODY_BYTES,
        "MAX_FORM_PARTS": FORM_PARTS,
        "MAX_FORM_MEMORY_SIZE": 256 * 1024,
        "PERMANENT_SESSION_LIFETIME": STAYS,
        "SESSION_COOKIE_NAME": "__Host-chainrule" if settings.https else "chainrule",
        "SESSION_COOKIE_SECURE": settings.https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        # A page may stay open for a day before something is sent from it; the token ends with the session.
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": settings.https,
        "RATELIMIT_STORAGE_URI": counting.address(settings.limiter),
        "RATELIMIT_HEADERS_ENABLED": False,
    }


def protect(app: Flask, settings: Settings) -> None:
    """Put the walls around every view."""
    CSRFProtect(app)
    # What is registered first has the last word.
    app.after_request(_frame)
    Talisman(
        app,
        force_https=False,  # the proxy's work; whoever comes without one is on the same machine
        session_cookie_secure=settings.https,
        strict_transport_security=settings.https,
        content_security_policy=POLICY,
        frame_options="DENY",
        referrer_policy="same-origin",
        permissions_policy={"camera": "()", "geolocation": "()", "microphone": "()"},
    )


def let_frame_own_pages() -> None:
    """Let the page that answers this request hold pages of this site in frames."""
    g.holds_frames = True


def let_be_framed() -> None:
    """Let what answers this request be shown in a frame of this site."""
    g.is_framed = True


def _frame(response: Response) -> Response:
    if g.get("holds_frames"):
        policy = response.headers["Content-Security-Policy"]
        response.headers["Content-Security-Policy"] = f"{policy}; frame-src 'self'"
    if g.get("is_framed") and response.status_code == 200:
        response.headers["Content-Security-Policy"] = FRAMED_POLICY
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    return response


def limit(app: Flask, *endpoints: str) -> None:
    """Slow down who guesses passwords at these views: by address, and by account for each address."""
    limiter = Limiter(get_remote_address, app=app)
    by_address = limiter.limit(BY_ADDRESS, methods=["POST"], deduct_when=_failed)
    by_account = limiter.limit(BY_ACCOUNT, key_func=_account, methods=["POST"], deduct_when=_failed)
    for endpoint in endpoints:
        view: Any = by_address(by_account(app.view_functions[endpoint]))
        app.view_functions[endpoint] = view


def _account() -> str:
    email = request.form.get("email", "").strip().lower()
    return f"{get_remote_address()} {hashlib.sha256(email.encode()).hexdigest()}"


def _failed(response: Response) -> bool:
    """Say whether this was a failed try: signing in with the right password costs nothing."""
    return response.status_code != 302
