"""What a session expects to be asked for next."""

import types

import pytest

from worker.guest.habits import Habits


class Net:
    def __init__(self):
        self.grads = {"dJdW1": 1.0}
        self.cache = {}


@pytest.fixture
def net():
    return Net()


def after_backward(net, *read):
    habits = Habits()
    habits.called("call_attribute", net, ("backward", 1.0), None)
    for name in read:
        habits.read(net, name)
    return habits


def test_what_was_read_after_a_call_is_expected_after_the_next(net):
    habits = after_backward(net, "grads", "grads")
    habits.called("call_attribute", net, ("forward", 1.0), None)
    assert habits.expected() == {}
    habits.called("call_attribute", net, ("backward", 2.0), None)
    assert habits.expected() == {"grads": net.grads}


def test_what_was_read_of_a_new_object_is_expected_of_the_next():
    module, habits = types.ModuleType("mlp"), Habits()
    habits.called("call_attribute", module, ("Net",), first := Net())
    habits.read(first, "cache")
    habits.called("call_attribute", module, ("Net",), second := Net())
    assert habits.subject is second
    assert habits.expected() == {"cache": second.cache}


def test_what_was_read_of_another_object_says_nothing(net):
    habits = after_backward(net)
    habits.read(Net(), "grads")
    habits.called("call_attribute", net, ("backward",), None)
    assert habits.expected() == {}


def test_what_is_gone_is_not_expected(net):
    habits = after_backward(net, "grads", "cache")
    del net.cache
    habits.called("call_attribute", net, ("backward",), None)
    assert habits.expected() == {"grads": net.grads}


class Slotted:
    __slots__ = ("grads",)

    def __init__(self):
        self.grads = {"dJdW1": 1.0}


class Odd:
    __dict__ = property(lambda self: 1 / 0)


class Answering(Slotted):
    __slots__ = ()

    def __getattr__(self, name):
        return 7


@pytest.mark.parametrize("kind", [Slotted, Odd, Answering, int])
def test_of_an_object_without_attributes_of_its_own_nothing_is_expected(kind):
    habits = after_backward(kind(), "grads")
    habits.called("call_attribute", kind(), ("backward", 2.0), None)
    assert habits.expected() == {}


def test_no_code_of_the_students_runs_for_it():
    class Property(Net):
        grads = property(lambda self: 1 / 0, lambda self, value: None)

    class Attribute(Net):
        def __getattribute__(self, name):
            if name == "__dict__":
                raise AssertionError("looked into")
            return object.__getattribute__(self, name)

    for made in (Property(), Attribute()):
        habits = after_backward(made, "grads")
        habits.called("call_attribute", made, ("backward",), None)
        assert habits.expected() == {}
