"""The tests that `make check` runs: of arithmetic, formats and rules, which start and open nothing.

That they don't is seen to: where one starts a process, reaches for the network or opens a database, it fails.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PURE = (
    "tests/reading/test_archives.py",
    "tests/model/test_hidden_tests.py",
    "tests/assignment/test_assignment_folder.py",
    "tests/arithmetic/test_class_figures.py",
    "tests/arithmetic/test_regrade_diff.py",
    "tests/arithmetic/test_text_diff.py",
    "tests/assignment/test_toml_edit.py",
    "tests/picture/test_marked_svg.py",
    "tests/grader/test_errors.py",
    "tests/feedback/test_feedback.py",
    "tests/feedback/test_feedback_picture.py",
    "tests/feedback/test_feedback_view.py",
    "tests/picture/test_graphs.py",
    "tests/feedback/test_mending.py",
    "tests/reading/test_local_time.py",
    "tests/feedback/test_student_graph.py",
    "tests/reading/test_platforms.py",
    "tests/arithmetic/test_deadlines.py",
    "tests/render/test_render.py",
    "tests/reading/test_roster.py",
    "tests/arithmetic/test_scoring.py",
    "tests/arithmetic/test_seeds.py",
    "tests/reading/test_submissions.py",
    "tests/guest/test_habits.py",
    "tests/guest/test_scan_is_linear.py",
    "tests/guest/test_source.py",
    "tests/reference/test_activations.py",
    "tests/reference/test_conventions.py",
    "tests/reference/test_differences.py",
    "tests/reference/test_losses.py",
    "tests/reference/test_network.py",
    "tests/reference/test_rounding.py",
    "tests/reference/test_tape.py",
    "tests/reference/test_tolerance.py",
    "tests/test_architecture.py",
    "tests/test_texts.py",
    "tests/wire/test_array.py",
    "tests/wire/test_channel.py",
    "tests/wire/test_value.py",
)
STARTS = frozenset(
    "os.fork os.posix_spawn os.system socket.bind socket.connect sqlite3.connect subprocess.Popen".split()
)


class Purity:
    """Marks the tests of the files above, and fails those of them that start something."""

    def __init__(self) -> None:
        self._looks = False
        sys.addaudithook(self._look)

    def _look(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self._looks and event in STARTS:
            raise AssertionError(f"a pure test has come to {event}{arguments!r:.200}")

    @contextmanager
    def _looking(self) -> Iterator[None]:
        self._looks = True
        try:
            yield
        finally:
            self._looks = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Mark whole files, before any are chosen by their marks."""
        paths = {ROOT / each for each in PURE}
        for item in items:
            if item.path in paths:
                item.add_marker("pure")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Iterator[None]:
        """Look on while a pure test runs."""
        if item.get_closest_marker("pure") is None:
            return (yield)
        with self._looking():
            return (yield)
