"""Grades all samples of one shipped assignment with the real engine, each once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader import assignments, config, samples
from grader.bootstrap import open_grader

SEED = 20230717
JOBS = 2


def differences(folder: Path) -> dict[str, list[str]]:
    """Return by sample in words what it got otherwise than it must; the handout is among them."""
    suite, files = assignments.load(folder), assignments.read_all(folder)
    found = samples.samples(files, suite.assignment, folder.name)
    with open_grader(config.load()) as grader, ThreadPoolExecutor(JOBS) as pool:
        reports = pool.map(lambda each: grader.grade(each.submission, suite, seed=SEED), found)
        return {
            each.file: samples.differences(each, suite.assignment, report)
            for each, report in zip(found, reports, strict=True)
        }
