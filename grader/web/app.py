"""Puts the web application together."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from grader import clock as clocks
from grader.arithmetic import seeds
from grader.assignment import reference_calls
from grader.clock import Clock
from grader.config import Settings
from grader.config.languages import FOLDER
from grader.database import db
from grader.database.db import Database
from grader.queue.sending import Dispatcher
from grader.verifying.proof_file import Maker
from grader.web import api
from grader.web.accounts import sign_in_pages, signing_in, tokens
from grader.web.assignment import allowances, class_page, dates, exports, log, settings_pages, teams
from grader.web.course import course_settings, gradebook, new_assignment, rosters, staff, student
from grader.web.frame import caching, failures, formats, health, languages, safety
from grader.web.frame.site import RECEIVED, Site
from grader.web.regrades import regrades
from grader.web.result import judgement
from grader.web.tests import drafting, trying, versions

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
BLUEPRINTS = (
    sign_in_pages.pages,
    tokens.pages,
    student.pages,
    teams.pages,
    staff.pages,
    new_assignment.pages,
    settings_pages.pages,
    dates.pages,
    log.pages,
    judgement.pages,
    allowances.pages,
    regrades.pages,
    drafting.pages,
    trying.pages,
    versions.pages,
    exports.pages,
    rosters.pages,
    class_page.pages,
    gradebook.pages,
    course_settings.pages,
)


def create_app(
    settings: Settings,
    database: Database,
    dispatcher: Dispatcher,
    *,
    clock: Clock | None = None,
    make_hand_ins: Maker = reference_calls.make_hand_ins,
    complaints: Callable[[], tuple[str, ...]] = tuple,
    config: Mapping[str, Any] | None = None,
    locale: Path = FOLDER,
) -> Flask:
    """Return the application. ``config`` has Flask's own options, which tests change.

    Moments are those of the database, unless there is a ``clock``: then all are its.
    ``make_hand_ins`` writes the hand-ins of a proof, with known mistakes in them. ``complaints`` says at
    once what is wrong around this process. ``locale`` is the folder of the languages other than English.
    """
    app = Flask(__name__)
    secret = settings.secret.encode() or seeds.secret(settings.data_folder)
    app.config.from_mapping(safety.options(settings, secret))
    app.config.from_mapping(config or {})
    app.extensions["chainrule"] = Site(
        settings,
        database,
        dispatcher,
        clock or clocks.now,
        secret,
        make_hand_ins,
        (lambda _: clock()) if clock else db.now,
        complaints,
    )
    _speak(app)
    languages.install(app, locale)
    caching.install(app)
    safety.protect(app, settings)
    signing_in.install(app)
    failures.install(app)
    for each in BLUEPRINTS:
        app.register_blueprint(each)
    api.install(app)
    health.install(app, settings)
    safety.limit(app, "auth.sign_in", "auth.account")
    app.wsgi_app = _timed(_proxied(app.wsgi_app, settings.proxies), clock or clocks.now)  # type: ignore[assignment, method-assign]
    return app


def _proxied(inner: Wsgi, proxies: int) -> Wsgi:
    """Believe what so many proxies in front say about address, host and scheme; nobody else."""
    if not proxies:
        return inner
    trusted: Wsgi = ProxyFix(inner, x_for=proxies, x_proto=proxies, x_host=proxies)
    return trusted


def _timed(inner: Wsgi, clock: Clock) -> Wsgi:
    """Note when a request began, unless the server in front did so at its first byte.

    No header of a client can set this: headers arrive under names of their own.
    """

    def begin(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ.setdefault(RECEIVED, clock())
        return inner(environ, start_response)

    return begin


def _speak(app: Flask) -> None:
    """Give templates the words."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(formats.FILTERS)
    app.jinja_env.globals.update(formats.GLOBALS)
    app.jinja_env.globals["ZoneInfo"] = ZoneInfo
    app.context_processor(lambda: {"live": "HX-Request" in request.headers})
