"""Samples that are given as changes to an accepted one, not as files.

In the list of samples, ``from`` names an accepted sample that is there as a file, or as a folder of files,
and ``replace`` has pairs of texts: pair after pair, the first is taken out and the second put in its place.
What is taken out must be there exactly once, so that a change means one place or is refused. What a change
starts from is never a change itself: whoever reads one has to open one file.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import SubmissionError
from grader.feedback.text import block, phrase, size
from grader.model import schema
from grader.model.language import N_, _
from grader.reading.archives import ArchiveLimits
from grader.reading.names import check_name

FROM, REPLACE = "from", "replace"
ACCEPTED = "accepted"
# What many changes of a large file would take in time and in memory stays within what files may.
MOST_PAIRS = 50
LIMITS = ArchiveLimits()
_AS_A_FILE = N_("Give this sample as a file.")


@dataclass(frozen=True)
class Made:
    """A sample that is a change: the place of what it is made of, and the files that it is by theirs."""

    base: str
    files: Mapping[str, bytes]


def made(rows: Sequence[schema.Table], files: Mapping[str, bytes], folder: str) -> dict[str, Made]:
    """Return the samples that the rows of the list give as changes, by their names.

    ``files``: all of the assignment; ``folder``: that of the samples. Raises AssignmentError for a change
    that can't be made, and says which pair of which sample it is.
    """
    given = [row for row in rows if FROM in row.names()]
    names = [row.text("file") for row in given]
    found: dict[str, Made] = {}
    room = LIMITS.total_bytes
    for row, name in zip(given, names, strict=True):
        if name in found:
            raise row.refuse(
                "file", _("%(name)s is given as a change twice", name=name), _("Leave one of the two out.")
            )
        found[name] = _made(row, name, _base(row, names, files, folder), files, folder)
        room -= sum(map(len, found[name].files.values()))
        if room < 0:
            most = size(LIMITS.total_bytes)
            raise row.refuse(
                FROM, _("up to here, the samples made are larger than %(most)s", most=most), _(_AS_A_FILE)
            )
    for row in rows:
        if REPLACE in row.names() and FROM not in row.names():
            cure = _("Name an accepted sample with %(from_name)s = …", from_name=FROM)
            raise row.refuse(REPLACE, _("there is nothing to change"), cure)
    return found


def _base(row: schema.Table, changed: Iterable[str], files: Mapping[str, bytes], folder: str) -> str:
    """Return what a sample is made of: an accepted one that is not a change itself."""
    base = row.text(FROM)
    if not base.startswith(f"{ACCEPTED}/"):
        cure = _("Name one in %(accepted)s/, or give this sample as a file.", accepted=ACCEPTED)
        raise row.refuse(FROM, _("“%(base)s” is not an accepted sample", base=base), cure)
    if base in changed:
        cure = _("Name the sample that it is made from, and put its changes here as well.")
        raise row.refuse(FROM, _("%(base)s is a change itself", base=base), cure)
    if not _at(f"{folder}/{base}", files):
        known = (each for each in files if each.startswith(f"{folder}/{ACCEPTED}/"))
        cure = schema.did_you_mean(base, (each.removeprefix(f"{folder}/") for each in known))
        raise row.refuse(FROM, _("there is no file %(folder)s/%(base)s", folder=folder, base=base), cure)
    return f"{folder}/{base}"


def _at(path: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the file at a path, by an empty name, or the files of the folder there; empty if neither is."""
    if path in files:
        return {"": files[path]}
    return {name.removeprefix(path): each for name, each in files.items() if name.startswith(f"{path}/")}


def _made(row: schema.Table, name: str, base: str, files: Mapping[str, bytes], folder: str) -> Made:
    """Return one sample, if its name can be a file's and there is no such file."""
    path = f"{folder}/{name}"
    try:
        check_name(name, phrase(name, 80))
    except SubmissionError as error:
        raise row.refuse("file", error.what, error.cure) from None
    if _at(path, files):
        cure = _(
            "Remove %(path)s, or %(from_name)s and %(replace)s here.",
            path=path,
            from_name=FROM,
            replace=REPLACE,
        )
        raise row.refuse(FROM, _("%(name)s is there as a file as well", name=name), cure)
    whole = _at(base, files)
    changed = whole | _changed(row, name, whole)
    return Made(base, {f"{path}{place}": each for place, each in changed.items()})


def _changed(row: schema.Table, name: str, whole: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the texts among some files with the changes that a row says."""
    texts = dict(_texts(whole))
    if not texts:
        raise row.refuse(FROM, _("%(text)s is not UTF-8 text", text=row.text(FROM)), _(_AS_A_FILE))
    pairs = row.pairs(REPLACE)
    if len(pairs) > MOST_PAIRS:
        raise row.refuse(
            REPLACE, _("these are more than %(most_pairs)s pairs", most_pairs=MOST_PAIRS), _(_AS_A_FILE)
        )
    for number, (old, new) in enumerate(pairs, start=1):
        place = _place(row, _("pair %(number)s of %(name)s", number=number, name=name), old, texts)
        text = texts[place]
        texts[place] = text.replace(_with_ends_of(text, old), _with_ends_of(text, new))
    return {place: text.encode() for place, text in texts.items()}


def _texts(files: Mapping[str, bytes]) -> Iterable[tuple[str, str]]:
    """Yield the files that are text; others stay as they are."""
    for name, content in files.items():
        try:
            yield name, content.decode()
        except UnicodeDecodeError:
            continue


def _place(row: schema.Table, pair: str, old: str, texts: Mapping[str, str]) -> str:
    """Return the file with the one place of a text; refuse it where there is none, or more than one."""
    if not old:
        raise row.refuse(
            REPLACE, _("%(pair)s takes nothing out", pair=pair), _("Begin with the text that is to go.")
        )
    counts = {name: _times(_with_ends_of(text, old), text) for name, text in texts.items()}
    total = sum(counts.values())
    if total == 1:
        return next(name for name, times in counts.items() if times)
    cure = (
        _("Take more of what stands around the place, so that it is the only one.")
        if total
        else _("Copy it from there, spaces and ends of lines too. What an earlier pair took out is gone.")
    )
    times = _("%(total)s times in %(text)s, and must be there once", total=total, text=row.text(FROM))
    # With the spaces and ends of lines that it has: what is not found is often wrong in these.
    shown = block(json.dumps(old, ensure_ascii=False), 60)
    raise row.refuse(
        REPLACE, _("%(pair)s: %(shown)s is found %(times)s", pair=pair, shown=shown, times=times), cure
    )


def _times(old: str, text: str) -> int:
    """Return how often a text is found; two places that overlap are two."""
    first = text.find(old)
    if first < 0:
        return 0
    return 1 if text.find(old, first + 1) < 0 else max(2, text.count(old))


def _with_ends_of(text: str, part: str) -> str:
    """Return a part, as TOML has it, with the ends of lines that the text has."""
    all_crlf = "\r\n" in text and "\n" not in text.replace("\r\n", "")
    return part.replace("\n", "\r\n") if all_crlf else part
