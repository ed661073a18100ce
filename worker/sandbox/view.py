"""What a zygote sees of the machine's files: as little as Python, torch and our guest code need.

    /usr and its links        the system's libraries, read-only
    interpreter, environment  their programs and libraries, read-only, at their own paths; our packages and
                              data sets are masked in them, and what else lies there is left out
    /chainrule                the rooms this zygote may see, read-only
    /dev                      null, zero, full, random, urandom (and a card's nodes), nothing writable
    /proc                     of the zygote's own process namespace; boxes cover it
    /tmp, /student/home       empty mount points; each box mounts its own file systems there

No /etc, no /sys (but for huge pages, and for a card), no /run, no home folders, no project.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from worker.sandbox import policy
from worker.sandbox.errors import SandboxError
from worker.sandbox.policy import Policy, Wall

OUR_PACKAGES = ("grader", "reference", "hidden_tests", "worker", "benchmarks", "tests")
OUR_METADATA = ("chainrule-*.dist-info", "chainrule.egg-info", "__editable__*chainrule*")
# Data that packages bring along, and that homework may ask about: who can look labels up need not learn.
DATA_SETS = (
    "sklearn/datasets/data",
    "sklearn/datasets/images",
    "skimage/data",
    "statsmodels/datasets",
    "vega_datasets/_data",
    "plotly/package_data/datasets",
    "seaborn/data",
)
# What else of the machine a box without this wall shows: a project below /tmp is covered by the box's own.
MACHINE = Path("/etc")
# glibc asks it whether the heap may lie in huge pages, which makes every fork a third cheaper.
HUGE_PAGES = Path("/sys/kernel/mm/transparent_hugepage")
CARD = Path("/dev/nvidiactl")
NO_CARD_CURE = "Grade on the CPU, or load NVIDIA's driver (nvidia-smi creates the device nodes)."
SYSTEM = (Path("/usr"), Path("/usr/local"))
# What Python needs of the folder that an interpreter or an environment is in.
PARTS = ("bin", "lib", "lib32", "lib64", "share", "pyvenv.cfg")
PROJECT = Path(__file__).resolve().parents[2]
DEPENDENCIES = ("torch", "numpy", "msgspec", "pytest", "tqdm", "matplotlib", "pandas", "sklearn")
FOR_ZYGOTES = ("worker/__init__.py", "worker/forking.py", "worker/wire")
ROOMS_OF_GUEST = (*FOR_ZYGOTES, "worker/sandbox", "worker/guest")
ROOMS_OF_EXAMINER = (
    *FOR_ZYGOTES,
    "worker/examiner",
    "reference",
    "grader/__init__.py",
    "grader/model",
)


@dataclass(frozen=True)
class Bind:
    """A file or folder of the machine that is seen read-only at ``target``."""

    source: Path
    target: str


def arguments(chosen: Policy, binds: tuple[Bind, ...]) -> tuple[list[str], list[str]]:
    """Return bubblewrap's mount options and the sources they name, as ``{0}``, ``{1}`` …

    The placeholders are filled by whoever starts bubblewrap: a root launcher stages the sources
    where the sandbox user can reach them.
    """
    sources: list[str] = []

    def source(path: Path | str) -> str:
        sources.append(str(path))
        return "{" + str(len(sources) - 1) + "}"

    options = [*_shared_folders(chosen), "--dir", policy.RUNTIME]
    for tree in _trees():
        options += ["--ro-bind", source(tree), str(tree)]
        options += [option for mask in _masks(tree) for option in mask]
    options += list(_links_of_prefixes())
    if _project_is_in(_trees()):
        options += ["--remount-ro", str(PROJECT)]
    if Wall.VIEW not in chosen.walls:
        for folder in (PROJECT, MACHINE):
            options += ["--ro-bind", source(folder), str(folder)]
    options += list(_links())
    for bind in binds:
        options += ["--ro-bind", source(bind.source), bind.target]
    options += _devices(chosen)
    # Bubblewrap's root is a writable file system that all boxes share.
    return options + (["--remount-ro", "/"] if Wall.READ_ONLY_ROOT in chosen.walls else []), sources


def rooms(names: tuple[str, ...], project: Path = PROJECT) -> tuple[Bind, ...]:
    """Bind our own rooms under /chainrule."""
    return tuple(Bind(project / name, f"{policy.RUNTIME}/{name}") for name in names)


def _trees() -> list[Path]:
    """Return the folders Python lives in, shortest first, none inside another unless masked away."""
    parts = [prefix / name for prefix in _prefixes() for name in PARTS]
    wanted = [Path("/usr"), *(part for part in parts if part.exists() and not part.is_symlink())]
    found: list[Path] = []
    for tree in sorted({*wanted, *dependency_folders()}, key=lambda path: (len(path.parts), path)):
        if not _is_seen(tree, found):
            found.append(tree)
    return found


def _is_seen(path: Path, trees: list[Path]) -> bool:
    inside = any(path.is_relative_to(tree) for tree in trees)
    return inside and not (_project_is_in(trees) and path.is_relative_to(PROJECT))


def _prefixes() -> list[Path]:
    """Return the folders of the interpreter and of its environment that are not the system's own."""
    found = dict.fromkeys(Path(prefix).resolve() for prefix in (sys.base_prefix, sys.prefix))
    return [prefix for prefix in found if prefix not in SYSTEM]


