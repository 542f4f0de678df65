"""A simulated province that is started again speaks SAML by the key that others have written down."""

from pathlib import Path

from federation.simulator import saml_routes
from federation.simulator.app import create_app

URL = "http://localhost"


def described(folder: Path | None) -> str:
    """The metadata of a province that has just started."""
    return create_app(folder=folder).test_client().get("/saml/metadata").get_data(as_text=True)


def test_the_key_is_kept_in_the_folder(tmp_path: Path) -> None:
    """Its metadata is the same after a restart, and the file is nobody else's to read."""
    first = described(tmp_path)

    assert described(tmp_path) == first == saml_routes.metadata(URL, saml_routes.kept(tmp_path))
    assert 0o600 == (tmp_path / saml_routes.KEY_FILE).stat().st_mode & 0o777
    assert described(None) == saml_routes.metadata(URL)
