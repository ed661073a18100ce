"""In which language a page is: the one of those installed that its reader's browser likes best.

English is in the code and always there. Another language is a catalogue at
``<folder>/<language>/LC_MESSAGES/chainrule.mo``; what it does not translate stays English.
"""

import gettext as catalogues
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask, request
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from grader.model import language

DOMAIN = "chainrule"
ENGLISH = "en"
FOLDER = Path(__file__).parents[2] / "locale"
LIKED = "chainrule.language"
Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def installed(folder: Path) -> Mapping[str, catalogues.NullTranslations]:
    """Return the catalogue of each language in a folder, and English."""
    found: dict[str, catalogues.NullTranslations] = {ENGLISH: catalogues.NullTranslations()}
    for file in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.mo")):
        with file.open("rb") as stream:
            found[file.parts[-3]] = catalogues.GNUTranslations(stream)
    return found


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


def _spoken(inner: Wsgi, spoken: Mapping[str, catalogues.NullTranslations]) -> Wsgi:
    """Speak the language that a request asks for while it is answered; no answer is kept by a cache."""

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        liked = parse_accept_header(environ.get("HTTP_ACCEPT_LANGUAGE", ""), LanguageAccept)
        environ[LIKED] = liked.best_match(spoken, ENGLISH) or ENGLISH
        with language.speaking(spoken[environ[LIKED]]):
            return inner(environ, start_response)

    return answer
