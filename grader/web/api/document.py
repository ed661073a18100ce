"""The OpenAPI document, drawn up by spectree from the views and the forms they return."""

from typing import Any

from spectree import Response, SecurityScheme, SpecTree
from spectree.model_adapter import get_msgspec_model_adapter
from spectree.models import SecureType, SecuritySchemeData

from grader.forms import result_structs

TITLE = "Chainrule"
VERSION = "1"
ABOUT = (
    "Submit and read results. Every request but the one for this document takes a token: "
    "`Authorization: Bearer …`. Every refusal has the form `Failure`."
)


def _name(model: Any) -> str:
    return _short(str(model.__name__))


def _short(name: str) -> str:
    """Return what programs call a form: the document has nothing else."""
    return name.removesuffix("Form")


api = SpecTree(
    "flask",
    model_adapter=get_msgspec_model_adapter(),
    validation_error_model=result_structs.FailureForm,
    naming_strategy=_name,
    nested_naming_strategy=lambda _, child: _short(child),
    title=TITLE,
    version=VERSION,
    description=ABOUT,
    mode="strict",
    annotations=False,
    page_templates={},
    security_schemes=[
        SecurityScheme(name="token", data=SecuritySchemeData(type=SecureType.HTTP, scheme="bearer"))
    ],
    security={"token": []},
)


def says(form: type[result_structs.Form], status: int = 200, *refusals: int) -> Response:
    """Return what a view answers: `form`, or else Failure with one of these statuses."""
    answers = {f"HTTP_{each}": result_structs.FailureForm for each in (401, 404, 503, *refusals)}
    return Response(**{f"HTTP_{status}": form, **answers})


def document() -> dict[str, Any]:
    """Return the document; to be called within the application."""
    made: dict[str, Any] = api.spec
    return made
