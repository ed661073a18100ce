"""Whose submission it is in an export of a learning platform, read from the file names. Pure.

Moodle      Ada Byron_4711_assignsubmission_file_/mlp.py, or …_assignsubmission_file_mlp.py without folders;
            the number is Moodle's own of the participant; what somebody wrote into the page is beside it,
            …_assignsubmission_onlinetext_/onlinetext.html
Canvas      byronada_LATE_4711_98765_mlp-1.py: all files on top, Canvas' number of the user, of the upload;
            ``-1`` marks a second upload of one name
ILIAS       Abgaben/Byron_Ada_abyron_4711/20261104120000_mlp.py, in a folder of the team where there is one
OLAT        Byron_Ada_abyron/mlp.py, some releases with 1_submissions between
Gradescope  submission_98765/mlp.py, and submission_metadata.yml that says whose they are
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import yaml

from grader.reading.archives import Member

METADATA = "submission_metadata.yml"
MOODLE, CANVAS, ILIAS, OLAT, GRADESCOPE = "Moodle", "Canvas", "ILIAS", "OLAT", "Gradescope"
_UPLOADED = "file"
_HANDED_IN = (".py", ".ipynb", ".zip")
# A list of submissions is text by the platform, yet it came with the export: no more is read of it.
_MOST_BYTES = 4 << 20


@dataclass(frozen=True)
class Owner:
    """Who submitted, as the platform says: several names are joined; ``id`` is the platform's own.

    ``platform``: which it is; ``place``: what the names of their files there begin with.
    """

    name: str
    id: str
    platform: str = field(default="", compare=False)
    place: str = field(default="", compare=False)


@dataclass(frozen=True)
class Owned:
    """One submission of an export: its name there, whose it is, and its files."""

    name: str
    owner: Owner
    files: Mapping[str, Member]


@dataclass(frozen=True)
class _Form:
    """How a platform names files: ``who``, ``name``, ``id``, and the file's own name ``rest``."""

    platform: str
    pattern: re.Pattern[str]
    # What stands in the file's own name that the student didn't write.
    added: re.Pattern[str] | None = None


_FORMS: Sequence[_Form] = (
    _Form(
        MOODLE,
        re.compile(
            r"(?P<who>(?P<name>[^/]+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+))_?/(?P<rest>.+)", re.S
        ),
    ),
    _Form(
        MOODLE,
        re.compile(r"(?P<who>(?P<name>[^/]+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+))_(?P<rest>[^/]+)"),
    ),
    _Form(
        CANVAS,
        re.compile(r"(?P<who>(?P<name>[^/_]+)_(?:LATE_)?(?P<id>\d+))_\d+_(?P<rest>[^/]+)"),
        added=re.compile(r"-\d+(?=\.[^.]+$)"),
    ),
    _Form(
        ILIAS,
        re.compile(
            r"(?:[^/]+/)*?(?P<who>(?P<name>[^/_]+_[^/_]+)_(?P<id>[^/_]+)_\d+)/(?:[^/]+/)*?(?P<rest>\d{14}_[^/]+)"
        ),
        added=re.compile(r"^\d{14}_"),
    ),
    _Form(
        OLAT,
        re.compile(r"(?P<who>(?P<name>[^/_]+_[^/_]+)_(?P<id>[^/_]+))/(?:\d_\w+/)?(?P<rest>.+)", re.S),
    ),
)


def owned(files: Mapping[str, Member]) -> list[Owned]:
    """Return the submissions of an export by their names there; none if the platform is not known.

    A platform matches if every file that can be submitted has a name in its form.
    """
    if METADATA in files:
        return list(_listed(files))
    handed_in = [name for name in files if name.lower().endswith(_HANDED_IN)]
    for form in _FORMS:
        if handed_in and all(form.pattern.fullmatch(name) for name in handed_in):
            return _named(files, form)
    return []


def _named(files: Mapping[str, Member], form: _Form) -> list[Owned]:
    """Return a submission for each person, in the order of their first names there."""
    found: dict[tuple[str, str], list[tuple[str, re.Match[str]]]] = {}
    # Of several uploads of one file the last in this order is the newest: names rise with time.
    for name in sorted(files, key=_age):
        said = form.pattern.fullmatch(name)
        if said is not None:
            found.setdefault((said["name"], said["id"]), []).append((name, said))
    owned = [_one(files, form, said) for said in found.values()]
    return sorted(owned, key=lambda each: each.name)


def _one(files: Mapping[str, Member], form: _Form, said: Sequence[tuple[str, re.Match[str]]]) -> Owned:
    """Return one person's files; those of another kind than uploads give way to uploads of their names."""
    own: dict[str, Member] = {}
    in_order = sorted(said, key=lambda each: _kind(each[1]) != _UPLOADED)
    for name, parts in in_order:
        short = form.added.sub("", parts["rest"]) if form.added else parts["rest"]
        kind = _kind(parts)
        own[short if kind == _UPLOADED or short not in own else f"{kind}/{short}"] = files[name]
    name, first = in_order[0]
    place = name[: first.start("rest")]
    owner = Owner(first["name"].replace("_", " ").strip(), first["id"], form.platform, place)
    return Owned(first["who"], owner, own)


def _kind(said: re.Match[str]) -> str:
    return said.groupdict().get("kind") or _UPLOADED


def _age(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts numbers in names as numbers, and a name without one before those with it."""
    return [(len(part), part) for part in re.split(r"[-_.]", name)]


def _listed(files: Mapping[str, Member]) -> Iterator[Owned]:
    """Yield the submissions in Gradescope's list; files it does not name belong to nobody."""
    content = files[METADATA]
    listed = _metadata(content) if isinstance(content, bytes) else {}
    for folder in sorted(listed):
        own = {
            name.removeprefix(f"{folder}/"): files[name] for name in files if name.startswith(f"{folder}/")
        }
        if own:
            yield Owned(folder, _submitters(listed[folder]), own)


def _metadata(content: bytes) -> dict[str, object]:
    try:
        listed = yaml.safe_load(content[:_MOST_BYTES])
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError):
        return {}
    return {str(name): each for name, each in listed.items()} if isinstance(listed, dict) else {}


def _submitters(said: object) -> Owner:
    """Return whose a submission is: names, and student numbers or else addresses, of all of its team."""
    people = said.get(":submitters") if isinstance(said, dict) else None
    known = [each for each in people if isinstance(each, dict)] if isinstance(people, list) else []
    names = [str(each.get(":name") or "") for each in known]
    ids = [str(each.get(":sid") or each.get(":email") or "") for each in known]
    return Owner(" & ".join(filter(None, names)), " & ".join(filter(None, ids)), GRADESCOPE)
