"""The vocabulary of places, and of what is special of a question: word → what people say of a name."""

from collections.abc import Mapping

from grader.model.language import Texts

PLACES: Mapping[str, str] = Texts(
    {
        "": "{of}",
        "activation": "the activation",
        "back_through": "the way back through {of}",
        "back_through_every_step": "the way back through every step",
        "back_through_step": "the way back through step {of}",
        "bias_row": "its bias row",
        "derivative": "the derivative",
        "every_step": "every step",
        "gradient_of": "the gradient of {of}",
        "hidden_activation": "the hidden activation",
        "hidden_layer": "the hidden layer",
        "layer": "Linear {of}",
        "line": "the step {of}",
        "loss": "the loss",
        "loss_gradient": "the gradient of the loss",
        "losses": "the losses",
        "new_weight": "the new weight",
        "ones_beside": "the ones beside {of}",
        "output": "the output",
        "output_layer": "the output layer",
        "step": "step {of}",
        "training": "training",
        "update": "update",
        "value_of": "the value of {of}",
    }
)
"""Where something is."""

TRAITS: Mapping[str, str] = Texts(
    {
        "extreme": "y_hat is close to 0 or 1",
        "hidden_activation": "the hidden activation is {of}",
        "label": "y is {of}",
        "learning_rate": "the learning rate is {of}",
        "output_activation": "the output activation is {of}",
        "single_output": "there is a single output",
        "single_row": "the batch has a single row",
        "task": "the task is {of}",
        "unit_weights": "all weights are 1",
    }
)
"""What a question has that others have not."""
