"""The editor that pages load is the one that deploy/editor builds, with its licences."""

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "grader/web/static"
PINS = json.loads((ROOT / "deploy/editor/package.json").read_text())["devDependencies"]


def test_one_editor_is_there_and_named_after_its_version():
    version = PINS["@codemirror/view"]
    assert [each.name for each in STATIC.glob("editor-*.js")] == [f"editor-{version}.min.js"]
    page = (ROOT / "grader/web/templates/staff/tests.html").read_text()
    assert re.findall(r"static\('(editor-[^']+)'\)", page) == [f"editor-{version}.min.js"]


def test_every_version_is_pinned_and_what_is_in_the_file_has_its_licence():
    said = (STATIC / "editor-LICENSE.txt").read_text()
    for name, version in PINS.items():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version), name
        assert name == "esbuild" or f"{name} {version}\n" in said
    assert "MIT" in said


def test_editor_was_built_from_what_is_beside_it():
    built = next(STATIC.glob("editor-*.js")).read_text()
    source = (ROOT / "deploy/editor/editor.js").read_text()
    for words in re.findall(r'"(\[?data-[a-z-]+\]?|\.cm-[a-z]+)"', source):
        assert words in built, words
    locked = json.loads((ROOT / "deploy/editor/package-lock.json").read_text())["packages"]
    for name, version in PINS.items():
        assert locked[f"node_modules/{name}"]["version"] == version


def test_editor_needs_nothing_that_the_policy_forbids():
    built = next(STATIC.glob("editor-*.js")).read_text()
    assert not re.search(r"\beval\(|new Function\(|\bimport\(", built)
    assert not re.search(r"https?://(?!www\.w3\.org)[\w.]+/", built)
