import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.guest.source import SOURCE_LIMIT_BYTES, Undecodable, decode

ACCEPTED = {
    "plain": (b"x = 1\n", "x = 1\n"),
    "empty": (b"", ""),
    "utf-8": ("ŷ = 'σ'\n".encode(), "ŷ = 'σ'\n"),
    "utf-8 with mark": (codecs.BOM_UTF8 + b"x = 1\n", "x = 1\n"),
    "utf-8 with mark and cookie": (codecs.BOM_UTF8 + b"# coding: utf-8\n", "# coding: utf-8\n"),
    "utf-16 little": (codecs.BOM_UTF16_LE + "x = 'é'\n".encode("utf-16-le"), "x = 'é'\n"),
    "utf-16 big": (codecs.BOM_UTF16_BE + "x = 'é'\n".encode("utf-16-be"), "x = 'é'\n"),
    "latin-1": (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "# -*- coding: latin-1 -*-\nx = 'é'\n"),
    "iso-8859-1": (b"# coding=iso-8859-1\n'\xe9'", "# coding=iso-8859-1\n'é'"),
    "cp1252 in line 2": (b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n'\x80'", None),
    "ascii": (b"# coding: us-ascii\nx = 1", "# coding: us-ascii\nx = 1"),
    "windows line ends": (b"x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n"),
    "old mac line ends": (b"x = 1\ry = 2\r", "x = 1\ny = 2\n"),
    "a cookie after code is none": (b"x = 1\n# coding: utf_7\n", "x = 1\n# coding: utf_7\n"),
    "a cookie in line 3 is none": (b"\n\n# coding: utf_7\n", "\n\n# coding: utf_7\n"),
}


@pytest.mark.parametrize("name", ACCEPTED, ids=list(ACCEPTED))
def test_accepts(name):
    data, expected = ACCEPTED[name]
    assert decode(data) == (expected if expected is not None else data.decode("cp1252"))


REFUSED = {
    "utf-7": (b"# coding: utf_7\nx = 1\n", 10, 1, "coding: utf_7"),
    "unicode escape": (b"\n# coding: unicode_escape\n", 11, 2, "coding: unicode_escape"),
    "raw unicode escape": (b"# coding: raw_unicode_escape\n", 10, 1, "coding: raw_unicode_escape"),
    "no such codec": (b"# coding: klingon\n", 10, 1, "coding: klingon"),
    "a codec that is no text": (b"# coding: rot13\n", 10, 1, "coding: rot13"),
    "after windows line ends": (b"\r\n# coding: utf_7\r\n", 12, 2, "coding: utf_7"),
    "a mark that the cookie contradicts": (
        codecs.BOM_UTF8 + b"# coding: latin-1\n",
        13,
        1,
        "coding: latin-1",
    ),
    "latin-1 without a cookie": (b"x = 1\n# caf\xe9\n", 11, 2, "byte 0xe9"),
    "broken utf-8 in a comment": (b"# \xff\n", 2, 1, "byte 0xff"),
    "not ascii after all": (b"# coding: ascii\n'\xe9'", 17, 2, "byte 0xe9"),
    "a zero byte": (b"x = 1\ny = '\0'\n", 11, 2, "byte 0x00"),
    "half of utf-16": (codecs.BOM_UTF16_LE + b"x\0=", 4, None, None),
}


@pytest.mark.parametrize("name", REFUSED, ids=list(REFUSED))
def test_refuses_and_says_where(name):
    data, offset, line, found = REFUSED[name]
    with pytest.raises(Undecodable) as refused:
        decode(data)
    assert refused.value.offset == offset
    assert line is None or (refused.value.line, refused.value.found) == (line, found)
    assert not refused.value.too_large


def test_refuses_what_is_too_large():
    with pytest.raises(Undecodable) as refused:
        decode(b"#" * (SOURCE_LIMIT_BYTES + 1))
    assert refused.value.too_large


@given(st.binary(max_size=200))
def test_any_bytes_are_decoded_or_refused(data):
    try:
        text = decode(data)
    except Undecodable as refused:
        assert 0 <= refused.offset <= len(data)
    else:
        assert "\r" not in text
        assert "\0" not in text


@given(st.binary(max_size=100))
def test_what_is_accepted_is_what_python_would_read(data):
    """Where Python's own loader accepts the bytes under an honest codec, the text is the same."""
    try:
        text = decode(data)
    except Undecodable:
        return
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return
    import io
    import tokenize

    codec, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    assert io.TextIOWrapper(io.BytesIO(data), codec, newline=None).read() == text
