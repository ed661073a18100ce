"""The samples that ship, as files: of many there is only the change to an accepted one."""

from functools import cache

import pytest

from grader.assignment import assignment_folder
from grader.verifying import samples

FOLDERS = assignment_folder.available([assignment_folder.shipped_folder()])


@cache
def all_of(slug):
    """Return the files of all samples of an assignment, by names such as ``accepted/solution.py``."""
    return samples.as_files(assignment_folder.read_all(FOLDERS[slug]), slug)


def sample(slug, name):
    """Return the text of a sample that is one file."""
    return all_of(slug)[name]


def entries_of(slug):
    """Return the names of what is below the folders of verdicts: files, and folders that are one sample."""
    return {"/".join(name.split("/")[:2]) for name in all_of(slug)}


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Return what writes the samples of an assignment, once, and returns their folder."""

    @cache
    def write(slug):
        folder = tmp_path_factory.mktemp(slug)
        for name, content in all_of(slug).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    return write
