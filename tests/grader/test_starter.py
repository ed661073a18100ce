"""The example that an assignment from scratch begins with, tried by the real engine."""

import pytest

from grader import bootstrap, starter
from grader.cli import run
from grader.document import read


def test_title_is_the_one_that_was_asked_for_whatever_is_in_it():
    title = 'Übung "2"\\n # [x]'
    assert read(starter.files(title)["assignment.toml"], "hw").title == title


@pytest.mark.slow
def test_every_sample_of_it_gets_what_it_must(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CHAINRULE_DATA", str(tmp_path / "data"))
    for name, content in starter.files("Example").items():
        path = tmp_path / "example" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert run(["verify", str(tmp_path / "example")], bootstrap.services) == 0
    assert "3 samples, 0 not as expected, 0 warnings" in capsys.readouterr().out