def _links_of_prefixes() -> Iterator[str]:
    """Repeat lib64, which is a link to lib, or the other way round."""
    for link in (prefix / name for prefix in _prefixes() for name in PARTS):
        if link.is_symlink() and not _is_seen(link.parent, _trees()):
            yield from ("--symlink", str(link.readlink()), str(link))


def dependency_folders() -> list[Path]:
    """Return where what we depend on lies: what PYTHONPATH or a .pth file adds may be anywhere."""
    specs = (spec for spec in map(find_spec, DEPENDENCIES) if spec and spec.origin)
    return list(dict.fromkeys(Path(str(spec.origin)).resolve().parents[1] for spec in specs))


def _project_is_in(trees: list[Path]) -> bool:
    return not _is_site(PROJECT) and any(PROJECT.is_relative_to(tree) for tree in trees)


def _is_site(folder: Path) -> bool:
    return folder.name in ("site-packages", "dist-packages")


def _masks(tree: Path) -> Iterator[list[str]]:
    """Cover whatever of ours is installed inside ``tree``."""
    if PROJECT.is_relative_to(tree) and not _is_site(PROJECT):
        yield ["--tmpfs", str(PROJECT)]
    for folder in _package_folders(tree):
        yield from masks_in(folder)


def masks_in(folder: Path) -> Iterator[list[str]]:
    """Yield the options that cover what a box must not see of a folder of packages."""
    for path in _covered_in(folder):
        if path.is_dir():
            yield ["--tmpfs", str(path), "--remount-ro", str(path)]
        else:
            yield ["--ro-bind", "/dev/null", str(path)]


def guarded_files() -> tuple[str, ...]:
    """Return a file of each thing of ours that no box must see, for the probe of this wall."""
    found = [_file_with_contents(PROJECT / name) for name in OUR_PACKAGES]
    found += [file for tree in _trees() for folder in _package_folders(tree) for file in guarded_in(folder)]
    return tuple(str(file) for file in dict.fromkeys(found) if file)


def guarded_in(folder: Path) -> list[Path]:
    """Return a file of each thing that is covered in a folder of packages.

    Files, since a covered folder is still there, and files with something in them, since a covered
    file is there and empty.
    """
    return [file for file in map(_file_with_contents, _covered_in(folder)) if file]


def _file_with_contents(path: Path) -> Path | None:
    files = (file for file in (path, *sorted(path.rglob("*"))) if file.is_file())
    return next((file for file in files if file.stat().st_size), None)


def _covered_in(folder: Path) -> list[Path]:
    names = [folder / name for name in (*OUR_PACKAGES, *DATA_SETS)]
    names += [path for pattern in OUR_METADATA for path in sorted(folder.glob(pattern))]
    return [path for path in names if path.exists()]


def _package_folders(tree: Path) -> list[Path]:
    folders = {Path(entry).resolve() for entry in sys.path if entry} | set(_site_folders(tree))
    return [folder for folder in sorted(folders) if folder.is_relative_to(tree) and folder.is_dir()]


def _site_folders(tree: Path) -> Iterator[Path]:
    for pattern in ("python3*/site-packages", "python3*/dist-packages", "python3/dist-packages"):
        for folder in ("", "lib/", "lib64/", "local/lib/", "local/lib64/"):
            yield from tree.glob(f"{folder}{pattern}")


def _links() -> Iterator[str]:
    """Repeat the machine's /lib, /lib64 and /bin: links into /usr, or folders of their own."""
    for name in ("/lib", "/lib64", "/bin"):
        path = Path(name)
        if path.is_symlink():
            yield from ("--symlink", str(path.readlink()), name)
        elif path.is_dir():
            yield from ("--ro-bind", name, name)


def _devices(chosen: Policy) -> list[str]:
    options = ["--proc", "/proc", "--tmpfs", "/dev"]
    names = list(policy.DEVICES)
    if chosen.card:
        if not CARD.exists():
            raise SandboxError(f"this machine has no card: {CARD} is missing", NO_CARD_CURE)
        names += [name for name in policy.CARD_DEVICES if Path("/dev", name).exists()]
        options += ["--ro-bind", "/sys", "/sys"]
    elif HUGE_PAGES.is_dir():
        options += ["--ro-bind", str(HUGE_PAGES), str(HUGE_PAGES)]
    for name in names:
        options += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    return [*options, "--remount-ro", "/dev"]


def _shared_folders(chosen: Policy) -> list[str]:
    """Make the places where each box mounts file systems of its own (or all share one, in tests)."""
    kind = "--dir" if Wall.PRIVATE_FILES in chosen.walls else "--tmpfs"
    return [kind, "/tmp", kind, policy.HOME]


def covered_trees() -> tuple[str, ...]:
    """Return the folders Python lives in that a box's own /tmp would hide."""
    found: list[Path] = []
    for folder in sorted({*_prefixes(), *_trees()}):
        if folder.is_relative_to("/tmp") and not any(folder.is_relative_to(other) for other in found):
            found.append(folder)
    return tuple(map(str, found))
