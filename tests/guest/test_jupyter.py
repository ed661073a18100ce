"""Cells mean in a box what they mean in Jupyter: each kind runs in a real kernel and in a box.

What they put out, the names and values that there are afterwards, and the kind of exception are compared.
"""

import ast
import json
import re
import sys

import pytest
from jupyter_client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from tests import processes
from tests.guest.jupyter_cells import FILES, KINDS
from tests.hostile.boxed import SECONDS, boxed
from worker.wire.message import Loaded

ENTRY = "cells.ipynb"
# Times aren't put out in a box.
TIMES = r"(?:CPU times|Wall time|Compiler|Parser  ): .*|The slowest run took .*|.* per loop \(.*"
MEASURED = re.compile(rf"^(?:{TIMES})\n|^ (?=\n|$)", re.MULTILINE)
MARK = "~~~~"
PROBE = f'''
def __probe(shown=globals()):
    import os
    plain = (int, float, str, bytes, bool, list, dict, tuple, type(None))
    given = {{"In", "Out", "get_ipython", "exit", "quit", "open", "display"}}
    names = sorted(name for name in shown if not name.startswith("_") and name not in given)
    values = [(n, repr(shown[n]) if isinstance(shown[n], plain) else type(shown[n]).__name__) for n in names]
    print("{MARK}", os.path.basename(os.getcwd()), repr(values).replace("\\n", " "), "{MARK}", sep="\\n")
'''


def with_probes(cells):
    """Return the cells with one behind each that says which names there are."""
    return [PROBE, *(each for cell in cells for each in (cell, "__probe()"))]


class Told:
    """What became of each cell: what it put out, the names afterwards, the kind of exception."""

    def __init__(self, output, raised):
        parts = output.split(f"{MARK}\n")
        self.printed = [MEASURED.sub("", part) for part in parts[0::2]]
        self.names = parts[1::2]
        self.raised = raised

    def of_cells(self):
        """Return for each cell what it put out, what it raised, its folder, and names with values."""
        names = [part.split("\n")[:2] for part in self.names]
        return [
            {"printed": printed, "raised": raised, "folder": folder} | dict(ast.literal_eval(values))
            for printed, raised, (folder, values) in zip(self.printed, self.raised[1::2], names, strict=False)
        ]


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A kernel of Jupyter's own, which ends with the tests."""
    folder = tmp_path_factory.mktemp("kernel")
    file, _ = write_connection_file(str(folder / "k.json"), transport="ipc", ip=str(folder / "k"))
    words = [sys.executable, "-m", "ipykernel_launcher", "-f", file]
    with processes.started(words, cwd=folder, env={"HOME": str(folder), "PATH": "/usr/bin:/bin"}):
        client = BlockingKernelClient(connection_file=file)
        client.load_connection_file()
        client.start_channels(hb=False)  # on a busy machine it would be taken for dead
        try:
            client.wait_for_ready(timeout=SECONDS)
            yield client
        finally:
            client.stop_channels()


def in_kernel(client, folder, cells):
    """Run cells in the kernel, in a folder of their own."""
    ask(client, f"%reset -f\nimport os\nos.chdir({str(folder)!r})\ndel os")
    told = [ask(client, cell) for cell in with_probes(cells)]
    return Told("".join(text for text, _ in told), [raised for _, raised in told])


def ask(client, text):
    """Run one cell; return what it put out and the kind of exception."""
    number, output, raised = client.execute(text, allow_stdin=False), [], None
    while True:
        message = client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") != number:
            continue
        kind, content = message["msg_type"], message["content"]
        if kind == "stream" and content["name"] == "stdout":
            output.append(content["text"])
        elif kind == "error":
            raised = content["ename"]
        elif kind == "status" and content["execution_state"] == "idle":
            return "".join(output), raised or reply_to(client, number).get("ename")


def reply_to(client, number):
    """Return the reply to one request; replies to earlier ones are let go."""
    while True:
        message = client.get_shell_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") == number:
            return message["content"]


def in_box(zygote, cells):
    """Run cells as a submission."""
    every = with_probes(cells)
    code = [
        {"cell_type": "code", "metadata": {}, "source": each, "outputs": [], "execution_count": None}
        for each in every
    ]
    document = {"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    files = {ENTRY: json.dumps(document).encode()} | {name: text.encode() for name, text in FILES.items()}
    with boxed(zygote, files, entry=ENTRY) as box:
        assert isinstance(box.loaded, Loaded), box.loaded
        kinds = {note.values["cell"]: kind_of(note) for note in box.loaded.notes if kind_of(note)}
        return Told(box.loaded.output, [kinds.get(number) for number in range(1, len(every) + 1)])


def kind_of(note):
    """Return the kind of exception that a note is about."""
    return {"cell_raised": note.values.get("type"), "cell_unreadable": "SyntaxError"}.get(note.code)


def difference(there, here):
    """Return what differs, there and here."""
    return {key: (there.get(key), here.get(key)) for key in there | here if there.get(key) != here.get(key)}


@pytest.mark.parametrize("kind", KINDS)
def test_cells_do_what_they_do_in_jupyter(kernel, cold, tmp_path, kind):
    folder = tmp_path / "home"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    cells = KINDS[kind]
    there, here = in_kernel(kernel, folder, cells), in_box(cold, cells)
    told = zip(cells, there.of_cells(), here.of_cells(), strict=False)
    assert not {cell: difference(one, other) for cell, one, other in told if one != other}
    assert len(there.printed) == len(here.printed) == len(cells) + 1
