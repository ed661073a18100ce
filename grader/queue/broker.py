"""The queue as both its ends see it: names, options of each kind of broker, the message.

A message carries the number of a grading and nothing else; what it says can be lost, doubled or late without
harm (``grader.services.grading.gradings``). Kinds of brokers, by the scheme of ``Settings.broker``:

    redis, rediss, redis+socket   the usual one
    sqlite                        a file (``grader.queue.sqlite_transport``) for one machine without Redis
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from grader.config import Settings
from grader.database.tables.words import QUEUES
from grader.errors import SettingsError
from grader.model.language import _

if TYPE_CHECKING:
    from celery import Celery

TASK = "chainrule.grade"
FILE = "sqlite"
REDIS = frozenset({"redis", "rediss", "redis+socket"})

CONNECT_SECONDS = 5
# How long one command may take before Redis counts as away: a frozen one takes bytes and never answers.
SEND_SECONDS = 2.0
CONSUME_SECONDS = 5.0
FILE_POLLING_SECONDS = 0.05

_REDIS_OPTIONS: Mapping[str, Any] = {
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "health_check_interval": 25,
    "socket_keepalive": True,
    "queue_order_strategy": "priority",
    "global_keyprefix": "chainrule:",
}
_FILE_OPTIONS: Mapping[str, Any] = {
    "polling_interval": FILE_POLLING_SECONDS,
}


def kind(url: str) -> str:
    """Return the scheme of a broker's address. Raises SettingsError for a kind that can't be used."""
    scheme = urlsplit(url).scheme
    if scheme != FILE and scheme not in REDIS:
        raise SettingsError(
            _("this is not a usable queue address"),
            where="broker_url",
            cure=_(
                "Write redis://host:6379/0, rediss://host:6379/0 (TLS), redis+socket:///path/to/socket "
                "or sqlite:////path/to/file."
            ),
        )
    return scheme


def make_app(settings: Settings, seconds: float = CONSUME_SECONDS) -> "Celery":
    """Return the Celery application, for either end. Nothing is connected yet.

    ``seconds``: how long to wait for a connection, and for each answer of a Redis.
    """
    from celery import Celery

    url = settings.broker
    app = Celery("chainrule", set_as_current=False, fixups=[])
    app.conf.update(
        broker_url=url,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        result_backend=None,
        task_default_queue=QUEUES[0],
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_connection_timeout=min(seconds, CONNECT_SECONDS),
    )
    if kind(url) == FILE:
        app.conf.update(
            broker_transport="grader.queue.sqlite_transport:Transport",
            broker_transport_options=dict(_FILE_OPTIONS),
        )
    else:
        app.conf.update(broker_transport_options=_for_redis(kind(url), seconds))
    return app


def _for_redis(scheme: str, seconds: float) -> dict[str, Any]:
    waits = {"socket_timeout": seconds, "socket_connect_timeout": min(seconds, CONNECT_SECONDS)}
    # A unix socket has no keep-alive, and redis-py refuses the option there.
    absent = {"socket_keepalive"} if scheme == "redis+socket" else set()
    return {name: value for name, value in {**_REDIS_OPTIONS, **waits}.items() if name not in absent}
