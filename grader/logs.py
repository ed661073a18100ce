"""Logs of services as lines of JSON, with the submission and the grading that each line is about.

Code logs with the standard library. ``about(grading=3)`` marks every line within it, in this thread.
"""

import logging
import sys
from contextlib import AbstractContextManager
from typing import TextIO

import structlog
from structlog.typing import Processor

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.CallsiteParameterAdder([structlog.processors.CallsiteParameter.PROCESS]),
    structlog.processors.format_exc_info,
)


def configure(stream: TextIO | None = None) -> None:
    """Let everything that is logged from now on go to `stream` (default: standard error) as JSON."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)


def about(**ids: object) -> AbstractContextManager[None]:
    """Mark every line logged within: ``with about(submission=5, grading=9):``."""
    return structlog.contextvars.bound_contextvars(**ids)
