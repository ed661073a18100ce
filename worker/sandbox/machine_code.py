"""Overwrites functions of loaded shared libraries (x86-64, Linux), and seals them.

Finds them in the libraries' own dynamic symbol tables; needs no compiler and no debugger. All is
looked up before the first byte is changed, so a library that looks different is left as it was.
"""

import ctypes
import mmap
import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_PAGE = mmap.PAGESIZE
_READ, _WRITE, _EXECUTE = 1, 2, 4
_SYS_MSEAL = 462
_FUNCTION = 2

RAISING = (
    r"_ZN5torch8autograd6Engine7executeE.*",
    r"_ZN5torch8autograd6Engine23execute_with_graph_task.*",
    r"_ZN5torch8autograd6Engine17evaluate_function.*",
    r"_ZN5torch8autograd14ForwardADLevel12get_next_idx.*",
    r"_ZN5torch8autograd12AutogradMeta11set_fw_grad.*",
    r"_ZN5torch3jit13differentiateE.*",
)
# The stub that short functions jump to: it is long enough, and raises like the others.
PARKED = "evaluate_function"
KERNELS = r"_ZN2at6native\w*backward"
NESTED = "Nested"
FEWEST_KERNELS = 100
GRAD_MODE = "_ZN3c108GradMode10is_enabledEv"
CHECK_FAIL = r"_ZN3c106detail14torchCheckFailEPKcS2_jS2_"
RETURN_FALSE = b"\x31\xc0\xc3"
# FBGEMM multiplies int64 matrices with machine code that it makes on the spot, which no box allows;
# its reference does the same with the code that is there.
PRECOMPILED = {
    r"_ZN6fbgemm21cblas_gemm_i64_i64accE.*": r"_ZN6fbgemm25cblas_gemm_i64_i64acc_refE.*",
}
_JUMP_BYTES = 5

_libc = ctypes.CDLL(None, use_errno=True)
_CALLBACK = ctypes.CFUNCTYPE(None)


class PatchError(Exception):
    """The libraries do not look as expected; nothing was changed."""


@dataclass(frozen=True)
class Patch:
    """Bytes to be written at an address."""

    address: int
    code: bytes


@dataclass(frozen=True)
class Library:
    """A loaded library: addresses and sizes of its functions, and of its jump table."""

    symbols: dict[str, tuple[int, int]]
    jump_table: tuple[int, int]

    def matching(self, pattern: str) -> list[tuple[str, int, int]]:
        """Return name, address and size of the functions whose names match."""
        expression = re.compile(pattern)
        return [(name, *place) for name, place in self.symbols.items() if expression.match(name)]

    def only(self, pattern: str) -> int:
        """Return the address of the one function that matches; raises PatchError for none."""
        found = self.matching(pattern)
        if not found:
            raise PatchError(f"no function is called {pattern}")
        return found[0][1]


def patch(folder: str, message: str, python_entries: tuple[int, ...], called: Callable[[], None]) -> int:
    """Disable differentiation in the torch libraries of ``folder``; returns how many functions.

    called  is called whenever one of them is, before it raises

    Raises PatchError, before anything is changed, when a symbol is missing.
    """
    torch_cpu, core, torch_python = (
        load(folder, name) for name in ("libtorch_cpu.so", "libc10.so", "libtorch_python.so")
    )
    text = ctypes.create_string_buffer(message.encode())
    note = _CALLBACK(called)  # takes Python's lock itself: C++ calls without it
    _keep_alive(text)
    _keep_alive(note)
    address, witness = ctypes.addressof(text), ctypes.cast(note, ctypes.c_void_p).value or 0
    patches = [
        *_raising(torch_cpu, _call(witness) + _raise_in_cpp(address, core.only(CHECK_FAIL))),
        Patch(core.only(GRAD_MODE), RETURN_FALSE),
        *(Patch(entry, _call(witness) + _raise_in_python(address)) for entry in python_entries if entry),
    ]
    if len(patches) < len(RAISING) + 1 + len(python_entries):
        raise PatchError("an entry point of Python is missing")
    for one in (*patches, *_precompiled(torch_cpu)):
        _write(one)
    _protect_tables((torch_cpu, core, torch_python))
    _seal_text(folder)
    return len(patches)


def load(folder: str, name: str) -> Library:
    """Read the symbols of a library that this process has loaded; raises PatchError if it has not."""
    path = Path(folder, name)
    base = min((start for start, _, _, file in _maps() if file == str(path)), default=None)
    if base is None:
        raise PatchError(f"{path} is not loaded")
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
        sections = dict(_sections(data))
        if not {".dynsym", ".dynstr", ".got.plt"} <= set(sections):
            raise PatchError(f"{path} has no symbol table")
        table = sections[".got.plt"]
        return Library(dict(_functions(data, sections, base)), (base + table[0], table[2]))


