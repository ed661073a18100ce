"""Every text goes through gettext: a made-up language, with each text in brackets, leaves none without."""

import gettext
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from grader.assignment import assignment_folder
from grader.database.tables import User
from grader.feedback import installed
from grader.model import Diagnosis, DiagnosisKind, Sure, Term, language
from grader.web.frame import languages
from tests import messages
from tests.bare_text import CODE, READ_ALOUD, bare
from tests.made_up import TOLD, outside
from tests.web.browsing import SHIPPED
from tests.web.doubles import RIGHT, WRONG

TEMPLATES = Path(languages.__file__).parents[1] / "templates"
# Any language that is not English will do; its texts are the English ones in brackets.
MADE_UP = "eo"
MISTAKE = Diagnosis(
    DiagnosisKind.FAULT,
    "doubled",
    "MLP.backward",
    ("MLP.backward/t/dJdW1",),
    Sure.CERTAIN,
    (Term("gradient_of", "dJdW1"),),
)
# Names, addresses and numbers of the course, names of files, and what has no language.
NAMES = re.compile(
    r"""\bhandout/ | [\w.+-]+@[\w.]+ | Chainrule
    | Europe/Zurich | UTC | MLP[.\w]* | \b[\w-]+\.(py|toml|md|zip|pdf)\b
    | \b([0-9a-f]{6}|[0-9a-f]{64})\b | \b(KiB|MiB|GiB|ms|CPU|GPU|PyTorch|Moodle|Canvas|ILIAS)\b""",
    re.VERBOSE,
)


@pytest.fixture(scope="module")
def locale(tmp_path_factory):
    """A folder with the made-up language."""
    folder = tmp_path_factory.mktemp("locale")
    messages.install(folder, MADE_UP, TOLD)
    return folder


class Texts(HTMLParser):
    """Collects what of a page is outside the brackets: text, and attributes that are read aloud."""

    def __init__(self):
        super().__init__()
        self.said, self._code, self._depth = [], 0, 0

    def handle_starttag(self, tag, attrs):
        self._code += tag in CODE or tag == "textarea"
        self.said += [outside(value)[0] for name, value in attrs if name in READ_ALOUD]

    def handle_endtag(self, tag):
        self._code -= tag in CODE or tag == "textarea"

    def handle_data(self, data):
        bare_text, self._depth = outside(data, self._depth)
        if not self._code:
            self.said.append(bare_text)


def left(page, names):
    """Return what of a page is neither told nor a name."""
    reader = Texts()
    reader.feed(page)
    found = []
    for each in (" ".join(text.split()) for text in reader.said):
        rest = NAMES.sub("", each)
        for name in names:
            rest = rest.replace(name, "")
        if re.search(r"[^\W\d_]", rest):
            found.append(each)
    return found


def test_texts_outside_the_brackets_are_found():
    page = '<p title="No">⟦Yes <b>and</b>⟧ no <code>x</code> Ada</p><time>⟦⟦Fri⟧ 4⟧</time>'
    assert left(page, ["Ada"]) == ["No", "no"]


PAGES = {
    None: ("/sign-in", "/nowhere"),
    "ada": (
        "/",
        "/courses/{course}",
        "/assignments/{assignment}",
        "/assignments/{assignment}/team",
        "/submissions/{waiting}",
        "/submissions/{graded}",
        "/submissions/{wrong}",
        "/account",
        "/account/tokens",
        "/nowhere",
    ),
    "instructor": (
        "/",
        "/courses/{course}",
        "/courses/{course}/submissions",
        "/courses/{course}/gradebook",
        "/courses/{course}/people",
        "/courses/{course}/people/import",
        "/courses/{course}/settings",
        "/courses/{course}/assignments/new",
        "/assignments/{assignment}",
        "/assignments/{assignment}/team",
        "/assignments/{assignment}/settings/text",
        "/assignments/{assignment}/settings/rules",
        "/assignments/{assignment}/settings/points",
        "/assignments/{assignment}/settings/dates",
        "/assignments/{assignment}/class",
        "/assignments/{assignment}/extensions",
        "/assignments/{assignment}/requests",
        "/assignments/{assignment}/regrades",
        "/assignments/{assignment}/export",
        "/assignments/{assignment}/log?show=everything",
        "/assignments/{assignment}/tests",
        "/assignments/{assignment}/tests/versions",
        "/assignments/{assignment}/tests/changes",
        "/assignments/{assignment}/tests/publish",
        "/submissions/{graded}/judge",
        "/submissions/{wrong}",
    ),
}


def _address(world, form):
    room = world.room
    return form.format(course=room.course.id, assignment=room.assignment.id, **world.numbers)


