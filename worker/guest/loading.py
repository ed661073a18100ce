"""From the submission's bytes to an imported module, saying what is seen on the way.

Runs behind all walls. Decode, parse, findings (sent before any of the student's code runs), import.
"""

import os
import random
import sys
import traceback
from importlib import import_module
from pathlib import PurePosixPath
from types import ModuleType, TracebackType

from worker.guest import findings, modules, source, stand_ins
from worker.guest.parsed import Parsed, parse
from worker.wire.channel import Channel
from worker.wire.message import Ban, Finding, Findings, Fork, Imported, ImportFailed, Job, Values

SEND_SECONDS = 10.0
TEXT_LIMIT = 2000
# How torch says that the operating system gave it no memory.
NO_MEMORY = "can't allocate memory"
_NUMPY_SEED_BITS = 32
_TORCH_SEED_BITS = 63


class _Refused(Exception):
    """The submission can't be loaded; carries the feedback code and its values."""

    def __init__(self, code: str, values: Values) -> None:
        self.code = code
        self.values = values


def load(control: Channel[Fork | Job], job: Job, home: str) -> ModuleType | None:
    """Import the entry file; returns None after having said why it can't be."""
    try:
        texts = _decode_all(job)
        files = {path: _parse(path, text, home) for path, text in texts.items()}
        control.send(Findings(findings=_find(files, job.ban)), seconds=SEND_SECONDS)
        modules.make_importable(files, home)
        stand_ins.install(tuple(files.values()))
        _seed(job.seed)
        try:
            return _import(job.entry, home)
        except MemoryError:
            raise _Refused("out_of_memory", {"limit_bytes": job.limits.memory_bytes}) from None
    except _Refused as refused:
        failed = ImportFailed(code=refused.code, values=refused.values, notes=stand_ins.notes())
        _flush()
        control.send(failed, seconds=SEND_SECONDS)
        return None


def imported() -> Imported:
    """Return the message that the import is over, with what was noted."""
    _flush()
    return Imported(notes=stand_ins.notes())


def _decode_all(job: Job) -> dict[str, str]:
    if job.entry not in job.files:
        raise _Refused("entry_missing", {"name": job.entry})
    texts = {}
    for path in sorted(job.files):
        if PurePosixPath(path).suffix != ".py":
            continue
        try:
            texts[path] = source.decode(job.files[path])
        except source.Undecodable as error:
            if error.too_large:
                size = len(job.files[path])
                limit = source.SOURCE_LIMIT_BYTES
                raise _Refused(
                    "too_large", {"file": path, "size_bytes": size, "limit_bytes": limit}
                ) from None
            values: Values = {
                "file": path, "offset": error.offset, "line": error.line, "found": error.found
            }  # fmt: skip
            raise _Refused("encoding", values) from None
    return texts


def _parse(path: str, text: str, home: str) -> Parsed:
    try:
        return parse(text, f"{home}/{path}")
    except SyntaxError as error:
        values: Values = {
            "file": path,
            "line": error.lineno or 0,
            "column": error.offset or 0,
            "text": (error.text or "").rstrip("\n")[:TEXT_LIMIT],
            "why": error.msg,
        }
        raise _Refused("syntax_error", values) from None
    except (RecursionError, MemoryError, ValueError) as error:
        values = {"file": path, "line": 0, "column": 0, "text": "", "why": f"{type(error).__name__}: {error}"}
        raise _Refused("syntax_error", values) from None


def _find(files: dict[str, Parsed], ban: Ban) -> tuple[Finding, ...]:
    try:
        return findings.find(files, ban)
    except (RecursionError, MemoryError) as error:
        why = f"{type(error).__name__}: {error}"
        values: Values = {"file": next(iter(files)), "line": 0, "column": 0, "text": "", "why": why}
        raise _Refused("syntax_error", values) from None


def _seed(seed: int) -> None:
    """Seed every generator a hand-in may draw from, so that a grading can be repeated."""
    random.seed(seed)
    if "numpy" in sys.modules:
        import numpy

        numpy.random.seed(seed % (1 << _NUMPY_SEED_BITS))
    if "torch" in sys.modules:
        import torch

        # Not torch.manual_seed: it formats a stack trace per kind of device, 15 ms in a fresh fork.
        torch.default_generator.manual_seed(seed % (1 << _TORCH_SEED_BITS))
        if torch.cuda.is_initialized():
            torch.cuda.manual_seed_all(seed % (1 << _TORCH_SEED_BITS))


def _import(entry: str, home: str) -> ModuleType:
    name = ".".join(PurePosixPath(entry).with_suffix("").parts)
    try:
        return import_module(name)
    except SystemExit as error:
        number = error.code if isinstance(error.code, int) else int(error.code is not None)
        raise _Refused("import_crashed", {"how": "exit", "number": number, "name": ""}) from None
    except MemoryError:
        raise
    except BaseException as error:
        if isinstance(error, RuntimeError) and NO_MEMORY in str(error):
            raise MemoryError from None
        raise _Refused("import_raised", _describe(error, home)) from None


def _describe(error: BaseException, home: str) -> Values:
    """Return type, text and the last of the student's own lines that was running."""
    file, line, function = _own_line(error.__traceback__, home)
    try:
        text = str(error)[:TEXT_LIMIT]
    except BaseException:
        text = ""
    return {
        "type": type(error).__name__[:TEXT_LIMIT],
        "text": text,
        "line": line,
        "function": function,
        "file": file,
    }


def _own_line(trace: TracebackType | None, home: str) -> tuple[str, int, str]:
    for frame, line in reversed(list(traceback.walk_tb(trace))):
        path = frame.f_code.co_filename
        if path.startswith(home):
            return path.removeprefix(home + os.sep), line, frame.f_code.co_name
    return "", 0, ""


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            continue  # the student closed or replaced it
