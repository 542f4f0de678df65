"""The visitor reads pages as a browser would, without a browser."""

from bench.visitor import CHALLENGE, Client, Forms

CONSENT = """
<form id="language" action="/language"><select name="ui_locales"></select></form>
<form id="consent" method="post" action=""><input type="hidden" name="csrf_token" value="a&amp;b">
<input type="checkbox" name="scope" value="profile" checked><input type="checkbox" name="more" value="phone">
<button name="decision" value="accept">yes</button><button name="decision" value="decline">no</button></form>
"""


def test_a_form_is_sent_as_it_stands_with_a_yes() -> None:
    """Hidden values and ticked boxes go along, unticked ones stay, and the pressed button says accept."""
    form = Forms(CONSENT).found[1]

    assert {"csrf_token": "a&b", "scope": "profile", "decision": "accept"} == form.fields
    assert ("consent", "") == (form.id, form.action)


def test_an_authorization_request_carries_a_challenge() -> None:
    """Every request uses PKCE with S256 (RFC 7636 §4.3)."""
    client = Client("c", "s", "http://127.0.0.1:8399/callback", "openid profile")

    assert f"code_challenge={CHALLENGE}&code_challenge_method=S256" in client.authorization()
    assert (
        "redirect_uri=http%3A%2F%2F127.0.0.1%3A8399%2Fcallback&scope=openid+profile" in client.authorization()
    )
