"""A keeper with a warm process of the test's own making, which delivers what no real one can be made to."""

import os
import socket
import sys
import threading
from contextlib import ExitStack

import pytest

from worker.sandbox import keeper, orders
from worker.wire.channel import Channel
from worker.wire.message import FromKeeper, Job

WHY = "the control group cannot be joined"


def deliver_one_that_is_over(queue):
    """Answer one order as the warm process does, with a box that has said why and ended."""
    order = orders.accept(queue)
    ending = [sys.executable, "-c", f"raise SystemExit({orders.FAILURE})"]
    box = os.posix_spawn(sys.executable, ending, os.environ)
    first = os.pidfd_open(box)
    status = os.waitstatus_to_exitcode(os.waitpid(box, 0)[1]) << 8
    os.write(order.output, WHY.encode())
    for descriptor in (order.control, order.output, *order.cgroup):
        os.close(descriptor)
    with order.report:
        orders.tell_started(order.report, first)
        orders.tell_ended(order.report, status, 0)
    os.close(first)


def refuse(queue):
    """Answer one order with a failure."""
    order = orders.accept(queue)
    for descriptor in (order.control, order.output, *order.cgroup):
        os.close(descriptor)
    with order.report:
        orders.tell_failed(order.report, WHY)


@pytest.mark.parametrize("warm_process", [deliver_one_that_is_over, refuse])
def test_a_box_that_never_takes_its_job_is_our_fault_and_says_why(warm_process):
    with ExitStack() as stack:
        reading, writing = os.pipe()
        queue, theirs = map(stack.enter_context, orders.pair())
        examiner, connection = map(stack.enter_context, socket.socketpair())
        warm = threading.Thread(target=warm_process, args=(theirs,))
        keeping = threading.Thread(target=keeper.keep, args=(connection, queue, frozenset()))
        for thread in (warm, keeping):
            thread.start()
            stack.callback(thread.join)
        job = Job(files={"mlp.py": b""}, entry="mlp.py", seed=0, cgroup_descriptors=1)
        with Channel(examiner, FromKeeper) as channel:
            channel.send(job, seconds=180, descriptors=(reading,))
            os.close(reading)
            answer = channel.receive(seconds=180)
    assert (answer.code, answer.ending.blame) == ("box_lost", "us")
    assert WHY in answer.values["why"]
    with pytest.raises(BrokenPipeError):
        os.write(writing, b"the control group's descriptor is closed, once")
    os.close(writing)
