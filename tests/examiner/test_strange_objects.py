"""What hostile or merely unusual objects of a submission become on our side."""

import numpy as np
import pytest
import torch

from worker.examiner.errors import BoxEnded, RemoteError
from worker.examiner.proxy import Remote, RemoteDict, RemoteList, RemoteObject
from worker.examiner.space import Policy

STRANGE = """
import sys, collections, enum
import numpy as np
import torch

class Ugly(Exception):
    def __str__(self):
        raise SystemExit

class Long(Exception):
    def __str__(self):
        return "x" * 10**6 + chr(0xd800)

class Tensor(torch.Tensor):
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        raise RuntimeError("mine")

class Matrix(np.ndarray):
    def __array_ufunc__(self, *args, **kwargs):
        raise ValueError

class Meta(type):
    __name__ = "lies"
    def __instancecheck__(cls, other):
        return True
    def mro(cls):
        return [cls, object]

class Lying(metaclass=Meta):
    __class__ = torch.Tensor
    shape = property(lambda self: 1 / 0)

class Stream:
    def write(self, text):
        raise ValueError
    def flush(self):
        raise SystemExit

Point = collections.namedtuple("Point", "x y")

class Colour(enum.IntEnum):
    RED = 1

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2))
    def forward(self, x):
        return x * self.weight
    @property
    def broken(self):
        raise ValueError("no")

def call(name):
    return MAKERS[name]()

def ugly(): raise Ugly
def long(): raise Long
def replace(): sys.stdout = Stream(); return 1
def bases(): raise BaseException("bare")
def itself():
    value = []
    value.append(value)
    return value
def wide(): return [0] * 300_000
def group(): raise ExceptionGroup("both", [ValueError(1)])

MAKERS = dict(
    tensor=lambda: torch.ones(2).as_subclass(Tensor),
    parameter=lambda: torch.nn.Parameter(torch.ones(2)),
    sparse=lambda: torch.eye(2).to_sparse(),
    objects=lambda: np.array([object()]),
    lying=Lying,
    point=lambda: Point(1, torch.ones(1)),
    size=lambda: torch.ones(2, 3).shape,
    largest=lambda: torch.ones(2, 3).max(0),
    ordered=lambda: collections.OrderedDict(a=1, b=2),
    counting=lambda: collections.defaultdict(list, a=1),
    matrix=lambda: np.array([[1, 2]]).view(Matrix),
    masked=lambda: np.float32(1.5),
    colour=lambda: Colour.RED,
    nested=lambda: {"a": {"b": [torch.ones(1)]}},
    module=lambda: np,
    net=Net,
)
"""


@pytest.fixture
def mlp(connect):
    return connect(STRANGE)[1].module


@pytest.fixture
def aliased_strange(connect):
    return connect(STRANGE, Policy.ALIASES)[1].module


@pytest.mark.parametrize("name", ["tensor", "parameter"])
def test_subclasses_of_tensors_arrive_plain(mlp, name):
    value = mlp.call(name)
    assert type(value) is torch.Tensor
    assert value.tolist() == [1, 1]


@pytest.mark.parametrize("name", ["sparse", "objects", "lying", "colour"])
def test_what_is_no_data_stays_there(mlp, name):
    assert isinstance(mlp.call(name), Remote)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("point", (1, torch.ones(1))),
        ("size", (2, 3)),
        ("ordered", {"a": 1, "b": 2}),
        ("counting", {"a": 1}),
        ("nested", {"a": {"b": [torch.ones(1)]}}),
    ],
)
def test_well_known_containers_are_data(mlp, name, expected):
    value = mlp.call(name)
    assert type(value) is type(expected)
    assert value == expected


def test_numpy_values(mlp):
    matrix, scalar = mlp.call("matrix"), mlp.call("masked")
    assert type(matrix) is np.ndarray
    assert matrix.tolist() == [[1, 2]]
    assert type(scalar) is np.float32


def test_a_module_as_an_answer_stays_in_the_box(mlp):
    answered = mlp.call("module")
    assert isinstance(answered, RemoteObject)
    assert float(answered.sqrt(4.0)) == 2.0


def test_a_script_gets_its_own_module_for_a_module(aliased_strange):
    assert aliased_strange.call("module") is np


def test_results_that_can_not_be_copied_are_handles(mlp):
    assert isinstance(mlp.itself(), RemoteList)
    assert len(mlp.wide()) == 300_000


def test_entries_are_found_in_what_was_not_copied(mlp):
    assert isinstance(mlp.MAKERS, RemoteDict)
    assert "tensor" in mlp.MAKERS


@pytest.mark.parametrize(("name", "kind"), [("ugly", "Ugly"), ("long", "Long"), ("bases", "BaseException")])
def test_every_exception_is_an_answer(mlp, name, kind):
    with pytest.raises(RemoteError) as caught:
        getattr(mlp, name)()
    assert caught.value.raised.type == kind
    assert len(caught.value.raised.text) <= 4000
    assert mlp.call("size") == (2, 3)


def test_an_exception_group_is_an_exception(mlp):
    with pytest.raises(RemoteError):
        mlp.group()


def test_a_hostile_stream_harms_itself(mlp):
    assert mlp.replace() == 1
    assert mlp.call("size") == (2, 3)


def test_modules_of_torch_work_as_objects(mlp):
    net = mlp.Net()
    assert torch.equal(net.forward(torch.ones(2)), torch.ones(2))
    assert torch.equal(net(torch.ones(2)), torch.ones(2))
    net.weight.fill_(3)
    assert torch.equal(net(torch.ones(2)), torch.full((2,), 3.0))
    with pytest.raises(ValueError, match="no"):
        _ = net.broken


def test_a_handle_says_its_real_class(mlp):
    assert mlp.call("lying")._type_name == "Lying"


def test_closing_the_connection_from_inside_is_a_crash(connect):
    _, space = connect("import os\ndef close():\n    os.closerange(3, 200)\n")
    with pytest.raises(BoxEnded):
        space.module.close()
