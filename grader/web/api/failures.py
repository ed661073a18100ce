"""One shape for everything that goes wrong, whoever noticed it: ``{"error": {"status": …, "code": …}}``."""

import logging
from collections.abc import Callable

import msgspec
from flask import Blueprint, Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound, RequestEntityTooLarge, Unauthorized

from grader.errors import ChainruleError, NotSignedIn, code
from grader.forms import result_structs
from grader.web.frame import failures, intake

LOG = logging.getLogger(__name__)
PREFIX = "/api/"
_KEPT_HEADERS = ("Allow", "Retry-After")


def cover(blueprint: Blueprint) -> Blueprint:
    """Answer every failure in the blueprint with the one shape."""
    blueprint.register_error_handler(ChainruleError, _ours)
    blueprint.register_error_handler(RequestEntityTooLarge, _too_large)
    blueprint.register_error_handler(Unauthorized, _http)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _broken)
    return blueprint


def install(app: Flask) -> None:
    """Answer with the one shape for addresses under the API's that there aren't."""
    # Nobody's blueprint is in charge of an address that leads nowhere.
    app.register_error_handler(NotFound, _here(_http))
    app.register_error_handler(MethodNotAllowed, _here(_http))


def _answer(status: int, name: str, what: str, where: str = "", cure: str = "") -> Response:
    problem = result_structs.ProblemForm(status=status, code=name, what=what, where=where, cure=cure)
    return Response(
        msgspec.json.encode(result_structs.FailureForm(error=problem)), status, mimetype="application/json"
    )


def _ours(error: ChainruleError) -> Response:
    if error.http_status >= 500:
        LOG.error("%s %s: %s", request.method, request.path, error, exc_info=error)
    if error.http_status in (500, 503):  # where and why is for the log
        title, advice = failures.PAGES[error.http_status]
        return _answer(error.http_status, code(type(error)), title, cure=advice)
    answer = _answer(error.http_status, code(type(error)), error.what, error.where, error.cure)
    if isinstance(error, NotSignedIn):
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def _too_large(error: RequestEntityTooLarge) -> Response:
    failures.drain()
    return _ours(intake.too_large())


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    title, advice = failures.PAGES.get(status, failures.PAGES[400] if status < 500 else failures.OUR_FAULT)
    answer = _answer(status, code(type(error)), title, cure=advice)
    for name, value in error.get_headers():
        if name in _KEPT_HEADERS:
            answer.headers[name] = value
    return answer


def _broken(error: Exception) -> Response:
    LOG.error("%s %s failed", request.method, request.path, exc_info=error)
    return _answer(500, code(ChainruleError), failures.OUR_FAULT[0], cure=failures.OUR_FAULT[1])


def _here(answer: Callable[[HTTPException], Response]) -> Callable[[HTTPException], ResponseReturnValue]:
    def chosen(error: HTTPException) -> ResponseReturnValue:
        return answer(error) if request.path.startswith(PREFIX) else failures.http(error)

    return chosen
