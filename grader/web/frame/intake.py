"""Uploads as hand-ins: one file, several files, or one zip, with refusals that say what to do."""

import json
from collections.abc import Iterable, Mapping

from werkzeug.datastructures import FileStorage

from grader import model
from grader.errors import SubmissionError, TooLarge
from grader.feedback.missing import wanted
from grader.feedback.text import phrase, size
from grader.model.language import N_, Texts, _
from grader.reading import archives, names
from grader.reading.submissions import NOTEBOOK_BYTES, ONE, SOURCE_BYTES, rooted

NOTHING_KEPT = N_("Nothing was stored, and it does not count as an attempt.")
# What the page's script says of files before they are sent, by the names it has for it.
SAYS: Mapping[str, str] = Texts(
    {
        "empty": N_("There is nothing in it. Choose %(entry)s."),
        "many": N_("These are %(number)s files, more than %(most)s. Submit only your own files."),
        "mixed": N_("Submit either one zip or single files, not both."),
        "large": N_("%(name)s is %(size)s, more than %(most)s. Remove data and outputs from it."),
        "blank": N_("%(name)s is empty. Save it in your editor, then choose it again."),
        "total": N_("Together they are larger than %(most)s."),
        "missing": N_("%(name)s is missing. Add it: the file must have exactly that name."),
        "more": N_("%(names)s and %(number)s more"),
        "renamed": N_("%(names)s, submitted as %(entry)s"),
        "sending": N_("Sending %(files)s …"),
    }
)
# Bytes of a form around its files: names, boundaries, the other fields.
FORM_BYTES = 256 * 1024
BODY_BYTES = ONE.archive_bytes + FORM_BYTES
FORM_PARTS = ONE.files + 20


def read(uploads: Iterable[FileStorage], asked: model.Assignment) -> Mapping[str, bytes]:
    """Return the files handed in, relative to the entry file's folder. Raises SubmissionError, TooLarge."""
    named = [each for each in uploads if each.filename]
    if not named:
        raise SubmissionError(
            _("no file was chosen"),
            cure=_("Choose %(entry)s, or a zip with it, and submit again.", entry=asked.entry),
        )
    files = _contents(named)
    zips = [name for name in files if name.lower().endswith(".zip")]
    if zips and len(files) > 1:
        raise SubmissionError(
            _("a zip was uploaded together with other files"),
            where=phrase(zips[0], 80),
            cure=_(
                "Submit either one zip or single files. %(nothing_stored)s", nothing_stored=_(NOTHING_KEPT)
            ),
        )
    if zips:
        files = archives.read_zip(files[zips[0]], phrase(zips[0], 80), ONE)
    kept = {name: content for name, content in files.items() if not names.is_junk(name)}
    return rooted(archives.unwrapped(kept), asked)


def _contents(uploads: Iterable[FileStorage]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for each in uploads:
        name = (each.filename or "").removeprefix("./")
        shown = phrase(name, 80)
        names.check_name(name, shown)
        if name in files:
            raise SubmissionError(
                _("two files have this name"),
                where=shown,
                cure=_("Remove one of them. %(nothing_stored)s", nothing_stored=_(NOTHING_KEPT)),
            )
        files[name] = each.stream.read()
    return files


def limits(asked: model.Assignment) -> Mapping[str, str | int]:
    """Return what the page checks before uploading, by the names of its data attributes."""
    return {
        "entry": asked.entry,
        "known": " ".join(each.file for each in asked.loaded),
        "needed": " ".join(each.file for each in asked.loaded if not each.optional),
        "source-bytes": SOURCE_BYTES,
        "notebook-bytes": NOTEBOOK_BYTES,
        "total-bytes": ONE.archive_bytes,
        "files": ONE.files,
        "says": json.dumps(dict(SAYS)),
        "wanted": json.dumps([{"files": each.files, "says": each.missing} for each in wanted(asked)]),
    }


def too_large(*, handed_in: bool = True) -> TooLarge:
    """Return the refusal of an upload, of a student or of staff, that was not read to its end."""
    only = _("Submit only your own source files, no data and no environments.")
    cure = f"{only} {_(NOTHING_KEPT)}" if handed_in else _(_LEAVE_OUT)
    return TooLarge(_("the upload is larger than %(most)s", most=size(ONE.archive_bytes)), cure=cure)


_LEAVE_OUT = N_(
    "Nothing was changed. Leave out data that the tests can generate; an administrator can add a "
    "larger assignment in a terminal, with “chainrule admin assignment”."
)
