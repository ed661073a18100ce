"""Runs whole exams with the real examiner and a keeper without walls."""

import os
import socket
import tempfile
from contextlib import contextmanager

from tests.examiner.keeper_double import keeper_for
from worker.examiner.zygote import Examiner, warm_up
from worker.wire.channel import Channel
from worker.wire.exam import CaseDone, Done, Exam, FromExaminer, NeedSuite, SuiteBroken, SuiteFiles


@contextmanager
def examiner(folder, secluded=False):
    """Yield the path of a running examiner's socket."""
    path = str(folder / "socket")
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(8)
    lifeline, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            lifeline.close()
            tempfile.tempdir = str(folder)  # where an examiner without a box of its own lays suites
            os.dup2(os.open(str(folder / "log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
            warm_up()
            Examiner(listener, theirs, secluded=secluded).serve()
            code = 0
        finally:
            os._exit(code)
    listener.close()
    theirs.close()
    try:
        yield path
    finally:
        lifeline.close()
        os.waitpid(pid, 0)


def exam_of(suite, **values):
    defaults = {
        "functions": ("mse_loss",),
        "module": "mlp",
        "seed": 1,
        "test_seconds": 60.0,
        "total_seconds": 120.0,
    }
    return Exam(suite=str(hash(tuple(sorted(suite.items())))), **defaults | values)


def examine(path, source, suite, **values):
    """Return every message of one exam."""
    files = {name: text.encode() for name, text in suite.items()}
    loaded = values.pop("loaded", None)
    engine = socket.socket(socket.AF_UNIX)
    engine.connect(path)
    said = []
    with keeper_for(source, loaded) as keeper, Channel(engine, FromExaminer) as channel:
        channel.send(exam_of(suite, **values), descriptors=(keeper.fileno(),))
        while not said or not isinstance(said[-1], Done | SuiteBroken):
            message = channel.receive(seconds=180)
            if isinstance(message, NeedSuite):
                channel.send(SuiteFiles(files=files))
            else:
                said.append(message)
    return said


def cases(said):
    """Return verdict and code by the case's id."""
    return {done.id: (done.verdict, done.code) for done in said if isinstance(done, CaseDone)}
