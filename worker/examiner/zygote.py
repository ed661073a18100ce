"""The examiner's zygote: warm with torch, pytest and the reference; one process per suite version.

An engine connects and sends an Exam with the keeper's socket. Is the suite version unknown, it is asked for
with NeedSuite. The exam is then passed on, with both sockets, to the suite's process, and the zygote has
nothing more to do with it. Suites not used for longest are let go; their running gradings still end.
"""

import contextlib
import gc
import os
import select
import socket
import sys
import tempfile
import traceback
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path

from reference.diagnosis.matching import Evidence
from reference.diagnosis.search import diagnose
from reference.programs import MISTAKES, Program, TwoLayer
from worker.examiner import seclusion
from worker.examiner.check import Rng
from worker.examiner.suite import Hand, say, serve_suite
from worker.wire import patience
from worker.wire.channel import Channel, decoder_of
from worker.wire.errors import WireError
from worker.wire.exam import Done, Exam, NeedSuite, ScriptPlan, ToExaminer
from worker.wire.message import FromKeeper, Ready, Reply

SUITE_LIMIT = 8
SUITE_FOLDER = "suite"


class Waiting:
    """A connection that has not been passed on yet."""

    def __init__(self, connection: socket.socket) -> None:
        self.channel: Channel[ToExaminer] = Channel(connection, ToExaminer, descriptors=True)
        self.exam: Exam | None = None
        self.keeper = -1

    def close(self) -> None:
        """Close both sockets."""
        if self.keeper >= 0:
            os.close(self.keeper)
        self.channel.close()


class Examiner:
    """Accepts exams and hands them to suites' processes. ``secluded``: give each namespaces of its own."""

    def __init__(self, listener: socket.socket, lifeline: socket.socket, *, secluded: bool = True) -> None:
        self._listener = listener
        self._lifeline = lifeline
        self._secluded = secluded
        self._waiting: dict[int, Waiting] = {}
        self._suites: OrderedDict[str, Channel[Hand]] = OrderedDict()

    def serve(self) -> None:
        """Serve until the lifeline ends."""
        while True:
            ready = self._wait()
            if self._lifeline.fileno() in ready:
                return
            if self._listener.fileno() in ready:
                connection, _ = self._listener.accept()
                self._waiting[connection.fileno()] = Waiting(connection)
            for descriptor in ready & self._waiting.keys():
                self._hear(descriptor)
            self._forget_ended(ready)
            _reap()

    def _wait(self) -> set[int]:
        poll = select.poll()
        watched = [self._listener.fileno(), self._lifeline.fileno(), *self._waiting]
        for descriptor in (*watched, *(suite.fileno() for suite in self._suites.values())):
            poll.register(descriptor, select.POLLIN)
        return {descriptor for descriptor, _ in poll.poll()}

    def _hear(self, descriptor: int) -> None:
        waiting = self._waiting[descriptor]
        try:
            word = waiting.channel.receive(seconds=patience.SEND)
            if isinstance(word, Exam):
                (waiting.keeper,) = waiting.channel.take_descriptors(1)
                waiting.exam = word
                if word.suite not in self._suites:
                    waiting.channel.send(NeedSuite(), seconds=patience.SEND)
                    return
            elif waiting.exam is not None:
                self._start(waiting.exam, word.files)
            self._pass_on(waiting)
        except (WireError, OSError) as error:
            say(waiting.channel.socket, Done(why=f"the examiner could not take the exam: {error}"))
        del self._waiting[descriptor]
        waiting.close()

    def _pass_on(self, waiting: Waiting) -> None:
        if waiting.exam is None:
            raise WireError("files without an exam")
        suite = self._suites[waiting.exam.suite]
        self._suites.move_to_end(waiting.exam.suite)
        sockets = (waiting.channel.fileno(), waiting.keeper)
        suite.send(Hand(waiting.exam), seconds=patience.SEND, descriptors=sockets)

    def _start(self, exam: Exam, files: Mapping[str, bytes]) -> None:
        if exam.suite in self._suites:
            return  # two engines asked at the same time
        while len(self._suites) >= SUITE_LIMIT:
            self._suites.popitem(last=False)[1].close()
        ours, theirs = socket.socketpair()
        if os.fork() == 0:
            self._be_suite(ours, theirs, files, exam.scripts)
        theirs.close()
        self._suites[exam.suite] = Channel(ours, Hand)

    def _be_suite(
        self,
        ours: socket.socket,
        control: socket.socket,
        files: Mapping[str, bytes],
        scripts: Mapping[str, ScriptPlan],
    ) -> None:
        """Be the process of a new suite; never returns."""
        status = 1
        try:
            ours.close()
            self._listener.close()
            self._lifeline.close()
            for suite in self._suites.values():
                suite.close()
            for waiting in self._waiting.values():
                waiting.close()
            if self._secluded:
                _run_first_in_namespaces(lambda: serve_suite(control, files, scripts, _private_folder))
            else:
                serve_suite(control, files, scripts, _plain_folder)
            status = 0
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
        finally:
            os._exit(status)

    def _forget_ended(self, ready: set[int]) -> None:
        """Let go of suites whose process has ended: they never speak, so what is heard is the end."""
        for digest, channel in tuple(self._suites.items()):
            if channel.fileno() in ready:
                channel.close()
                del self._suites[digest]


def main(listener: socket.socket, lifeline: socket.socket) -> None:
    """Warm up, say Ready, and serve until the lifeline ends."""
    warm_up()
    Channel[Ready](lifeline, Ready).send(Ready(facts={}))
    Examiner(listener, lifeline).serve()


def warm_up() -> None:
    """Import what gradings use and run the first operations, with one thread."""
    import torch

    torch.set_num_threads(1)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    # Once, so that no fork has to: modules loaded lazily and tables set up by a first call.
    import numpy.random  # noqa: F401

    from reference import draws, losses, network, tolerance

    generator = Rng(0, "warm")
    drawn = draws.network(generator, 3, 5, 7, batch=3, f="relu")
    answer = network.two_layer(drawn.parameters, drawn.x, "relu", "sigmoid")
    truth = losses.loss_and_gradient(losses.bce, draws.labels(generator, *answer.shape), answer)
    tolerance.compare(truth[1], truth[1], name="warm")
    x = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    torch.autograd.grad(torch.sigmoid(x @ x.T).relu(), x, torch.ones(3, 3, dtype=torch.float64))
    _warm_up_search(TwoLayer(drawn.parameters, drawn.x, "relu", "sigmoid", answer))
    for incoming in (ToExaminer, FromKeeper, Reply):
        decoder_of(incoming)
    gc.collect()
    gc.freeze()


def _warm_up_search(question: Program) -> None:
    """Diagnose once: mistakes of all programs are listed, and all of this question are carried out."""
    for listed in MISTAKES.values():
        listed()
    wrong = {name: value**3 for name, value in question.answers({}).items()}
    diagnose([Evidence(question, wrong)])


def _run_first_in_namespaces(run: Callable[[], None]) -> None:
    """Run in a child that is first of a new process namespace; wait for its end."""
    seclusion.unshare()
    pid = os.fork()
    if pid == 0:
        run()
        os._exit(0)
    os.waitpid(pid, 0)


def _private_folder() -> Path:
    folder = seclusion.mount_private_files() / SUITE_FOLDER
    folder.mkdir()
    return folder


def _plain_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="chainrule-suite-"))


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            continue