def _raising(library: Library, code: bytes) -> Iterator[Patch]:
    parked = 0
    for pattern in RAISING:
        found = library.matching(pattern)
        if not found or any(size < len(code) for _, _, size in found):
            raise PatchError(f"no function is called {pattern}")
        for name, address, _ in found:
            parked = address if PARKED in name else parked
            yield Patch(address, code)
    kernels = [found for found in library.matching(KERNELS) if NESTED not in found[0]]
    if len(kernels) < FEWEST_KERNELS:
        raise PatchError(f"only {len(kernels)} derivative kernels were found")
    for _, address, size in kernels:
        if size >= _JUMP_BYTES:
            yield _jump(address, parked)


def _precompiled(library: Library) -> Iterator[Patch]:
    """Yield jumps past kernels that make machine code; a library built without them has none."""
    for making, ready in PRECOMPILED.items():
        for _, address, _ in library.matching(making):
            yield _jump(address, library.only(ready))


def _jump(start: int, target: int) -> Patch:
    return Patch(start, b"\xe9" + struct.pack("<i", target - start - _JUMP_BYTES))


def _call(function: int) -> bytes:
    """Return code that calls a C function without arguments, at the very beginning of another."""
    return b"\x48\x83\xec\x08" + b"\x48\xb8" + struct.pack("<Q", function) + b"\xff\xd0\x48\x83\xc4\x08"


def _raise_in_cpp(message: int, check_fail: int) -> bytes:
    """Return code that calls torchCheckFail(message, message, 1, message) and never comes back."""
    return (
        b"\x48\xbf" + struct.pack("<Q", message)
        + b"\x48\xbe" + struct.pack("<Q", message)
        + b"\xba\x01\x00\x00\x00"
        + b"\x48\xb9" + struct.pack("<Q", message)
        + b"\x48\xb8" + struct.pack("<Q", check_fail)
        + b"\xff\xe0"
    )  # fmt: skip


def _raise_in_python(message: int) -> bytes:
    """Return code that calls PyErr_SetString(RuntimeError, message) and returns NULL."""
    error = ctypes.c_void_p.in_dll(ctypes.pythonapi, "PyExc_RuntimeError").value or 0
    function = ctypes.cast(ctypes.pythonapi.PyErr_SetString, ctypes.c_void_p).value or 0
    return (
        b"\x48\x83\xec\x08"
         b"\x48\xbf" + struct.pack("<Q", error)
        + b"\x48\xbe" + struct.pack("<Q", message)
        + b"\x48\xb8" + struct.pack("<Q", function)
        + b"\xff\xd0\x31\xc0\x48\x83\xc4\x08\xc3"
    )  # fmt: skip


def _write(one: Patch) -> None:
    start = one.address & -_PAGE
    size = one.address + len(one.code) - start
    _protect(start, size, _READ | _WRITE | _EXECUTE)
    ctypes.memmove(one.address, one.code, len(one.code))
    _protect(start, size, _READ | _EXECUTE)


def _protect(start: int, size: int, rights: int) -> None:
    if _libc.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(size), rights) != 0:
        raise OSError(ctypes.get_errno(), "mprotect of a library")


def _protect_tables(libraries: tuple[Library, ...]) -> None:
    for library in libraries:
        address, size = library.jump_table
        start, end = (address + _PAGE - 1) & -_PAGE, (address + size) & -_PAGE
        if end > start:
            _protect(start, end - start, _READ)
            _seal(start, end)


def _seal_text(folder: str) -> None:
    for start, end, rights, file in list(_maps()):
        if "x" in rights and Path(file).parent == Path(folder):
            _seal(start, end)


def _seal(start: int, end: int) -> None:
    """Make a mapping unchangeable where the kernel can; the box's filter covers the rest."""
    _libc.syscall(_SYS_MSEAL, ctypes.c_void_p(start), ctypes.c_size_t(end - start), ctypes.c_ulong(0))


def _keep_alive(buffer: object) -> None:
    """Never free what machine code points to."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(buffer))


def _maps() -> Iterator[tuple[int, int, str, str]]:
    expression = re.compile(r"^(\w+)-(\w+) (\S+) \S+ \S+ \d+ +(/.*)$")
    for line in Path("/proc/self/maps").read_text().split("\n"):
        match = expression.match(line)
        if match:
            yield int(match[1], 16), int(match[2], 16), match[3], match[4]


def _sections(data: mmap.mmap) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """Yield each section's name and (address, offset, size)."""
    offset = struct.unpack_from("<Q", data, 0x28)[0]
    entry_bytes, count, names = struct.unpack_from("<HHH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQIIQQ", data, offset + i * entry_bytes) for i in range(count)]
    strings = headers[names][4]
    for header in headers:
        start = strings + header[0]
        yield data[start : data.find(b"\0", start)].decode(), (header[3], header[4], header[5])


def _functions(
    data: mmap.mmap, sections: dict[str, tuple[int, int, int]], base: int
) -> Iterator[tuple[str, tuple[int, int]]]:
    _, offset, size = sections[".dynsym"]
    _, strings_at, strings_size = sections[".dynstr"]
    strings = data[strings_at : strings_at + strings_size]
    for name, info, _, section, value, length in struct.iter_unpack("<IBBHQQ", data[offset : offset + size]):
        if section and info & 15 == _FUNCTION:
            yield strings[name : strings.index(b"\0", name)].decode(), (base + value, length)
