"""Our metadata: what peers configure themselves by, through every rotation of keys."""

import subprocess
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from idp import clock
from idp.keys import rotation
from idp.saml import documents, signatures
from idp.saml.documents import DS, MD, Element
from idp.saml.metadata import Metadata
from tests.idp.saml.hall import Hall


def published(hall: Hall) -> Element:
    response = hall.get("/saml/metadata")
    assert "application/samlmetadata+xml" == response.mimetype
    return documents.parse(response.data)


def keys(root: Element) -> list[str]:
    return [one.text or "" for one in root.iterfind(f".//{{{MD}}}KeyDescriptor//{{{DS}}}X509Certificate")]


def test_it_says_where_to_ask(hall: Hall) -> None:
    """Its name is its address; both bindings for requests, three for signing out."""
    root, issuer = published(hall), hall.world.oauth.issuer

    services = {
        (one.tag.rpartition("}")[2], one.get("Binding").rpartition(":")[2]): one.get("Location")
        for one in root.iter("{*}SingleSignOnService", "{*}SingleLogoutService")
    }

    assert f"{issuer}/saml/metadata" == root.get("entityID")
    assert f"{issuer}/saml/sso" == services["SingleSignOnService", "HTTP-Redirect"]
    assert f"{issuer}/saml/sso" == services["SingleSignOnService", "HTTP-POST"]
    assert f"{issuer}/saml/soap" == services["SingleLogoutService", "SOAP"]


def test_it_is_signed(hall: Hall, tmp_path: Path) -> None:
    """By the key that signs now; xmlsec1 agrees, and it has the form the schema asks for."""
    root = published(hall)
    signatures.verify(root, hall.certificates[:1])
    (tmp_path / "metadata.xml").write_bytes(hall.get("/saml/metadata").data)
    (tmp_path / "idp.pem").write_bytes(hall.certificates[0].public_bytes(Encoding.PEM))

    command = "xmlsec1 --verify --id-attr:ID EntityDescriptor --pubkey-cert-pem idp.pem metadata.xml"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr


def test_it_is_written_once(hall: Hall) -> None:
    """The same bytes until keys change, in every process."""
    one, other = Metadata(hall.saml).document(), Metadata(hall.saml).document()

    assert one.body == other.body == hall.get("/saml/metadata").data


def test_the_next_key_is_published_before_it_signs(hall: Hall) -> None:
    """After a rotation answers verify by what peers read before it, and the old key stays in the document."""
    before, oauth = keys(published(hall)), hall.world.oauth
    later = clock.now() + timedelta(minutes=11)
    with oauth.database.writing() as db:
        rotation.rotate(db, hall.services.custody, later, "RS256")
    oauth.keyring._loaded = None  # a second has passed
    system, registered = hall.system()

    told = hall.told(hall.ask(system.query(system.request()), hall.world.known(registered)))

    after = keys(published(hall))
    signer = told.text.partition("<ds:X509Certificate>")[2].partition("<")[0]
    assert 2 == len(before) and 3 == len(after)
    assert (before[1], before[0]) == (after[0], after[2])
    assert before[1] == signer
