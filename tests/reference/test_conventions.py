"""What makes up for each other is told as a convention; what does not is told as it is."""

import pytest

from reference.diagnosis.conventions import recognised
from reference.diagnosis.search import diagnose
from tests.reference.questions import evidence, hypotheses, questions


def explained(kind, code, *labels):
    """Return what is said of one mistake in a function."""
    [one] = [
        each
        for each in hypotheses(kind)
        if each.code == code and tuple(place.label for place in each.places) == labels and not each.operation
    ]
    return diagnose(evidence(questions(kind, 4), [one]))


BATCH_MEAN = ("two_layer.backward", "batch_mean", "dJdW1", "dJdb1", "dJdW2", "dJdb2")


def test_a_batch_mean_that_the_loss_leaves_to_backward_is_a_convention():
    told = recognised(
        {
            "backward": explained(*BATCH_MEAN),
            "mse_loss": explained("mse", "over_width_only", "mean′"),
            "bce_loss": explained("bce", "over_width_only", "mean′"),
        }
    )
    assert [[one.code for one in each] for each in told.values()] == [["convention"]] * 3
    assert [told[name][0].within for name in ("mse_loss", "backward")] == ["over_width_only", "batch_mean"]


@pytest.mark.parametrize("code", ["not_divided", "over_batch_only", "divided_twice"])
def test_what_does_not_make_up_for_it_stays_a_mistake(code):
    told = recognised({"backward": explained(*BATCH_MEAN), "mse_loss": explained("mse", code, "mean′")})
    assert [one.code for one in told["mse_loss"]] == [code]
    assert [one.code for one in told["backward"]] == ["batch_mean"]


def test_a_wrong_value_is_no_part_of_a_convention():
    told = recognised(
        {
            "backward": explained(*BATCH_MEAN),
            "mse_loss": (
                *explained("mse", "half", "terms"),
                *explained("mse", "over_width_only", "mean′"),
            ),
        }
    )
    assert [one.code for one in told["mse_loss"]] == ["half", "convention"]


def test_a_batch_mean_of_some_gradients_is_no_convention():
    some = explained("two_layer.backward", "batch_mean", "dJdb1", "dJdb2")
    told = recognised({"backward": some, "mse_loss": explained("mse", "over_width_only", "mean′")})
    assert [one.code for each in told.values() for one in each] == ["batch_mean", "over_width_only"]
