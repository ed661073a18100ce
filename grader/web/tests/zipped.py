"""An assignment's files as a zip, both ways."""

import io
import zipfile
from collections.abc import Mapping

from flask import Response, send_file

from grader.errors import AssignmentError, SubmissionError
from grader.model.language import _
from grader.reading import archives, names

# The same files make the same zip, whenever that is.
_DATE = (1980, 1, 1, 0, 0, 0)


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return these files as a zip, which the same files make again to the byte."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name], zipfile.ZIP_DEFLATED)
    return kept.getvalue()


def unpacked(data: bytes, where: str) -> dict[str, bytes]:
    """Return the files of an assignment's zip, without the folder around them. Raises AssignmentError."""
    try:
        found = archives.read_zip(data, where)
        kept = {name: content for name, content in found.items() if not names.is_junk(name)}
        return archives.unwrapped(kept)
    except SubmissionError as error:
        cure = _("Nothing was changed. Make an ordinary zip of the assignment's folder.")
        raise AssignmentError(error.what, where=error.where, cure=cure) from None


def response(files: Mapping[str, bytes], name: str) -> Response:
    """Return an answer that the browser keeps as a zip."""
    return send_file(io.BytesIO(packed(files)), "application/zip", as_attachment=True, download_name=name)


def in_a_folder(files: Mapping[str, bytes], folder: str) -> Response:
    """Return files as a zip with one folder, which `unpacked` takes off again whatever they are called."""
    return response({f"{folder}/{name}": content for name, content in files.items()}, f"{folder}.zip")
