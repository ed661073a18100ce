"""Who may keep what: nobody else's pages stay in a cache that others share. Each route: test_access."""

import re

import pytest

PRIVATE = ["private, no-store"]
YEAR = "public, max-age=31536000, immutable"


@pytest.fixture
def ada(world):
    """A browser with a session as signing in makes it, whose cookie is sent anew with each page."""
    client = world.browser("ada")
    with client.session_transaction() as cookie:
        cookie.permanent = True
    return client


def _static(client):
    """Return the addresses of the static files of a page."""
    return re.findall(r'(?:href|src)="(/static/[^"]+)"', client.get("/").text)


def _kept(answer):
    return answer.headers.getlist("Cache-Control")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_static_file_of_a_page_may_be_kept_for_a_year_and_brings_no_cookie(ada, method):
    addresses = _static(ada)
    assert addresses
    for address in addresses:
        answer = ada.open(address, method=method)
        answer.close()
        assert (answer.status_code, _kept(answer)) == (200, [YEAR])
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "Expires" not in answer.headers


def test_static_file_that_did_not_change_may_be_kept_on_and_brings_no_cookie(ada):
    address = _static(ada)[0]
    tag = ada.get(address, buffered=True).headers["ETag"]
    answer = ada.get(address, headers={"If-None-Match": tag})
    answer.close()
    assert (answer.status_code, _kept(answer)) == (304, [YEAR])
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("query", ["", "?v=", "?v=0123456789"])
def test_static_file_by_another_versions_address_is_asked_for_each_time(ada, query):
    """Else a proxy would keep an old file for a year under the new one's address, while hosts are updated."""
    answer = ada.get(f"/static/style.css{query}", buffered=True)
    assert (answer.status_code, _kept(answer)) == (200, ["public, no-cache"])
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/static/nothing.css", "/static/nothing.css?v=", "/nowhere", "/static/../x"]
)
def test_what_is_not_there_is_kept_nowhere(ada, path):
    answer = ada.get(path)
    assert (answer.status_code, _kept(answer)) == (404, PRIVATE)


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-4"}, {"Range": "bytes=999999-"}])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_private_file_is_kept_nowhere_however_it_is_asked_for(world, ada, method, headers):
    files = {"mlp.py": b"class MLP: ...\n", "theory.pdf": b"%PDF-1.4 mine"}
    number = world.submission(ada, files=files)
    for address in ("files/mlp.py", "files/theory.pdf", "pdf/theory.pdf"):
        answer = ada.open(f"/submissions/{number}/{address}", method=method, headers=headers)
        assert answer.status_code in (200, 206, 416), address
        assert _kept(answer) == PRIVATE, address
        assert "Expires" not in answer.headers


def test_private_file_that_did_not_change_is_kept_nowhere_either(world, ada):
    address = f"/submissions/{world.submission(ada)}/files/mlp.py"
    tag = ada.get(address).headers.get("ETag", "*")
    answer = ada.get(address, headers={"If-None-Match": tag})
    assert answer.status_code in (200, 304)
    assert _kept(answer) == PRIVATE


def test_refusals_redirects_and_failures_are_kept_nowhere(make_world):
    world = make_world(TESTING=False, PROPAGATE_EXCEPTIONS=False, MAX_CONTENT_LENGTH=1000)
    world.app.add_url_rule("/bug", "bug", lambda: 1 / 0)
    ada = world.browser("ada")
    answers = [
        world.browser().get("/account"),
        world.browser().get("/account", headers={"HX-Request": "true"}),
        ada.get("/bug"),
        ada.delete("/account"),
        ada.get("/api/v1/account"),
        ada.get("/api/v1/nothing"),
        ada.post("/account", data={"x": "y" * 1001}),
    ]
    assert [answer.status_code for answer in answers] == [302, 401, 500, 405, 401, 404, 413]
    assert [_kept(answer) for answer in answers] == [PRIVATE] * len(answers)
