"""Signing in and out, invitations, passwords."""

import tempfile

from flask import Blueprint, flash, redirect, render_template, request, send_file, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, logout_user

from grader.database import passwords
from grader.database.store import courses, people
from grader.errors import NotFound, UsageError
from grader.model.language import _
from grader.services.act import Act
from grader.services.people import accounts
from grader.services.people import first_account as first_account_service
from grader.services.reports import takeout
from grader.web.accounts.signing_in import sign_in as begin_session
from grader.web.frame.site import changing, looking, site

pages = Blueprint("auth", __name__)
_IN_MEMORY_BYTES = 8 << 20


@pages.get("/sign-in")
@pages.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Ask for address and password. Which of the two was wrong is not said."""
    there = _local(request.args.get("next", ""))
    if request.method != "POST":
        if current_user.is_authenticated:
            return redirect(there)
        return render_template("auth/sign_in.html", email="", wrong=False)
    email = request.form.get("email", "")
    with site().database.reading() as work:
        user = accounts.authenticate(work, email, request.form.get("password", ""))
    if user is None:
        return render_template("auth/sign_in.html", email=email, wrong=True), 403
    begin_session(user)
    return redirect(there)


@pages.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this browser's session."""
    logout_user()
    session.clear()
    flash(_("You are signed out."))
    return redirect(url_for("auth.sign_in"))


@pages.get("/invitation/<secret>")
@pages.post("/invitation/<secret>")
def invitation(secret: str) -> ResponseReturnValue:
    """Take an invitation to a course, or a link that sets a new password."""
    try:
        return _invitation(secret)
    except NotFound as error:
        return render_template("auth/used_up.html", gone=error), 404


def _invitation(secret: str) -> ResponseReturnValue:
    with site().database.reading() as work:
        now = site().moment(work)
        found = accounts.invitation(work, secret, now=now)
        user = people.user_by_email(work, found.email)
        course = courses.course(work, found.course_id) if found.course_id else None
    asks = user is None or user.password_hash is None or course is None
    shown = {"found": found, "course": course, "user": user, "asks": asks}
    if request.method != "POST":
        return render_template("auth/invitation.html", **shown, problem=None)
    try:
        hashed = passwords.hashed(_new_password()) if asks else None
    except UsageError as error:
        return render_template("auth/invitation.html", **shown, problem=error), 400
    with site().database.transaction() as work:
        name = request.form.get("name", "")
        user = accounts.accept_invitation(work, secret, now=now, password=hashed, name=name)
    if not asks:
        flash(_("You have joined %(course)s.", course=course.title if course else _("the course")))
        return redirect(url_for("student.assignments"))
    begin_session(user)
    flash(_("Your password is set, and you are signed in."))
    return redirect(url_for("student.assignments"))


@pages.get("/first-account/<secret>")
@pages.post("/first-account/<secret>")
def first_account(secret: str) -> ResponseReturnValue:
    """Make the first account, an administrator's, by the link that was printed where the service runs."""
    try:
        with site().database.reading() as work:
            now = site().moment(work)
            first_account_service.check(work, secret, now=now)
        if request.method != "POST":
            return render_template("auth/first_account.html", problem=None)
        hashed = passwords.hashed(_new_password())
        with site().database.transaction() as work:
            form = request.form.get("email", ""), request.form.get("name", "")
            user = first_account_service.make(work, secret, *form, hashed, now=now)
    except NotFound as error:
        return render_template("auth/used_up.html", gone=error), 404
    except UsageError as error:
        return render_template("auth/first_account.html", problem=error), 400
    begin_session(user)
    flash(_("Your account is ready, and you are signed in."))
    return redirect(url_for("student.assignments"))


@pages.get("/account")
@pages.post("/account")
def account() -> ResponseReturnValue:
    """Show one's account, and change its password."""
    with looking() as visit:
        email = visit.actor.email
        if request.method != "POST":
            return render_template("auth/account.html", problem=None)
        known = accounts.authenticate(visit.session, email, request.form.get("current", ""))
    try:
        if known is None:
            raise UsageError(_("this is not your password"), where="current", cure=_("Try again."))
        hashed = passwords.hashed(_new_password())
    except UsageError as error:
        return render_template("auth/account.html", problem=error), 400
    with changing() as visit:
        accounts.change_password(Act(visit.session, None, visit.now), visit.actor, hashed)
        user = visit.actor
    begin_session(user)
    flash(_("Your password is changed. You are signed out everywhere else."))
    return redirect(url_for("auth.account"))


@pages.post("/account/sessions")
def end_sessions() -> ResponseReturnValue:
    """Sign out everywhere, here too."""
    with changing() as visit:
        accounts.revoke_sessions(Act(visit.session, None, visit.now), visit.actor)
    session.clear()
    flash(_("You are signed out everywhere."))
    return redirect(url_for("auth.sign_in"))


@pages.get("/account/data.zip")
def data() -> ResponseReturnValue:
    """Give everybody what is kept of them."""
    # The response closes it when it was sent.
    stream = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115
    try:
        with looking() as visit:
            takeout.write(visit.session, visit.actor, stream, now=visit.now)
    except BaseException:
        stream.close()
        raise
    stream.seek(0)
    return send_file(stream, "application/zip", as_attachment=True, download_name="my-data.zip")


def _new_password() -> str:
    """Return the password that was typed twice. Raises UsageError when the two differ."""
    password = request.form.get("password", "")
    if password != request.form.get("again", ""):
        raise UsageError(
            _("the two passwords differ"), where="again", cure=_("Type the same password twice.")
        )
    return password


def _local(there: str) -> str:
    """Return where to go after signing in: a path of ours, never another site."""
    plain = there.startswith("/") and not there.startswith("//")
    if plain and not any(each == "\\" or ord(each) < 32 for each in there):
        return there
    return url_for("student.assignments")
