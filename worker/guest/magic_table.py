"""The magics that do here what they do in IPython, by name."""

import ast
import os
import pstats
import re
import statistics
import time
from collections.abc import Mapping
from cProfile import Profile
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from IPython.core.error import UsageError
from IPython.utils.capture import capture_output

from worker.guest.magics import Converter, without_options
from worker.guest.shell import Magic, Shell, word

_OPTION = re.compile(r"\s*+-(\w)(\S*+)(.*+)\Z", re.DOTALL)
_QUIETLY = "--no-raise-error"
_TIMED = """
def inner(_it, _timer):
    pass
    _t0 = _timer()
    for _i in _it:
        pass
    return _timer() - _t0
"""
_PYLAB = (
    "import numpy\nimport matplotlib\nfrom matplotlib import pylab, mlab, pyplot\n"
    "np = numpy\nplt = pyplot\nfrom pylab import *\nfrom numpy import *"
)


def options(line: str, with_value: str = "") -> tuple[dict[str, str], str]:
    """Return the options in front, ``-n 3`` or ``-n3`` for letters that take a value, and what follows."""
    found: dict[str, str] = {}
    while match := _OPTION.match(line):
        letter, glued, line = match.groups()
        if letter not in with_value:
            line = f"-{glued}{line}" if glued else line
            glued = ""
        elif not glued:
            glued, line = word(line)
        found[letter] = glued
    return found, line.strip()


def _time(shell: Shell, line: str, cell: str | None) -> Any:
    statement = line.removeprefix(_QUIETLY).strip()
    if cell and statement:
        raise UsageError("Can't use statement directly after '%%time'!")
    try:
        return shell.run_body(cell) if cell else shell.run_statement(statement)
    except Exception:
        if not line.startswith(_QUIETLY):
            raise
        return None


def _measured(shell: Shell, line: str, cell: str | None) -> None:
    """Run what packages measure that aren't here."""
    if cell is None:
        shell.run_statement(without_options(line))
    else:
        shell.run_body(cell)


@dataclass(frozen=True)
class TimeitResult:
    """What ``%timeit -o`` gives; times in seconds."""

    loops: int
    repeat: int
    timings: list[float]
    compile_time: float = 0.0
    precision: int = 3

    @property
    def all_runs(self) -> list[float]:
        """The time of each run, of all its loops."""
        return [each * self.loops for each in self.timings]

    @property
    def best(self) -> float:
        """The shortest time of a loop."""
        return min(self.timings)

    @property
    def worst(self) -> float:
        """The longest time of a loop."""
        return max(self.timings)

    @property
    def average(self) -> float:
        """The mean time of a loop."""
        return statistics.fmean(self.timings)

    @property
    def stdev(self) -> float:
        """The standard deviation of a loop's time."""
        return statistics.pstdev(self.timings)


def _timeit(shell: Shell, line: str, cell: str | None) -> TimeitResult | None:
    """Run a statement with names of its own, as often as in IPython; once where that goes by a clock."""
    given, statement = options(line, "nr")
    setup, code = ("", statement) if cell is None else (statement, cell)
    names: dict[str, Any] = {}
    tree = _timed(setup, code, shell.line() - 1 if cell is None else shell.above(cell))
    exec(compile(tree, shell.file, "exec", dont_inherit=True), shell.user_ns, names)  # noqa: S102
    loops, repeat = int(given.get("n", 1)) or 1, int(given.get("r", 7 if "n" in given else 1))
    timings = [names["inner"](range(loops), time.perf_counter) / loops for _ in range(repeat)]
    return TimeitResult(loops, repeat, timings) if "o" in given else None


def _timed(setup: str, code: str, above: int) -> ast.Module:
    """Return a function that does one thing once and another many times, as ``timeit`` makes it."""
    before, repeated = (ast.parse("\n" * above + Converter().convert(each).text) for each in (setup, code))
    tree = ast.parse(_TIMED)
    match tree.body:
        case [ast.FunctionDef(body=[_, start, ast.For() as loop, end]) as function]:
            loop.body = repeated.body or loop.body
            function.body = [*before.body, start, loop, end]
    return tree


def _prun(shell: Shell, line: str, cell: str | None) -> pstats.Stats | None:
    given, statement = options(line, "DlsT")
    profile = Profile()
    try:
        profile.runcall(_measured, shell, statement, cell)
    except SystemExit:
        pass  # as in IPython
    if "D" in given and shell.place(given["D"]):
        profile.dump_stats(given["D"])
    return pstats.Stats(profile) if "r" in given else None


def _capture(shell: Shell, line: str, cell: str | None) -> None:
    words = line.split()
    name = next((each for each in words if not each.startswith("-")), "")
    with capture_output("--no-stdout" not in words, "--no-stderr" not in words, display=False) as caught:
        try:
            shell.run_body(cell or "")
        finally:
            if name and not (cell or "").rstrip().endswith(";"):
                shell.user_ns[name] = caught


