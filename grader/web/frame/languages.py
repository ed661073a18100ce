"""In which language a page is: the one of those installed that its reader's browser likes best."""

from collections.abc import Callable, Iterable, Mapping
from gettext import NullTranslations
from pathlib import Path
from typing import Any

from flask import Flask, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from grader.config.languages import ENGLISH, installed
from grader.model import language

LIKED = "chainrule.language"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def install(app: Flask, folder: Path) -> None:
    """Let templates tell their texts, and answer every request in its reader's language."""
    spoken = installed(folder)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        language.told, language.told_of, newstyle=True
    )
    app.context_processor(lambda: {"language": request.environ.get(LIKED, ENGLISH)})
    app.wsgi_app = _spoken(app.wsgi_app, spoken)  # type: ignore[assignment, method-assign]


def _spoken(inner: Wsgi, spoken: Mapping[str, NullTranslations]) -> Wsgi:
    """Speak the language that a request asks for while it is answered; no answer is kept by a cache."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        liked = parse_accept_header(environ.get("HTTP_ACCEPT_LANGUAGE", ""), LanguageAccept)
        environ[LIKED] = liked.best_match(spoken, ENGLISH) or ENGLISH
        with language.speaking(spoken[environ[LIKED]]):
            return inner(environ, start_response)

    return answer
