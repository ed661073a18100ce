"""What a box may answer: sizes, names that are looked up, and the memory that an answer takes here."""

import msgspec
import pytest
import torch

from tests.examiner.examining import cases, examine, examiner
from tests.examiner.test_link import act, replying
from worker.examiner.errors import BoxEnded, RemoteError, remote_error
from worker.examiner.proxy import Remote
from worker.examiner.space import Policy
from worker.wire.errors import TooLarge
from worker.wire.frame import check_values
from worker.wire.message import Raised, Reply
from worker.wire.value import Array, Handle

__all__ = ["act"]  # a fixture of the link's tests

MODULE = """
import sys, os, torch
import numpy as np

def module():
    return torch

def large(count):
    return torch.zeros(count, dtype=torch.uint8)
"""
PUZZLED = """
import pytest, torch

@pytest.mark.function("large")
@pytest.mark.parametrize("count", [1000, 60_000_000])
def test_doubled(submission, count):
    got = submission.large(count)
    assert float(torch.outer(got[:20_000].double(), got[:20_000].double()).sum()) == 0

@pytest.mark.function("own")
def test_own(submission):
    torch.zeros(1 << 30, dtype=torch.float64)

@pytest.mark.function("after")
def test_after(submission):
    assert submission.large(3).sum() == 0
"""


def payload(**reply):
    return memoryview(msgspec.msgpack.encode(Reply(number=1, **reply)))


def test_a_large_array_is_no_large_value():
    array = Array("tensor", "uint8", (5_000_000,), bytes(5_000_000))
    check_values(payload(value=[array]), 1000)


@pytest.mark.parametrize(
    "value",
    [
        [1] * 2000,
        ["x" * 2000],
        [1.5] * 300,
        [Array("tensor", "uint8", (1,), b"1")] * 40,
        [Handle(-1, "object", "t" * 2000)],
        [Array("tensor", "uint8", (5000,), bytes(5000)), "x" * 2000],
    ],
)
def test_everything_else_than_contents_of_arrays_is_counted(value):
    with pytest.raises(TooLarge):
        check_values(payload(value=value), 1000)


@pytest.mark.parametrize("cut", [1, 2, 5, 400])
def test_a_message_that_breaks_off_is_left_to_the_decoder(cut):
    whole = payload(value=["x" * 300, Array("tensor", "uint8", (300,), bytes(300))])
    check_values(whole[:-cut], 1_000)


def test_a_module_is_an_object_of_the_box_for_a_suite_and_the_same_for_a_script(connect):
    assert isinstance(connect(MODULE)[1].module.module(), Remote)
    assert connect(MODULE, Policy.ALIASES)[1].module.module() is torch


@pytest.mark.parametrize(
    "node",
    [
        Handle(0, "dtype", "Tensor"),
        Handle(0, "dtype", "nn"),
        Handle(0, "dtype", "no such"),
        Handle(0, "device", "privateuseone"),
        Handle(0, "device", "cuda:99999999999"),
        Handle(-1, "object", "t", ("m" * 201,)),
        Handle(-1, "object", "t", tuple(f"m{n}" for n in range(257))),
    ],
)
def test_no_name_is_looked_up_that_is_not_listed(act, node):
    acting = act(replying(value=[node]))
    space = acting.space()
    with pytest.raises(BoxEnded):
        space.request("len", 0, (), {})


@pytest.mark.parametrize("name", ["float32", "uint8", "complex64"])
def test_dtypes_are_found_by_their_names(act, name):
    acting = act(replying(value=[Handle(0, "dtype", name)]))
    assert acting.space().request("len", 0, (), {}) is getattr(torch, name)


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "print", "__import__", "x" * 1_000_000])
def test_only_built_in_exceptions_are_raised_by_their_names(name):
    assert type(remote_error(Raised(type=name, text=""))) is RemoteError


def test_memory_that_an_answer_needs_is_the_submissions_fault_and_the_exam_goes_on(tmp_path):
    with examiner(tmp_path) as path:
        said = examine(
            path,
            MODULE,
            {"test_it.py": PUZZLED},
            functions=("large", "own", "after"),
            examiner_bytes=300 * 1024 * 1024,
            test_seconds=60.0,
            total_seconds=120.0,
        )
    assert said[-1].why.startswith("the hidden tests can't be run: test_it.py:12: ")
    found = cases(said)
    assert found["large/test_doubled[60000000]/doubled"] == ("output_limit", "answer_too_large")
    assert found["own/test_own/own"] == ("error", "suite_broken")
    assert found["after/test_after/after"] == ("passed", "ok")
