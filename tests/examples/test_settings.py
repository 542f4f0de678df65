"""A portal is configured by its environment and says what is missing."""

import pytest

from examples.relying_party.settings import PortalSettings, read


def test_the_environment_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Credentials must be given; everything else has the sandbox's values.
    """
    for name in ("ISSUER", "HOST", "PORT", "BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CLIENT_ID", "c")
    monkeypatch.setenv("CLIENT_SECRET", "s")
    local = "127.0.0.1"

    expected = PortalSettings("http://localhost:8000", "c", "s", local, 9301, "http://127.0.0.1:9301")

    assert expected == read("examples.city_portal", "市民门户", 8301, ["--port", "9301"])


def test_what_is_missing_is_named_with_the_way_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    Exit code 2 and the command that makes a client.
    """
    monkeypatch.delenv("CLIENT_ID", raising=False)
    monkeypatch.delenv("CLIENT_SECRET", raising=False)

    with pytest.raises(SystemExit) as stopped:
        read("examples.city_portal", "市民门户", 8301, [])

    said = capsys.readouterr().err
    assert (2, True, True) == (
        stopped.value.code,
        "CLIENT_ID, CLIENT_SECRET" in said,
        "idp clients create" in said,
    )


def test_the_secret_is_not_in_a_traceback() -> None:
    """
    Printing the settings shows no secret.
    """
    assert "hidden" not in repr(PortalSettings("i", "c", "hidden", "h", 1, "b"))
