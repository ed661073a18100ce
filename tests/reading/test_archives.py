import io
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import SubmissionError, TooLarge
from grader.reading import archives
from grader.reading.archives import ArchiveLimits

SMALL = ArchiveLimits(files=10, total_bytes=10_000, file_bytes=5_000, archive_bytes=100_000)


def packed(entries, method=zipfile.ZIP_DEFLATED):
    """Return an archive of (name or ZipInfo, content) pairs."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return stream.getvalue()


def entry(name, mode):
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def quoted_overlap():
    """Return an archive whose second directory entry inflates the bytes of the first once more."""
    data = bytearray(packed([("a.py", b"x = 1\n" * 200), ("b.py", b"x = 1\n" * 200)]))
    directory = data.rfind(b"PK\x01\x02")
    second = struct.unpack_from("<L", data, directory + 42)[0]
    # The second entry claims a beginning inside the first one's data, which carries a header of its own.
    header = bytes(data[second : second + 34])
    data[36:70] = header
    struct.pack_into("<L", data, directory + 42, 36)
    return bytes(data)


def shared_entry():
    """Return an archive with two directory entries for one and the same stretch of bytes."""
    data = bytearray(packed([("a.py", b"x" * 4000), ("b.py", b"x" * 4000)]))
    directory = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, directory + 42, 0)
    return bytes(data)


def lying_size():
    """Return an archive whose directory says that an entry is small, while it inflates to much more."""
    data = bytearray(packed([("a.py", b"x" * 4_000_000)]))
    directory = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, directory + 24, 100)
    return bytes(data)


def encrypted():
    data = bytearray(packed([("a.py", b"x")]))
    for offset, place in ((data.find(b"PK\x03\x04"), 6), (data.rfind(b"PK\x01\x02"), 8)):
        data[offset + place] |= 1
    return bytes(data)


def test_archive_is_read():
    assert archives.read_zip(packed([("a.py", b"1"), ("b/c.py", b"2"), ("b/", b"")]), "z") == {
        "a.py": b"1",
        "b/c.py": b"2",
    }


def test_by_products_are_left_out():
    names = ["__MACOSX/._a.py", "a/__pycache__/b.pyc", ".git/config", "b/.DS_Store", "venv/lib/x.py", "a.py"]
    assert list(archives.read_zip(packed([(name, b"") for name in names]), "z")) == ["a.py"]


NAMES = {
    "absolute": "/etc/passwd",
    "parent": "../a.py",
    "parent inside": "a/../../b.py",
    "dot": "a/./b.py",
    "empty part": "a//b.py",
    "drive": "C:/a.py",
    "parent, backwards": "..\\a.py",
    "root, backwards": "\\a.py",
    "control": "a\x1bb.py",
    "bidi": "a\u202eyp.b",
    "long": "a" * 300,
    "deep": "a/" * 20 + "b",
    "bytes": "学" * 86 + ".py",
    "direction": "a\u200f.py",
    "joiner": "👩\u200d💻.txt",
    "soft hyphen": "a\u00adb.py",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_name_that_leads_astray_is_refused(name):
    with pytest.raises(SubmissionError):
        archives.read_zip(packed([(name, b"x")]), "z")


def test_name_of_old_windows_tools_is_a_place_in_folders():
    data = packed([("hw1Xmlp.py", b"1"), ("hw1XlayersXa.py", b"2")]).replace(b"X", b"\\")
    assert archives.read_zip(data, "z") == {"hw1/mlp.py": b"1", "hw1/layers/a.py": b"2"}


def test_name_with_something_behind_a_null_byte_is_refused():
    data = packed([("aXpy.py", b"x")]).replace(b"aXpy.py", b"a\x00py.py")
    with pytest.raises(SubmissionError):
        archives.read_zip(data, "z")


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_link_or_device_is_refused(kind):
    with pytest.raises(SubmissionError, match="link or a device"):
        archives.read_zip(packed([(entry("mlp.py", kind | 0o644), b"/etc/passwd")]), "z")


@pytest.mark.parametrize("names", [("a.py", "A.PY"), ("ä.py", "a\u0308.py"), ("a", "a/b.py")])
def test_names_that_are_one_file_elsewhere_are_refused(names):
    with pytest.raises(SubmissionError):
        archives.read_zip(packed([(name, b"x") for name in names]), "z")


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_name_that_occurs_twice_is_refused():
    with pytest.raises(SubmissionError, match="appears twice"):
        archives.read_zip(packed([("a.py", b"1"), ("a.py", b"2")]), "z")


BROKEN = {
    "shared entry": shared_entry(),
    "quoted overlap": quoted_overlap(),
    "encrypted": encrypted(),
    "bzip2": packed([("a.py", b"x")], zipfile.ZIP_BZIP2),
    "lzma": packed([("a.py", b"x")], zipfile.ZIP_LZMA),
    "no archive": b"hello",
    "empty": b"",
    "incomplete": packed([("a.py", b"x" * 1000)])[:-30],
    "wrong checksum": packed([("a.py", b"abcdefgh")], zipfile.ZIP_STORED).replace(
        b"abcdefgh", b"abcdefgX", 1
    ),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_odd_archive_is_refused(data):
    with pytest.raises(SubmissionError):
        archives.read_zip(data, "z")


def broken_member():
    """Return an archive of two members, the second of which is damaged."""
    data = packed([("a.py", b"1"), ("b.py", b"abcdefgh")], zipfile.ZIP_STORED)
    return data.replace(b"abcdefgh", b"abcdefgX", 1)


def damaged_header():
    data = bytearray(packed([("a.py", b"1"), ("b.py", b"2" * 50)]))
    data[data.rfind(b"PK\x03\x04")] = 0
    return bytes(data)


def method(number):
    """Return an archive whose second member says that it is compressed by another method."""
    data = bytearray(packed([("a.py", b"1"), ("b.py", b"2" * 50)]))
    struct.pack_into("<H", data, data.rfind(b"PK\x01\x02") + 10, number)
    return bytes(data)


def encrypted_member():
    data = bytearray(packed([("a.py", b"1"), ("b.py", b"2")]))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.rfind(mark) + place] |= 1
    return bytes(data)


ONE_BAD = {
    "checksum": (broken_member(), "broken"),
    "header": (damaged_header(), "broken"),
    "deflate64": (method(9), "Deflate64"),
    "implode": (method(6), "implode"),
    "unknown method": (method(200), "200"),
    "password": (encrypted_member(), "encrypted"),
    "bomb": (packed([("a.py", b"1"), ("b.py", b"\0" * 5_001)]), "larger than"),
    "link": (packed([("a.py", b"1"), (entry("b.py", stat.S_IFLNK | 0o644), b"/etc")]), "link"),
    "outside": (packed([("a.py", b"1"), ("../b.py", b"2")]), "outside"),
}


@pytest.mark.parametrize(("data", "said"), ONE_BAD.values(), ids=ONE_BAD)
def test_what_is_wrong_with_a_member_stays_with_it(data, said):
    members = archives.read_members(data, "z", SMALL)
    assert members.pop("a.py") == b"1"
    [(name, problem)] = members.items()
    assert name.endswith("b.py")
    assert said in problem.what
    assert name in problem.where
    with pytest.raises(SubmissionError, match=said):
        archives.read_zip(data, "z", SMALL)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_member_that_is_there_twice_is_read_from_neither_place():
    members = archives.read_members(packed([("a", b"1"), ("a", b"2"), ("b", b"3")]), "z")
    assert "twice" in members["a"].what
    assert members["b"] == b"3"


def test_shared_bytes_are_found_before_anything_is_inflated():
    for data in (shared_entry(), quoted_overlap()):
        with pytest.raises(SubmissionError, match="overlap"):
            archives.read_zip(data, "z")


def test_bomb_is_stopped_while_it_grows():
    with pytest.raises(TooLarge):
        archives.read_zip(packed([("a.py", b"\0" * 5_000_001)]), "z", SMALL)
    with pytest.raises(TooLarge):
        archives.read_zip(packed([(f"{i}.py", b"\0" * 4_000) for i in range(4)]), "z", SMALL)


def test_size_that_the_directory_lies_about_is_not_believed():
    with pytest.raises(SubmissionError):
        archives.read_zip(lying_size(), "z", SMALL)


def test_too_many_entries_are_refused():
    with pytest.raises(TooLarge):
        archives.read_zip(packed([(f"{i}", b"") for i in range(11)]), "z", SMALL)
    with pytest.raises(TooLarge):
        archives.read_zip(packed([(f"{i}", b"") for i in range(101)]), "z", SMALL)


def test_large_archive_is_refused_unread():
    with pytest.raises(TooLarge):
        archives.read_zip(b"\0" * 100_001, "z", SMALL)


@given(st.binary(max_size=400))
def test_any_bytes_are_files_or_refused(data):
    for given_bytes in (data, b"PK\x03\x04" + data, packed([("a.py", b"x")])[:-22] + data):
        try:
            archives.read_zip(given_bytes, "z", SMALL)
        except SubmissionError:
            pass


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_any_changed_byte_is_noticed_or_harmless(place, value):
    content = zlib.compress(b"abc" * 100, 0)
    data = bytearray(packed([("a.py", content), ("b/c.py", b"1")]))
    data[place % len(data)] = value
    try:
        files = archives.read_zip(bytes(data), "z", SMALL)
    except SubmissionError:
        return
    assert sum(map(len, files.values())) <= len(content) + 1


def test_folder_is_read_without_links(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.py").write_bytes(b"1")
    (tmp_path / "c.py").symlink_to("/etc/passwd")
    (tmp_path / "d").symlink_to("/etc")
    assert archives.read_folder(tmp_path) == {"a/b.py": b"1"}


def test_folder_with_too_much_in_it_is_refused(tmp_path):
    for i in range(11):
        (tmp_path / f"{i}").write_bytes(b"")
    with pytest.raises(SubmissionError, match="more than 10 files"):
        archives.read_folder(tmp_path, SMALL)


def test_file_of_a_class_folder_that_is_too_large_is_the_only_one_missing(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 5_001)
    (tmp_path / "b").write_bytes(b"x")
    members = archives.folder_members(tmp_path, SMALL)
    assert (members["b"], "larger than" in members["a"].what) == (b"x", True)


def test_names_are_read_without_the_contents():
    assert archives.names_in(broken_member(), "z") == ["a.py", "b.py"]


def test_large_file_is_refused(tmp_path):
    (tmp_path / "a").write_bytes(b"x" * 5_001)
    with pytest.raises(TooLarge):
        archives.read_folder(tmp_path, SMALL)


def test_the_one_folder_around_everything_is_taken_off():
    assert archives.unwrapped({"hw/a": b"", "hw/b/c": b""}) == {"a": b"", "b/c": b""}
    assert archives.unwrapped({"hw/a": b"", "b": b""}) == {"hw/a": b"", "b": b""}
