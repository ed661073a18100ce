"""Uploads as hand-ins: one file, several files, or one zip, with refusals that say what to do."""

from collections.abc import Iterable, Mapping

from werkzeug.datastructures import FileStorage

from grader import model
from grader.errors import SubmissionError, TooLarge
from grader.feedback.text import phrase, size
from grader.reading import archives
from grader.reading.submissions import NOTEBOOK_BYTES, ONE, SOURCE_BYTES, rooted

NOTHING_KEPT = "Nothing was kept, and it cost no attempt."
# Bytes of a form around its files: names, boundaries, the other fields.
FORM_BYTES = 256 * 1024
BODY_BYTES = ONE.archive_bytes + FORM_BYTES
FORM_PARTS = ONE.files + 20


def read(uploads: Iterable[FileStorage], asked: model.Assignment) -> Mapping[str, bytes]:
    """Return the files handed in, relative to the entry file's folder. Raises SubmissionError, TooLarge."""
    named = [each for each in uploads if each.filename]
    if not named:
        raise SubmissionError(
            "no file was chosen", cure=f"Choose {asked.entry}, or a zip with it, and hand in again."
        )
    files = _contents(named)
    zips = [name for name in files if name.lower().endswith(".zip")]
    if zips and len(files) > 1:
        raise SubmissionError(
            "a zip came together with other files",
            where=phrase(zips[0], 80),
            cure=f"Hand in either one zip or the plain files. {NOTHING_KEPT}",
        )
    if zips:
        files = archives.read_zip(files[zips[0]], phrase(zips[0], 80), ONE)
    kept = {name: content for name, content in files.items() if not archives.is_junk(name)}
    return rooted(archives.unwrapped(kept), asked)


def _contents(uploads: Iterable[FileStorage]) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    for each in uploads:
        name = (each.filename or "").removeprefix("./")
        shown = phrase(name, 80)
        archives.check_name(name, shown)
        if name in files:
            raise SubmissionError(
                "two files have this name", where=shown, cure=f"Leave one of them out. {NOTHING_KEPT}"
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
    }


def too_large(*, handed_in: bool = True) -> TooLarge:
    """Return the refusal of an upload, of a student or of staff, that was not read to its end."""
    only = "Hand in your own source files only, no data and no environments."
    cure = f"{only} {NOTHING_KEPT}" if handed_in else _LEAVE_OUT
    return TooLarge(f"the upload is larger than {size(ONE.archive_bytes)}", cure=cure)


_LEAVE_OUT = (
    "Nothing was changed. Leave out data that the tests can make themselves; an administrator can add a "
    "larger assignment at a shell, with “chainrule admin assignment”."
)
