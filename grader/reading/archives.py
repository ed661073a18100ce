"""Folders and zip archives as a mapping of file names to contents, within limits.

An archive is foreign: its directory is checked before anything is inflated, and what is inflated is
counted while it grows. Entries that share bytes (a small file that inflates to gigabytes) are found
here, since Python before 3.11.8 does not look for them. Nothing is ever written to disk.

What one person submits has to be in order as a whole: ``read_zip``. In the archive of a class
(``read_members``) what is wrong with a member stays with that member.
"""

import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeVar

from grader.errors import ChainruleError, SubmissionError, TooLarge
from grader.feedback.text import phrase, size
from grader.model.language import _
from grader.reading.names import check_distinct, check_name, check_place, is_junk, is_junk_folder

_LOCAL_HEADER = struct.Struct("<4s22xHH")
_DIRECTORY_ENTRY = b"PK\x01\x02"
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# Numbers of APPNOTE 6.3.10, 4.4.5: 1 to 6 are of the early nineties, 9 is Windows' own for large files.
_OTHER_METHODS = {
    1: "shrink",
    6: "implode",
    9: "Deflate64",
    12: "bzip2",
    14: "LZMA",
    93: "Zstandard",
    95: "xz",
}
_ENCRYPTED = 0x1
Member = bytes | SubmissionError
"""A file's content, or why it can't be read."""
_Value = TypeVar("_Value")
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    OverflowError,
    UnicodeDecodeError,
    ValueError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True)
class ArchiveLimits:
    """What a folder or an archive may hold: number of files, and bytes inflated, in one file and as a zip."""

    files: int = 2_000
    total_bytes: int = 64 << 20
    file_bytes: int = 16 << 20
    archive_bytes: int = 64 << 20


def read_zip(data: bytes, where: str, limits: ArchiveLimits = ArchiveLimits()) -> dict[str, bytes]:
    """Return the regular files of an archive. Raises SubmissionError for anything out of order."""
    members = read_members(data, where, limits)
    files = {name: each for name, each in members.items() if isinstance(each, bytes)}
    for problem in members.values():
        if isinstance(problem, SubmissionError):
            raise problem
    for name in files:
        check_name(name, _inside(where, name))
    check_distinct(list(files), where)
    return files


def read_members(data: bytes, where: str, limits: ArchiveLimits = ArchiveLimits()) -> dict[str, Member]:
    """Return the regular files of an archive, or for each the reason why it can't be read.

    Names are those of places below a folder, parted by slashes; whether they are fit otherwise is not looked
    at. Raises SubmissionError for what is wrong with the archive as a whole.
    """
    with _opened(data, where, limits) as archive:
        entries = archive.infolist()
        _check_overlap(entries, data[: archive.start_dir], where)
        return _inflate(archive, entries, where, limits)


def names_in(data: bytes, where: str, limits: ArchiveLimits = ArchiveLimits()) -> list[str]:
    """Return the names of the files in an archive without inflating any. Raises SubmissionError."""
    with _opened(data, where, limits) as archive:
        return [_name(entry) for entry in archive.infolist() if not _is_folder(entry)]


@contextmanager
def _opened(data: bytes, where: str, limits: ArchiveLimits) -> Iterator[zipfile.ZipFile]:
    if len(data) > limits.archive_bytes:
        raise TooLarge(_("the archive is larger than %(most)s", most=size(limits.archive_bytes)), where=where)
    many = _("the archive has more than %(most)s entries", most=format(limits.files, ","))
    # zipfile reads the whole directory at once, however many entries it claims. Archives within this one
    # have directories of their own, hence the factor.
    if data.count(_DIRECTORY_ENTRY) > 10 * limits.files:
        raise TooLarge(many, where=where)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > limits.files:
                raise TooLarge(many, where=where)
            yield archive
    except _BROKEN as error:
        raise SubmissionError(
            _("this is not a valid zip archive (%(why)s)", why=phrase(str(error), 80)),
            where=where,
            cure=_("Create the archive again, or submit the files themselves."),
        ) from None


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry, with the slashes that old tools of Windows write the other way.

    ``orig_filename`` still has what zipfile cuts off after a NUL byte.
    """
    return entry.orig_filename.replace("\\", "/")


def _is_folder(entry: zipfile.ZipInfo) -> bool:
    return _name(entry).endswith("/")


def _inside(where: str, name: str) -> str:
    return f"{where}: {phrase(name, 80)}"


def _check_entry(entry: zipfile.ZipInfo, inside: str, most_bytes: int) -> None:
    """Refuse an entry by what the directory says of it. Raises SubmissionError."""
    check_place(_name(entry), inside)
    again = _("Create an ordinary zip archive.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        what, cure = _("this entry is a link or a device"), _("Include the file itself.")
        raise SubmissionError(what, where=inside, cure=cure)
    if entry.flag_bits & _ENCRYPTED:
        what, cure = _("this entry is encrypted"), _("Create the archive without a password.")
        raise SubmissionError(what, where=inside, cure=cure)
    if entry.compress_type not in _METHODS:
        method = _OTHER_METHODS.get(entry.compress_type, str(entry.compress_type))
        what = _("this entry is compressed by a method that can't be read (%(method)s)", method=method)
        raise SubmissionError(what, where=inside, cure=again)
    # No more is ever inflated than the directory says; a file that is longer fails its checksum.
    if entry.file_size > most_bytes:
        raise TooLarge(_("it is larger than %(most)s", most=size(most_bytes)), where=inside)


def _check_overlap(entries: list[zipfile.ZipInfo], data: bytes, where: str) -> None:
    """Refuse an archive whose entries share bytes; `data` is what stands before the directory."""
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        start = entry.header_offset
        if start < end:
            raise SubmissionError(
                _("entries of the archive overlap"), where=where, cure=_("Create an ordinary zip archive.")
            )
        end = start + _header_bytes(data, start) + entry.compress_size
    if end > len(data):
        raise SubmissionError(
            _("the archive is incomplete"), where=where, cure=_("Create the archive again.")
        )


def _header_bytes(data: bytes, start: int) -> int:
    """Return the length of an entry's own header; of one that is broken, the part that all have."""
    magic, name_length, extra_length = _LOCAL_HEADER.unpack_from(data, start)
    extra = name_length + extra_length if magic == b"PK\x03\x04" else 0
    return _LOCAL_HEADER.size + int(extra)


