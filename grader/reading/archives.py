"""Folders and zip archives as a mapping of file names to contents, within limits.

An archive is foreign: its directory is checked before anything is inflated, and what is inflated is
counted while it grows. Entries that share bytes (a small file that inflates to gigabytes) are found
here, since Python before 3.11.8 does not look for them. Nothing is ever written to disk.
"""

import io
import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.errors import ChainruleError, SubmissionError, TooLarge
from grader.feedback.text import phrase, size

_CHUNK = 64 * 1024
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_DIRECTORY_ENTRY = b"PK\x01\x02"
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_ENCRYPTED = 0x1
_JUNK_FOLDERS = frozenset(
    {"__pycache__", "__MACOSX", "node_modules", "venv", ".venv", ".git", ".ipynb_checkpoints"}
)
_JUNK_FILES = frozenset({"Thumbs.db", "desktop.ini"})
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
    name_characters: int = 240
    depth: int = 12


def read_zip(data: bytes, where: str, limits: ArchiveLimits = ArchiveLimits()) -> dict[str, bytes]:
    """Return the regular files of an archive. Raises SubmissionError for anything out of order."""
    if len(data) > limits.archive_bytes:
        raise TooLarge(f"the archive is larger than {size(limits.archive_bytes)}", where=where)
    # zipfile reads the whole directory at once, however many entries it claims. Archives within this one
    # have directories of their own, hence the factor.
    if data.count(_DIRECTORY_ENTRY) > 10 * limits.files:
        raise TooLarge(f"the archive has more than {limits.files} entries", where=where)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            check_entries(entries, data[: archive.start_dir], where, limits)
            return _inflate(archive, entries, where, limits)
    except _BROKEN as error:
        raise SubmissionError(
            f"this is not a valid zip archive ({phrase(str(error), 80)})",
            where=where,
            cure="Create the archive again, or submit the files themselves.",
        ) from None


def check_entries(entries: list[zipfile.ZipInfo], data: bytes, where: str, limits: ArchiveLimits) -> None:
    """Refuse an archive by its directory alone; `data` is what stands before the directory."""
    if len(entries) > limits.files:
        raise TooLarge(f"the archive has {len(entries)} entries, more than {limits.files}", where=where)
    for entry in entries:
        _check_entry(entry, where, limits)
    _check_distinct((entry.filename.rstrip("/") for entry in entries), where)
    _check_overlap(entries, data, where)


def _check_entry(entry: zipfile.ZipInfo, where: str, limits: ArchiveLimits) -> None:
    inside = f"{where}: {phrase(entry.filename, 80)}"
    # orig_filename still has what zipfile cuts off after a NUL byte.
    check_name(entry.orig_filename, inside, limits)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise SubmissionError(
            "this entry is a link or a device", where=inside, cure="Include the file itself."
        )
    if entry.flag_bits & _ENCRYPTED:
        raise SubmissionError("this entry is encrypted", where=inside, cure="Create the archive without it.")
    if entry.compress_type not in _METHODS:
        raise SubmissionError(
            "this entry uses an unsupported compression", where=inside, cure="Create an ordinary zip archive."
        )


def check_name(name: str, where: str, limits: ArchiveLimits = ArchiveLimits()) -> None:
    """Refuse a name that leaves the folder, means something else elsewhere, or can't be shown."""
    parts = name.rstrip("/").split("/")
    cure = "Use a plain name, relative to the folder."
    if not name.strip("/") or len(name) > limits.name_characters or len(parts) > limits.depth:
        raise SubmissionError("a name is empty, too long or too deeply nested", where=where, cure=cure)
    if (
        name.startswith("/")
        or "\\" in name
        or (len(name) > 1 and name[1] == ":")
        or {"", ".", ".."} & set(parts)
    ):
        raise SubmissionError("a name points outside the folder", where=where, cure=cure)
    if any(unicodedata.category(character)[0] == "C" for character in name):
        raise SubmissionError("a name has invisible characters", where=where, cure=cure)


def _check_distinct(names: Iterable[str], where: str) -> None:
    """Refuse names that are the same file on some systems, and a file that is also a folder."""
    seen: set[str] = set()
    for name in names:
        folded = unicodedata.normalize("NFC", name).casefold()
        if folded in seen:
            raise SubmissionError(
                f"{phrase(name, 80)} appears twice", where=where, cure="Remove one of them."
            )
        seen.add(folded)


