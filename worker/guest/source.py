"""Decodes source files once, strictly, so that what is checked is what runs.

Accepted: UTF-8 with or without byte-order mark, UTF-16 with one, and cookies that name UTF-8, ASCII,
Latin-1 or Windows-1252. Python itself would honour any codec a cookie names, ``utf_7`` and
``unicode_escape`` included, which hide code from everyone who reads the file as text.
"""

import codecs
import re
from dataclasses import dataclass

SOURCE_LIMIT_BYTES = 256 * 1024
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?$")
_CODECS = {
    "utf-8": "utf-8",
    "ascii": "ascii",
    "iso8859-1": "latin-1",
    "cp1252": "cp1252",
}


@dataclass(frozen=True)
class Undecodable(Exception):
    """A source file that can't be read: where (byte offset and line from 1) and what was found."""

    offset: int
    line: int
    found: str
    too_large: bool = False


def decode(data: bytes) -> str:
    """Return the text of a source file with ``\\n`` line ends; raises Undecodable."""
    if len(data) > SOURCE_LIMIT_BYTES:
        raise Undecodable(SOURCE_LIMIT_BYTES, 1, f"{len(data)} bytes", too_large=True)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _checked(_decode(data, "utf-16"), data)
    marked = data.startswith(codecs.BOM_UTF8)
    body = data[len(codecs.BOM_UTF8) :] if marked else data
    name, offset, line = _cookie(body)
    codec = _CODECS.get(_normal(name))
    if codec is None or (marked and codec != "utf-8"):
        raise Undecodable(offset + len(data) - len(body), line, f"coding: {name}")
    return _checked(_decode(body, codec, len(data) - len(body)), data)


def _cookie(body: bytes) -> tuple[str, int, int]:
    """Return the encoding that line 1 or 2 names (as Python finds it), its offset and line."""
    offset = 0
    for number, text in enumerate(re.split(rb"\r\n|\r|\n", body, maxsplit=2)[:2], start=1):
        match = _COOKIE.match(text)
        if match:
            return match[1].decode("ascii", "replace"), offset + match.start(1), number
        if not _BLANK.match(text):
            break
        ends = body[offset + len(text) :][:2]
        offset += len(text) + (2 if ends == b"\r\n" else 1)
    return "utf-8", 0, 1


def _normal(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return name


def _decode(data: bytes, codec: str, shift: int = 0) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n|\r|\n", data[: error.start])) + 1
        found = "byte 0x" + data[error.start : error.start + 1].hex()
        raise Undecodable(error.start + shift, line, found) from None


def _checked(text: str, data: bytes) -> str:
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        position = text.index("\0")
        raise Undecodable(max(0, data.find(b"\0")), text.count("\n", 0, position) + 1, "byte 0x00")
    return text