def _inflate(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], where: str, limits: ArchiveLimits
) -> dict[str, Member]:
    files: dict[str, Member] = {}
    room = limits.total_bytes
    for entry in entries:
        name = _name(entry)
        if _is_folder(entry) or is_junk(name):
            continue
        inside = _inside(where, name)
        if name in files:
            files[name] = SubmissionError(
                _("this name appears twice"), where=inside, cure=_("Remove one of them.")
            )
            continue
        files[name] = content = _read_entry(archive, entry, inside, limits.file_bytes)
        room -= len(content) if isinstance(content, bytes) else 0
        if room < 0:
            most = size(limits.total_bytes)
            raise TooLarge(_("it holds more than %(most)s in total", most=most), where=where)
    return files


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, inside: str, most_bytes: int) -> Member:
    """Return the content of an entry, or why it can't be read."""
    try:
        _check_entry(entry, inside, most_bytes)
        with archive.open(entry) as stream:
            content = stream.read(most_bytes + 1)
    except SubmissionError as problem:
        return problem
    except _BROKEN as error:
        return SubmissionError(
            _("this entry is broken (%(why)s)", why=phrase(str(error), 80)),
            where=inside,
            cure=_("Create the archive again."),
        )
    return content


def read_folder(
    folder: Path, limits: ArchiveLimits = ArchiveLimits(), refusal: type[ChainruleError] = SubmissionError
) -> dict[str, bytes]:
    """Return the regular files of a folder. Links are left out: they may lead anywhere."""
    files: dict[str, bytes] = {}
    for name, content in _folder_members(folder, limits, refusal):
        if not isinstance(content, bytes):
            raise content
        files[name] = content
    return files


def folder_members(folder: Path, limits: ArchiveLimits = ArchiveLimits()) -> dict[str, Member]:
    """Return the regular files of a folder, or for each why it can't be read; links are left out.

    Raises SubmissionError for too many files, TooLarge where they are too large together.
    """
    return {
        name: content
        for name, content in _folder_members(folder, limits, SubmissionError)
        if isinstance(content, Member)
    }


def _folder_members(
    folder: Path, limits: ArchiveLimits, refusal: type[ChainruleError]
) -> Iterator[tuple[str, bytes | ChainruleError]]:
    room, files = limits.total_bytes, 0
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if is_junk(name):
            continue
        files += 1
        if files > limits.files:
            what = _("there are more than %(most)s files", most=format(limits.files, ","))
            raise refusal(what, where=str(folder))
        try:
            content = read_file(path, limits.file_bytes, refusal)
        except refusal as problem:
            yield name, problem
            continue
        room -= len(content)
        if room < 0:
            most = size(limits.total_bytes)
            larger = TooLarge if refusal is SubmissionError else refusal
            raise larger(_("it holds more than %(most)s in total", most=most), where=str(folder))
        yield name, content


def _walk(folder: Path) -> list[Path]:
    found = []
    for base, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(each for each in folders if not is_junk_folder(each))
        found += [Path(base) / name for name in sorted(names)]
    return [path for path in found if path.is_file() and not path.is_symlink()]


def read_file(path: Path, limit_bytes: int, refusal: type[ChainruleError] = SubmissionError) -> bytes:
    """Return a file's content; raises `refusal` when it can't be read or is larger than allowed."""
    try:
        with path.open("rb") as stream:
            content = stream.read(limit_bytes + 1)
    except OSError as error:
        raise refusal(_("it can't be read: %(why)s", why=error.strerror), where=phrase(str(path))) from None
    if len(content) > limit_bytes:
        larger = TooLarge if refusal is SubmissionError else refusal
        raise larger(_("it is larger than %(most)s", most=size(limit_bytes)), where=phrase(str(path)))
    return content


def unwrapped(files: Mapping[str, _Value]) -> dict[str, _Value]:
    """Return the files without the one folder that holds them all, if there is one."""
    tops = {PurePosixPath(name).parts[0] for name in files}
    if len(tops) == 1 and all("/" in name for name in files):
        return {name.split("/", 1)[1]: content for name, content in files.items()}
    return dict(files)
