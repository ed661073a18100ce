"""For machines that watch over the service: is it alive, can it work, how is it doing.

``/healthz``  this process answers, and what it lacks   ``/readyz``  database, queue and a worker are there
``/metrics``  figures for Prometheus, asked of the database, so that all web processes say the same
"""

import hmac
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from ipaddress import ip_address
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, current_app, jsonify, request
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.exceptions import NotFound

from grader.config import Settings, origin
from grader.database import migrations
from grader.database.db import DatabaseError
from grader.database.store import gradings
from grader.database.tables.words import QUEUES
from grader.errors import DatabaseUnavailable
from grader.queue.breaker import Breaker
from grader.queue.sending import CelerySender, Resting, Sender
from grader.services.grading import figures
from grader.services.grading.figures import Figures
from grader.web.frame.site import site

LOG = logging.getLogger("chainrule.web")
pages = Blueprint("operations", __name__)
# A worker that missed so many of its beats is not counted on.
BEATS = 6


@dataclass
class Probe:
    """Asks the queue whether it is there; connects when it is first asked, after any fork."""

    settings: Settings
    breaker: Breaker = field(default_factory=Breaker)

    @cached_property
    def sender(self) -> Sender:
        """The queue's entrance."""
        return CelerySender(self.settings)

    def queue_answers(self) -> bool:
        """Say whether the queue can be reached."""
        return Resting(self.sender, self.breaker).waiting(QUEUES[0]) is not None

    @cached_property
    def release(self) -> str:
        """What this process was started from, as far as it was not changed until somebody asked."""
        return origin.release()


def install(app: Flask, settings: Settings) -> None:
    """Add the addresses, and let every log line of a request say which one it is about."""
    app.extensions["chainrule.probe"] = Probe(settings)
    app.before_request(_mark)
    app.register_blueprint(pages)


def _mark() -> None:
    """Start the marks anew. The rule and not the path: addresses of invitations are secrets."""
    structlog.contextvars.clear_contextvars()
    rule = request.url_rule.rule if request.url_rule else ""
    marks: dict[str, Any] = {"method": request.method, "route": rule}
    if "submission_id" in (request.view_args or {}):
        marks["submission"] = (request.view_args or {})["submission_id"]
    structlog.contextvars.bind_contextvars(**marks)


@pages.get("/healthz")
def healthz() -> Response:
    """Say that this process answers, and what is wrong around it; asks nobody, so that it never waits.

    The status is 200 either way: a load balancer stays with us, since hand-ins are taken without the queue.
    """
    wrong = site().complaints()
    said = ["degraded", *wrong] if wrong else ["well"]
    return Response("".join(f"{line}\n" for line in said), mimetype="text/plain")


@pages.get("/readyz")
def readyz() -> tuple[Response, int]:
    """Say for each thing that is needed whether it is there; 503 when one isn't.

    Without a worker hand-ins are still taken, but nobody would grade them.
    """
    probe: Probe = current_app.extensions["chainrule.probe"]
    found = {"database": _database_is_ready(), "queue": probe.queue_answers()}
    found["worker"] = found["database"] and _worker_was_seen()
    return jsonify(found), 200 if all(found.values()) else 503


@pages.get("/metrics")
def metrics() -> Response:
    """Give the figures to who has the token, or without one in the settings to this machine alone."""
    if not _may_read():
        raise NotFound
    with site().database.reading() as session:
        found = figures.look(session, now=site().moment(session), worker_silence=_silence())
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(found, current_app.extensions["chainrule.probe"].release))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read() -> bool:
    token = site().settings.metrics_token
    if token:
        given = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {token}".encode())
    # Behind a proxy that the settings don't know of, everybody would come from this machine.
    forwarded = "X-Forwarded-For" in request.headers and not site().settings.proxies
    return not forwarded and _is_here(request.remote_addr or "")


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _silence() -> timedelta:
    return timedelta(seconds=BEATS * site().settings.heartbeat_seconds)


def _database_is_ready() -> bool:
    try:
        return migrations.is_current(site().database)
    except (DatabaseUnavailable, DatabaseError) as error:
        LOG.warning("not ready: %s", error)
        return False


def _worker_was_seen() -> bool:
    try:
        with site().database.reading() as session:
            return bool(gradings.workers(session, site().moment(session) - _silence()))
    except (DatabaseUnavailable, DatabaseError) as error:
        LOG.warning("not ready: %s", error)
        return False


class _Collected:
    """Figures as Prometheus takes them."""

    def __init__(self, found: Figures, release: str) -> None:
        self._found = found
        self._release = release

    def collect(self) -> Iterator[Metric]:
        """Yield each family."""
        yield self._running()
        yield from self._queues()
        yield from self._outcomes()
        seconds = GaugeMetricFamily(
            "chainrule_recent_seconds",
            "Seconds of the gradings of the last 15 minutes: in the queue, starting the box, grading, whole.",
            labels=["stage", "quantile"],
        )
        for stage, quantiles in self._found.seconds.items():
            for share, value in quantiles.items():
                seconds.add_metric([stage, str(share)], value)
        yield seconds

    def _running(self) -> Metric:
        release = GaugeMetricFamily("chainrule_release", "What this process runs.", labels=["version"])
        release.add_metric([self._release], 1)
        return release

    def _queues(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily("chainrule_queue_length", "Gradings that wait.", labels=["queue"])
        oldest = GaugeMetricFamily(
            "chainrule_queue_oldest_seconds", "For how long the oldest has waited.", labels=["queue"]
        )
        for queue, line in self._found.queues.items():
            waiting.add_metric([queue], line.waiting)
            oldest.add_metric([queue], line.oldest_seconds)
        yield from (waiting, oldest)
        yield GaugeMetricFamily("chainrule_workers", "Workers seen lately.", value=self._found.workers)

    def _outcomes(self) -> Iterator[Metric]:
        counted = GaugeMetricFamily(
            "chainrule_gradings",
            "Gradings there are; internal_error is our fault.",
            labels=["kind", "status"],
        )
        for (kind, status), number in self._found.gradings.items():
            counted.add_metric([kind.value, status.value], number)
        verdicts = GaugeMetricFamily(
            "chainrule_recent_verdicts",
            "Gradings of the last 15 minutes with a case of this verdict.",
            labels=["verdict"],
        )
        for verdict, number in self._found.verdicts.items():
            verdicts.add_metric([verdict.value], number)
        yield from (counted, verdicts)
        yield GaugeMetricFamily(
            "chainrule_recent_gradings",
            "Graded in the last 15 minutes, at most 1000.",
            value=self._found.lately,
        )
