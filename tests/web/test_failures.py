"""When something goes wrong: a page that says what to do, never a traceback, never the inside."""

import logging
from html import unescape

import pytest

from grader.errors import ChainruleError, DatabaseUnavailable, NotFound
from grader.web.frame import failures


@pytest.fixture
def broken(make_world):
    """A world with a page for each way of going wrong."""
    world = make_world(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    raised = {
        "bug": ZeroDivisionError("inner secret"),
        "ours": ChainruleError("inner secret", where="/srv/inner"),
        "database": DatabaseUnavailable("inner secret", where="postgresql://inner"),
        "missing": NotFound("inner secret"),
    }

    def fail(kind):
        raise raised[kind]

    world.app.add_url_rule("/fail/<kind>", "fail", fail)
    return world


@pytest.mark.parametrize(
    ("kind", "status"), [("bug", 500), ("ours", 500), ("database", 503), ("missing", 404)]
)
def test_nothing_of_the_inside_is_shown_and_the_log_has_it(broken, kind, status, caplog):
    caplog.set_level(logging.ERROR)
    answer = broken.browser("ada").get(f"/fail/{kind}")
    assert answer.status_code == status
    assert "inner" not in answer.text
    assert "Traceback" not in answer.text
    assert failures.PAGES[status][0] in unescape(answer.text)
    assert ("inner secret" in caplog.text) == (status >= 500)


class Away:
    """A database whose disk is full."""

    def reading(self):
        raise DatabaseUnavailable("the disk is full")

    transaction = reading


def test_page_is_shown_even_where_the_database_is_away(world):
    client = world.browser("ada")
    object.__setattr__(world.app.extensions["chainrule"], "database", Away())
    answer = client.get("/")
    assert answer.status_code == 503
    assert "Nothing is lost." in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("DELETE", "/account", 405), ("GET", "/sign-out", 405)],
)
def test_addresses_that_arent_there_say_what_to_do(world, method, path, status):
    answer = world.browser().open(path, method=method)
    assert answer.status_code == status
    assert "Sign in" in answer.text


def test_words_are_those_of_the_style():
    for title, advice in failures.PAGES.values():
        said = f"{title} {advice}".lower()
        assert not {"error", "!", "invalid", "sorry", "oops"} & set(said.replace(".", " ").split())
        assert advice.endswith(".")


@pytest.mark.parametrize("rule", ["/invitation/<secret>", "/first-account/<secret>"])
def test_log_has_no_link_that_lets_somebody_in(make_world, rule, caplog):
    """The database goes away between printing the link and opening it."""
    world = make_world(TESTING=False, PROPAGATE_EXCEPTIONS=False)
    endpoint = next(each.endpoint for each in world.app.url_map.iter_rules() if each.rule == rule)

    def fail(secret):
        raise DatabaseUnavailable("away")

    world.app.view_functions[endpoint] = fail
    assert world.browser().get(rule.replace("<secret>", "to-be-kept")).status_code == 503
    assert rule in caplog.text
    assert "to-be-kept" not in caplog.text