def _check_overlap(entries: list[zipfile.ZipInfo], data: bytes, where: str) -> None:
    """Refuse entries whose bytes overlap, or whose own header names another file than the directory."""
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        start = entry.header_offset
        magic, name_length, extra_length = _LOCAL_HEADER.unpack_from(data, start)
        if start < end or magic != b"PK\x03\x04":
            raise SubmissionError(
                "entries of the archive overlap", where=where, cure="Create an ordinary zip archive."
            )
        end = start + _LOCAL_HEADER.size + name_length + extra_length + entry.compress_size
    if end > len(data):
        raise SubmissionError("the archive is incomplete", where=where, cure="Create the archive again.")


def _inflate(
    archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], where: str, limits: ArchiveLimits
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    room = limits.total_bytes
    for entry in entries:
        if entry.is_dir() or is_junk(entry.filename):
            continue
        allowed = min(room, limits.file_bytes)
        content = _read_entry(archive, entry, allowed)
        if len(content) > allowed:
            raise TooLarge(
                f"it holds more than {size(allowed)}", where=f"{where}: {phrase(entry.filename, 80)}"
            )
        room -= len(content)
        files[entry.filename] = content
    _check_no_file_is_a_folder(files, where)
    return files


def _check_no_file_is_a_folder(files: Mapping[str, bytes], where: str) -> None:
    for name in files:
        for parent in PurePosixPath(name).parents:
            if str(parent) in files:
                raise SubmissionError(f"{phrase(str(parent), 80)} is both a file and a folder", where=where)


def _read_entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, allowed: int) -> bytes:
    """Return the content, or a little more than `allowed` bytes of it."""
    content = bytearray()
    with archive.open(entry) as stream:
        while len(content) <= allowed and (chunk := stream.read(_CHUNK)):
            content += chunk
    return bytes(content)


def is_junk(name: str) -> bool:
    """Say whether a file is a by-product: caches, version control, what file browsers leave."""
    *folders, last = PurePosixPath(name).parts
    return (
        any(folder in _JUNK_FOLDERS for folder in folders)
        or last in _JUNK_FILES
        or last.startswith("._")
        or last in {".DS_Store", ".gitignore"}
        or last.endswith((".pyc", ".pyo"))
    )


def read_folder(
    folder: Path, limits: ArchiveLimits = ArchiveLimits(), refusal: type[ChainruleError] = SubmissionError
) -> dict[str, bytes]:
    """Return the regular files of a folder. Links are left out: they may lead anywhere."""
    files: dict[str, bytes] = {}
    room = limits.total_bytes
    for path in _walk(folder):
        name = path.relative_to(folder).as_posix()
        if is_junk(name):
            continue
        if len(files) >= limits.files:
            raise refusal(f"there are more than {limits.files} files", where=str(folder))
        content = read_file(path, min(room, limits.file_bytes), refusal)
        room -= len(content)
        files[name] = content
    return files


def _walk(folder: Path) -> list[Path]:
    found = []
    for base, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(each for each in folders if each not in _JUNK_FOLDERS)
        found += [Path(base) / name for name in sorted(names)]
    return [path for path in found if path.is_file() and not path.is_symlink()]


def read_file(path: Path, limit_bytes: int, refusal: type[ChainruleError] = SubmissionError) -> bytes:
    """Return a file's content; raises `refusal` when it can't be read or is larger than allowed."""
    try:
        with path.open("rb") as stream:
            content = stream.read(limit_bytes + 1)
    except OSError as error:
        raise refusal(f"it can't be read: {error.strerror}", where=str(path)) from None
    if len(content) > limit_bytes:
        larger = TooLarge if refusal is SubmissionError else refusal
        raise larger(f"it is larger than {size(limit_bytes)}", where=str(path))
    return content


def unwrapped(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return the files without the one folder that holds them all, if there is one."""
    tops = {PurePosixPath(name).parts[0] for name in files}
    if len(tops) == 1 and all("/" in name for name in files):
        return {name.split("/", 1)[1]: content for name, content in files.items()}
    return dict(files)
