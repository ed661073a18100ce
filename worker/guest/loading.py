"""From the submission's bytes to an imported module, saying what is seen on the way.

Runs behind all walls. Decode, parse, findings (sent before any of the student's code runs), import. A
notebook is decoded and parsed cell by cell, and run as a module (worker.guest.notebook).
"""

import linecache
import os
import random
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePosixPath
from types import ModuleType, TracebackType

from msgspec import structs

from worker.guest import findings, installed, modules, newer, notebook, one_process, source, stand_ins
from worker.guest.output import flush
from worker.guest.own_lines import caught
from worker.guest.parsed import Parsed, parse
from worker.sandbox.witness import Witness
from worker.wire import patience
from worker.wire.channel import Channel
from worker.wire.limits import NAME_LIMIT
from worker.wire.message import (
    Ban,
    Finding,
    Findings,
    Fork,
    Imported,
    ImportFailed,
    Job,
    Note,
    Running,
    Values,
)

TEXT_LIMIT = 2000
NOTE_LIMIT = 100
# How torch says that the operating system gave it no memory.
NO_MEMORY = "can't allocate memory"
_NUMPY_SEED_BITS = 32
_TORCH_SEED_BITS = 63
Control = Channel[Fork | Job]


class _Refused(Exception):
    """The submission can't be loaded; carries the feedback code and its values."""

    def __init__(self, code: str, values: Values) -> None:
        self.code = code
        self.values = {
            name: value[:TEXT_LIMIT] if isinstance(value, str) else value for name, value in values.items()
        }


@dataclass(frozen=True)
class Entry:
    """The entry file as an imported module, and what was noted on the way."""

    module: ModuleType
    notes: tuple[Note, ...] = ()


def load(control: Control, job: Job, home: str, witness: Witness) -> Entry | None:
    """Import the entry file; returns None after having said why it can't be."""
    try:
        if job.entry not in job.files:
            raise _Refused("entry_missing", {"name": job.entry})
        cells, notes = _read_cells(job, home)
        files = _parse_all(job, home)
        of_cells = {
            notebook.label(job.entry, each.cell): each.parsed for each in cells if each.parsed is not None
        }
        parsed = files | of_cells
        looked_at = parsed | _other_cells(job, cells, home)
        seen = (*notes, *one_process.notes(looked_at))
        control.send(Findings(findings=_find(looked_at, job.ban), notes=seen), seconds=patience.SEND)
        modules.make_importable(files, home)
        stand_ins.install(tuple(parsed.values()), tuple(of_cells.values()))
        _seed(job.seed)
        try:
            return _run_cells(control, job, cells, home) if cells else Entry(_import(job.entry, home))
        except MemoryError:
            raise _Refused("out_of_memory", {"limit_bytes": job.limits.memory_bytes}) from None
    except _Refused as refused:
        failed = ImportFailed(
            code=refused.code,
            values=refused.values,
            notes=stand_ins.notes()[:NOTE_LIMIT],
            caught=caught(witness, home + os.sep),
        )
        flush()
        control.send(failed, seconds=patience.SEND)
        return None


def imported(entry: Entry, home: str, witness: Witness) -> Imported:
    """Return the message that the import is over, with what was noted and what the trap caught."""
    flush()
    notes = (*entry.notes, *stand_ins.notes())[:NOTE_LIMIT]
    return Imported(notes=notes, caught=caught(witness, home + os.sep))


def _read_cells(job: Job, home: str) -> tuple[tuple[notebook.Compiled, ...], tuple[Note, ...]]:
    """Return the compiled cells of an entry that is a notebook, and notes on how it was saved."""
    if not job.entry.endswith(notebook.SUFFIX):
        return (), ()
    try:
        cells, shown = notebook.read(job.files[job.entry])
    except notebook.Unreadable as error:
        raise _Refused("no_notebook", {"file": job.entry, "why": str(error)}) from None
    if not cells:
        raise _Refused("no_notebook", {"file": job.entry, "why": "it has no code cell"})
    notes = () if shown else (Note(code="saved_without_outputs", values={"file": job.entry}),)
    return notebook.compile_cells(job.entry, cells, home), notes


def _other_cells(job: Job, cells: Sequence[notebook.Compiled], home: str) -> dict[str, Parsed]:
    """Return the cells of further notebooks, which ``%run`` can run, by the file they are reported under."""
    if not any("run" in each.cell.text and notebook.SUFFIX in each.cell.text for each in cells):
        return {}
    found = {}
    for path in sorted(job.files):
        if path.endswith(notebook.SUFFIX) and path != job.entry:
            with suppress(notebook.Unreadable):
                for each in notebook.compile_cells(path, notebook.read(job.files[path])[0], home):
                    if each.parsed is not None:
                        found[notebook.label(path, each.cell)] = each.parsed
    return found


def _run_cells(control: Control, job: Job, cells: Sequence[notebook.Compiled], home: str) -> Entry:
    def begun(cell: int, total: int) -> None:
        control.send(Running(cell=cell, total=total), seconds=patience.SEND)

    running = notebook.Notebook(
        job.entry,
        cells,
        job.limits.cell_seconds,
        lambda error: _describe(error, home),
        begun,
        metered=job.device == "cpu",
    )
    return Entry(*running.run(home))


def _parse_all(job: Job, home: str) -> dict[str, Parsed]:
    """Decode and compile every source file."""
    files = {}
    for path in sorted(job.files):
        if PurePosixPath(path).suffix != ".py":
            continue
        try:
            files[path] = _parse(path, _decode(path, job.files[path]), home)
        except _Refused:
            if path not in job.others:
                raise
    return files


def _decode(path: str, content: bytes) -> str:
    try:
        return source.decode(content)
    except source.Undecodable as error:
        values: Values = {"file": path, "offset": error.offset, "line": error.line, "found": error.found}
        if error.too_large:
            values = {"file": path, "size_bytes": len(content), "limit_bytes": source.SOURCE_LIMIT_BYTES}
        raise _Refused("too_large" if error.too_large else "encoding", values) from None


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
        return tuple(map(_bounded, findings.find(files, ban)))
    except (RecursionError, MemoryError) as error:
        if not (ban.modules or ban.names):
            return ()  # notes for staff at most: no reason to refuse a file that Python takes
        why = f"{type(error).__name__}: {error}"
        values: Values = {"file": next(iter(files)), "line": 0, "column": 0, "text": "", "why": why}
        raise _Refused("syntax_error", values) from None


def _bounded(found: Finding) -> Finding:
    """Return a finding whose names, which are as long as the source has them, fit into a message."""
    return structs.replace(found, what=found.what[:NAME_LIMIT], where=found.where[:NAME_LIMIT])


def _seed(seed: int) -> None:
    """Seed every generator a submission may draw from, so that a grading can be repeated."""
    random.seed(seed)
    if "numpy.random" in sys.modules:  # NumPy loads it when it is first asked for
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
        "libraries": "python" if _is_unevaluated(error, home, file, line) else installed.libraries(error),
    }


def _is_unevaluated(error: BaseException, home: str, file: str, line: int) -> bool:
    """Return whether a name is missing that a newer Python would not look for."""
    name = getattr(error, "name", None) if isinstance(error, NameError) else None
    return isinstance(name, str) and newer.annotated(linecache.getlines(f"{home}/{file}"), line, name)


def _own_line(trace: TracebackType | None, home: str) -> tuple[str, int, str]:
    for frame, line in reversed(list(traceback.walk_tb(trace))):
        path = frame.f_code.co_filename
        if path.startswith(home):
            return path.removeprefix(home + os.sep), line, frame.f_code.co_name
    return "", 0, ""