@pytest.fixture
def foreign(make_world, locale):
    """A course in use, with the made-up language installed."""
    world = make_world(locale=locale)
    ada, bob = world.browser("ada"), world.browser("bob")
    graded = world.submission(ada)
    world.grade(RIGHT)
    wrong = world.submission(ada)
    world.grade(WRONG, diagnoses=(MISTAKE,))
    world.numbers = {"graded": graded, "wrong": wrong, "waiting": world.submission(bob)}
    world.names = _names(world)
    return world


def _names(world):
    room = world.room
    with world.database.reading() as session:
        people = [session.get(User, getattr(room, each).id).name for each in ("ada", "bob", "eve")]
        staff = [session.get(User, getattr(room, each).id).name for each in ("instructor", "ta", "admin")]
    shipped = [
        (name, folder / assignment_folder.FILE)
        for name, folder in assignment_folder.available([SHIPPED.parent]).items()
    ]
    titles = [tomllib.loads(file.read_text())["title"] for _, file in shipped]
    cases = [each.name for each in RIGHT]
    # Longer names first, since some are the beginnings of others.
    return [
        *titles,
        *sorted(dict(shipped), key=len, reverse=True),
        *cases,
        *(f"{called} {version}" for called, version in installed.versions()),
        room.course.title,
        room.assignment.title,
        room.assignment.slug,
        *people,
        *staff,
    ]


@pytest.mark.parametrize("who", PAGES)
def test_no_text_of_a_page_is_left_in_english(foreign, who):
    browser = foreign.browser(who)
    untold = {}
    for form in PAGES[who]:
        page = browser.get(_address(foreign, form), headers={"Accept-Language": f"{MADE_UP}, en;q=0.5"})
        assert page.status_code in (200, 404), form
        assert f'<html lang="{MADE_UP}">' in page.text
        untold[form] = left(page.text, foreign.names)
    assert [f"{form}: {each}" for form, texts in untold.items() for each in texts] == []


def test_refusals_and_notices_are_told_in_the_readers_language(foreign):
    browser, headers = foreign.browser("ada"), {"Accept-Language": MADE_UP}
    there = f"/assignments/{foreign.room.assignment.id}"
    refused = browser.post(there, data={}, headers=headers)
    assert refused.status_code == 422
    assert left(refused.text, foreign.names) == []
    wrong = {"current": "x", "password": "long enough for it", "again": "long enough for it"}
    changed = browser.post("/account", data=wrong, headers=headers)
    assert left(changed.text, foreign.names) == []


@pytest.mark.parametrize("asked", ["", "en", "de", "de, en;q=0.3", "*"])
def test_pages_are_english_for_who_asks_for_nothing_that_is_there(foreign, asked):
    page = foreign.browser().get("/sign-in", headers={"Accept-Language": asked}).text
    assert "⟦" not in page
    assert '<html lang="en">' in page


def test_a_language_ends_with_its_request(foreign):
    foreign.browser().get("/sign-in", headers={"Accept-Language": MADE_UP})
    assert language._("Sign in") == "Sign in"


def test_counts_have_their_own_forms():
    catalogue = gettext.NullTranslations()
    with language.speaking(catalogue):
        assert [language.ngettext("%(num)s file", "%(num)s files", n) for n in (1, 2, 1000)] == [
            "1 file",
            "2 files",
            "1,000 files",
        ]


@pytest.mark.parametrize("template", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_template_says_nothing_without_gettext(template):
    assert bare(template.read_text()) == []


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ("<p>{{ _('Hello') }} {{ name }}</p>", []),
        ("<p>{% trans %}Hello{% endtrans %}</p>", []),
        ('<a title="Go there" href="x">{{ x }}</a>', ["Go there"]),
        ("{{ 'late' if x else 'early' }}", ["early"]),
        ("{{ ' checked' if x }}", []),
        ("{{ field('key', 'The label') }}", ["The label"]),
        ("{% set title = 'Set a password' %}", ["Set a password"]),
        ("<pre>chainrule admin</pre><code>x = y</code>", []),
        ("{% if x %}<b>yes</b>{% else %}{{ no }}{% endif %}", ["yes"]),
    ],
)
def test_bare_text_is_found(template, found):
    assert bare(template) == found


def test_messages_of_code_and_templates_are_found(tmp_path):
    found = {each.id: each for each in messages.catalogue() if each.id}
    assert "Sign in" in found
    assert ("%(num)s file", "%(num)s files") in found
    assert "the two passwords differ" in found
    assert {each for each in found if not (each if isinstance(each, str) else each[0]).strip()} == set()
    for name in ("one", "two"):
        messages.main(str(tmp_path / f"{name}.pot"))
    assert (tmp_path / "one.pot").read_bytes() == (tmp_path / "two.pot").read_bytes()
