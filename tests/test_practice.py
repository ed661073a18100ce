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


BROWSER = "from tests.web.browsing import axe\n"
BAD = {
    "a process that a failed test leaves": ("tests.a", "subprocess.Popen(words, stdout=PIPE)", "started"),
    "a process that a test ends itself": ("tests.a", "with Popen(words) as it:\n    pass", "started"),
    "a process of a benchmark with open pipes": ("benchmarks.a", "it = Popen(words)", "outside a `with`"),
    "a signal to what was listed": ("tests.a", "for each in listed:\n    os.kill(each, 9)", "tell"),
    "a number of rows after a click": ("tests.a", f"{BROWSER}assert rows.count() == 3", "count()"),
    "words after a click": ("tests.a", f"{BROWSER}assert 'x' in page.locator('p').inner_text()", "expect"),
    "what may not be there yet": ("tests.a", f"{BROWSER}assert not picture.is_visible()", "expect"),
    "where a page is": ("tests.a", f"{BROWSER}assert page.url.endswith('/1')", "to_have_url"),
    "what an attribute is": ("tests.a", f"{BROWSER}assert link.get_attribute('href') == '/'", "expect"),
    "figures after a reload": ("tests.a", f"{BROWSER}assert total(page) == '1 / 2'", "expect"),
    "a read of a module that expects too": (
        "tests.a",
        "from playwright.sync_api import expect\nassert page.content()",
        "content()",
    ),
}


@pytest.mark.parametrize(("module", "source", "complaint"), BAD.values(), ids=BAD)
def test_rules_catch(module, source, complaint):
    [found] = lapses(module, source)
    assert complaint in found


GOOD = {
    "the place that ends them": ("tests.processes", "with subprocess.Popen(words) as it:\n    yield it"),
    "a process of a benchmark that is closed": ("benchmarks.a", "with Popen(words) as it:\n    it.wait()"),
    "a process that is waited for": ("tests.a", "subprocess.run(words, timeout=300)"),
    "what a page comes to show": ("tests.a", f"{BROWSER}expect(rows).to_have_count(3)"),
    "a read that is no assertion": ("tests.a", f"{BROWSER}field.fill(field.input_value() + 'x')"),
    "a text that is counted": ("tests.a", f"{BROWSER}assert text.count('<g') == 2"),
    "rows of a database": ("tests.a", "assert session.query(User).count() == 1"),
    "a signal to a child of one's own": ("tests.a", "child.send_signal(9)"),
}


@pytest.mark.parametrize(("module", "source"), GOOD.values(), ids=GOOD)
def test_rules_allow(module, source):
    assert lapses(module, source) == []