def _writefile(shell: Shell, line: str, cell: str | None) -> None:
    words = shell.expanded(line).split()
    append = bool({"-a", "--append"}.intersection(words))
    name = word(" ".join(each for each in words if each not in ("-a", "--append")))[0]
    place = shell.place(name)
    if place is None:
        shell.leave_out(f"%%writefile {line}")
        return
    print("Appending to" if append else "Overwriting" if place.exists() else "Writing", name)  # noqa: T201
    with place.open("a" if append else "w", encoding="utf-8") as file:
        file.write(cell or "")
    shell.written(place)


def _run(shell: Shell, line: str, cell: str | None) -> None:
    """Run a Python file as a program, then take over its names."""
    given, rest = options(shell.expanded(line), "mNd")
    name, arguments = word(rest)
    place = shell.place(name if name.endswith((".py", ".ipynb")) else f"{name}.py")
    if "m" in given or place is None:
        shell.leave_out(f"%run {line}")
    elif not place.is_file():
        raise Exception(f"File `{name!r}` not found.")
    elif place.suffix == ".ipynb":
        shell.run_notebook(place)
    elif "i" in given:
        shell.run_file(place, arguments.split(), shell.user_ns)
    else:
        names: dict[str, Any] = {
            "__name__": place.stem if "n" in given else "__main__",
            "__file__": str(place),
        }
        try:
            shell.run_file(place, arguments.split(), names)
        finally:
            shell.user_ns.update({key: value for key, value in names.items() if not key.startswith("__")})


def _cd(shell: Shell, line: str, cell: str | None) -> None:
    given, folder = options(shell.expanded(line)) if line.strip() != "-" else ({}, "-")
    past = shell.user_ns["_dh"]
    target = past[-2] if folder == "-" and len(past) > 1 else word(folder)[0] or shell.home
    try:
        os.chdir(os.path.expanduser(target))
    except OSError as error:
        print(error)  # noqa: T201 - as IPython does, and goes on
        return
    past.append(os.getcwd())
    if "q" not in given:
        print(os.getcwd())  # noqa: T201


def _pwd(shell: Shell, line: str, cell: str | None) -> str:
    return os.getcwd()


def _env(shell: Shell, line: str, cell: str | None) -> Any:
    wanted = line.strip()
    if not wanted:
        return dict(os.environ)
    sign = "=" if "=" in wanted else " "
    if sign not in wanted:
        return os.environ.get(wanted)
    name, _, value = shell.expanded(wanted).partition(sign)
    os.environ[name.strip()] = value.strip()
    print(f"env: {name.strip()}={value.strip()}")  # noqa: T201
    return None


def _mkdir(shell: Shell, line: str, cell: str | None) -> None:
    _, rest = options(shell.expanded(line), "m")
    for name in rest.split():
        place = shell.place(name.strip("\"'"))
        if place is None:
            shell.leave_out(f"mkdir {name}")
        else:
            place.mkdir(parents=True, exist_ok=True)


def _reset(shell: Shell, line: str, cell: str | None) -> None:
    """Forget what the notebook has defined."""
    if "-f" not in line.split():
        shell.leave_out(f"%reset {line}")  # it would ask
        return
    for name in [name for name in shell.user_ns if not name.startswith("_") and name not in ("In", "Out")]:
        del shell.user_ns[name]
    shell.session.forget()


def _who_ls(shell: Shell, line: str, cell: str | None) -> list[str]:
    kinds = set(line.split())
    return sorted(
        name
        for name, value in shell.user_ns.items()
        if not name.startswith("_") and name not in ("In", "Out")
        if not kinds or type(value).__name__ in kinds
    )


def _xdel(shell: Shell, line: str, cell: str | None) -> None:
    """Delete a variable, and all others that are the same object."""
    wanted = shell.user_ns[line.rsplit(maxsplit=1)[-1]]
    for name in [name for name, value in shell.user_ns.items() if value is wanted]:
        del shell.user_ns[name]


def _load_ext(shell: Shell, line: str, cell: str | None) -> None:
    shell.extended(line.strip())


def _pylab(shell: Shell, line: str, cell: str | None) -> None:
    shell.run_statement(_PYLAB)


MAGICS: Mapping[str, Magic] = MappingProxyType(
    {
        "capture": _capture,
        "cd": _cd,
        "debug": _measured,
        "env": _env,
        "file": _writefile,
        "load_ext": _load_ext,
        "lprun": _measured,
        "memit": _measured,
        "mkdir": _mkdir,
        "mprun": _measured,
        "prun": _prun,
        "pwd": _pwd,
        "pylab": _pylab,
        "reload_ext": _load_ext,
        "reset": _reset,
        "run": _run,
        "set_env": _env,
        "time": _time,
        "timeit": _timeit,
        "who_ls": _who_ls,
        "writefile": _writefile,
        "xdel": _xdel,
    }
)
