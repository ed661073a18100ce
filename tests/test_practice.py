"""No test relies on luck: what is started is ended, and what is waited for is waited for."""

from pathlib import Path

import pytest

from tests.architecture import module_name
from tests.practice import lapses

ROOT = Path(__file__).resolve().parent.parent


def _modules() -> list[Path]:
    paths = [path for room in ("benchmarks", "tests") for path in sorted((ROOT / room).rglob("*.py"))]
    return [path for path in paths if "data" not in path.relative_to(ROOT).parts]


@pytest.mark.parametrize("path", _modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_relies_on_no_luck(path):
    assert lapses(module_name(path, ROOT), path.read_text(encoding="utf-8")) == []


BAD = {
    "a process that a failed test leaves": ("tests.a", "subprocess.Popen(words, stdout=PIPE)", "started"),
    "a process that a test ends itself": ("tests.a", "with Popen(words) as it:\n    pass", "started"),
    "a process of a benchmark with open pipes": ("benchmarks.a", "it = Popen(words)", "outside a `with`"),
    "a signal to what was listed": ("tests.a", "for each in listed:\n    os.kill(each, 9)", "tell"),
}


@pytest.mark.parametrize(("module", "source", "complaint"), BAD.values(), ids=BAD)
def test_rules_catch(module, source, complaint):
    [found] = lapses(module, source)
    assert complaint in found


GOOD = {
    "the place that ends them": ("tests.processes", "with subprocess.Popen(words) as it:\n    yield it"),
    "a process of a benchmark that is closed": ("benchmarks.a", "with Popen(words) as it:\n    it.wait()"),
    "a process that is waited for": ("tests.a", "subprocess.run(words, timeout=300)"),
    "a signal to a child of one's own": ("tests.a", "child.send_signal(9)"),
}


@pytest.mark.parametrize(("module", "source"), GOOD.values(), ids=GOOD)
def test_rules_allow(module, source):
    assert lapses(module, source) == []
