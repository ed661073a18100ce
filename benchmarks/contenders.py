"""The procedures compared. Each handles `count` submissions, `at_once` in flight, and says what it cost."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Cost, Diagnosing, MemoryPeak, Meter, Packages, held_bytes
from grader.assignment import assignment_folder
from grader.model import Report, Status, Submission, Suite
from worker.engine import Engine

ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "benchmarks" / "scripts"
SEED = 20240229
# Threads of the numerical libraries: one each, so that a procedure isn't charged for threads that spin.
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

IMPORTS = b"import matplotlib.pyplot, pandas, sklearn.linear_model\n"
ASLEEP = b"import time\ntime.sleep(8)\n"


@dataclass(frozen=True)
class Exam:
    """What every procedure gets: a right submission and the folder of hidden tests.

    imports  what the submission imports besides
    """

    file: Path
    suite: Suite
    suite_folder: Path
    imports: bytes = b""

    def submission(self, number: int = 0) -> Submission:
        """Return the submission; a comment makes each number a different one."""
        content = self.imports + self.file.read_bytes()
        return Submission({"mlp.py": content + f"\n# hand-in {number}\n".encode()})


def sample_exam() -> Exam:
    """Return the first homework with its solution."""
    folder = ROOT / "hidden_tests" / "nyu-hw1"
    return Exam(folder / "submissions" / "accepted" / "solution.py", assignment_folder.load(folder), folder)


def cold(exam: Exam) -> Cost:
    """Grade one submission with an engine that has to be started for it, as `chainrule grade` does."""
    with Engine() as engine, Meter(engine.process_ids) as meter:
        grade(engine, exam, 0)
    return meter.cost("engine, started for one", 1, 1)


def warm(engine: Engine, exam: Exam, count: int, at_once: int, name: str = "engine") -> Cost:
    """Grade with an engine that is up and has seen the suite."""
    with Meter(engine.process_ids) as meter, ThreadPoolExecutor(at_once) as pool:
        for _ in pool.map(lambda number: grade(engine, exam, number), range(count)):
            pass
    return meter.cost(name, count, at_once)


def packages(engine: Engine, exam: Exam) -> Packages:
    """Grade the first submission that imports packages for data and plots: it starts a warm process."""
    before, began = held_bytes(engine.process_ids()), time.monotonic()
    grade(engine, exam, 0)
    seconds = time.monotonic() - began
    return Packages(seconds, held_bytes(engine.process_ids()) - before)


def grade(engine: Engine, exam: Exam, number: int) -> Report:
    """Grade one submission; raises when the figures would be those of a failure."""
    report = engine.grade(exam.submission(number), exam.suite, seed=SEED)
    wrong = [case.id for case in report.cases if case.verdict != "passed"]
    if report.status is not Status.GRADED or wrong or not report.cases:
        raise SystemExit(f"the sample was not graded as right: {report.status} {report.why} {wrong}")
    return report


def memory(engine: Engine, exam: Exam, boxes: int) -> MemoryPeak:
    """Hold `boxes` submissions in flight at once, asleep in their import, and watch the memory."""
    content = exam.file.read_bytes() + ASLEEP
    with MemoryPeak(engine.process_ids) as peak, ThreadPoolExecutor(boxes) as pool:
        for number in range(boxes):
            submission = Submission({"mlp.py": content + f"# {number}\n".encode()})
            pool.submit(engine.grade, submission, exam.suite, seed=SEED)
    return peak


def scripts(exam: Exam, count: int, at_once: int) -> Cost:
    """Run six scripts one after another per submission, an interpreter each: `python testN.py`."""

    def one(folder: Path) -> None:
        for script in sorted(SCRIPTS.glob("test*.py")):
            printed = _python(folder, str(script))
            if printed.split() != ["tensor(True)"] * 2:
                raise SystemExit(f"{script.name} printed {printed!r}")

    return _processes("six scripts", exam, one, count, at_once)


def fresh_pytest(exam: Exam, count: int, at_once: int) -> Cost:
    """Run the same hidden tests with pytest in a process of their own, the submission imported into it."""
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "benchmarks.in_process",
        "--rootdir",
        str(exam.suite_folder),
    ]

    def one(folder: Path) -> None:
        arguments = ["--submission", str(folder / "mlp.py"), str(exam.suite_folder)]
        _python(folder, "-m", "pytest", *options, *arguments)

    return _processes("pytest, fresh process", exam, one, count, at_once)


def floor(exam: Exam, count: int) -> list[Cost]:
    """Call the same tests as plain functions and fork twice; then the same with the calls in a fork."""
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "mlp.py"
        file.write_bytes(exam.submission().files["mlp.py"])
        printed = _python(Path(name), "-m", "benchmarks.floor", str(file), str(count), str(exam.suite_folder))
    return [Cost(**cost) for cost in json.loads(printed)]


def diagnosing(exam: Exam, most: int = 1_000) -> Diagnosing:
    """Name the mistakes of the wrong samples, of so many of them at most."""
    words = ("-m", "benchmarks.diagnosing", str(exam.suite_folder), str(most))
    return Diagnosing(**json.loads(_python(ROOT, *words)))


def _processes(name: str, exam: Exam, one: Callable[[Path], None], count: int, at_once: int) -> Cost:
    with tempfile.TemporaryDirectory() as top, ThreadPoolExecutor(at_once) as pool:
        folders = [Path(top) / str(number) for number in range(count)]
        for number, folder in enumerate(folders):
            folder.mkdir()
            (folder / "mlp.py").write_bytes(exam.submission(number).files["mlp.py"])
        with Meter() as meter:
            for _ in pool.map(one, folders):
                pass
    return meter.cost(name, count, at_once)


def _python(folder: Path, *arguments: str) -> str:
    """Run Python in `folder`, with the folder and this project importable; returns what it printed."""
    environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT)))}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
