"""Tokens on the web: made once, seen once, used by programs, and gone when revoked."""

import re


def make(client, name="laptop"):
    """Make a token; return its secret as the page shows it."""
    answer = client.post("/account/tokens", data={"name": name})
    assert answer.status_code == 200
    return re.search(r'<code class="secret">([^<]+)</code>', answer.text)[1]


def uses(world, secret):
    """Say whether a program that has this secret is let in."""
    headers = {"Authorization": f"Bearer {secret}"}
    return world.browser().get("/api/v1/account", headers=headers).status_code == 200


def test_token_is_shown_once_and_lets_a_program_in(world):
    client = world.browser("ada")
    secret = make(client)
    assert uses(world, secret)
    page = client.get("/account/tokens").text
    assert "laptop" in page
    assert secret not in page


def test_revoked_token_lets_nobody_in_and_is_listed_no_more(world):
    client = world.browser("ada")
    secret = make(client)
    number = re.search(r"/account/tokens/(\d+)/revoke", client.get("/account/tokens").text)[1]
    assert world.browser("bob").post(f"/account/tokens/{number}/revoke").status_code == 404
    assert uses(world, secret)
    assert client.post(f"/account/tokens/{number}/revoke").status_code == 303
    assert not uses(world, secret)
    assert "You have no tokens." in client.get("/account/tokens").text


def test_there_is_an_end_to_them(world):
    client = world.browser("ada")
    for place in range(20):
        make(client, f"token {place}")
    answer = client.post("/account/tokens", data={"name": "one more"})
    assert answer.status_code == 409
    assert "Revoke one" in answer.text


def test_account_leads_to_the_tokens(world):
    assert 'href="/account/tokens"' in world.browser("ada").get("/account").text
