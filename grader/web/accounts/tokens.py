"""One's tokens: what programs sign in with. A secret is shown once, on the page that answers its making."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from grader.database.store import people
from grader.database.tables import Token
from grader.errors import Conflict
from grader.model.language import _
from grader.services.act import Visit
from grader.services.people import accounts
from grader.web.frame.site import changing, looking

pages = Blueprint("tokens", __name__)
MOST = 20


@pages.get("/account/tokens")
def page() -> ResponseReturnValue:
    """List the visitor's own tokens."""
    with looking() as visit:
        return _page(visit)


@pages.post("/account/tokens")
def make() -> ResponseReturnValue:
    """Make a token, and show its secret this once."""
    with changing() as visit:
        if len(_held(visit)) >= MOST:
            raise Conflict(
                _("you have %(most)s tokens", most=MOST), cure=_("Revoke one that you no longer use.")
            )
        token, secret = accounts.create_token(
            visit.session, visit.actor, request.form.get("name", ""), now=visit.now
        )
        visit.session.flush()
        return _page(visit, token.name, secret)


@pages.post("/account/tokens/<int:token_id>/revoke")
def revoke(token_id: int) -> ResponseReturnValue:
    """End one of the visitor's own tokens."""
    with changing() as visit:
        accounts.revoke_token(visit.session, visit.actor, token_id, now=visit.now)
    flash(_("The token is revoked. Programs that use it are signed out."))
    return redirect(url_for("tokens.page"), 303)


def _held(visit: Visit) -> list[Token]:
    return [each for each in people.tokens(visit.session, visit.actor.id) if each.revoked_at is None]


def _page(visit: Visit, name: str = "", secret: str = "") -> str:
    return render_template(
        "auth/tokens.html",
        tokens=_held(visit),
        name=name,
        secret=secret,
        now=visit.now,
        server=request.host_url,
    )
