"""Signatures of XML: ours are good everywhere, and of others' nothing counts but what was signed."""

import subprocess
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from lxml import etree
from signxml.algorithms import DigestAlgorithm, SignatureMethod
from signxml.signer import XMLSigner

from idp.keys import self_signed
from idp.saml import documents, signatures
from idp.saml.documents import DS, SAML, SAMLP, Element
from idp.saml.signatures import Unsigned
from tests.idp.saml.party import MADE, Party, party


@pytest.fixture(scope="module")
def sender() -> Party:
    return party("sender")


@pytest.fixture(scope="module")
def stranger() -> Party:
    return party("stranger")


def request(sender: Party, text: str = "张三 & <Söhne>\r", name: str = "_1") -> str:
    """A message with an issuer, signed."""
    head = (
        f'<samlp:AuthnRequest xmlns:samlp="{SAMLP}" ID="{name}" Version="2.0">'
        f'<saml:Issuer xmlns:saml="{SAML}">{documents.escaped(text)}</saml:Issuer>'
    )
    return signatures.signed(head, "</samlp:AuthnRequest>", name, sender.signer)


def read(message: str | Element) -> Element:
    return documents.parse(message.encode() if isinstance(message, str) else etree.tostring(message))


def refused(message: str | Element, *parties: Party) -> str:
    with pytest.raises(documents.Untrusted) as refusal:
        signatures.verify(read(message), [one.certificate for one in parties])
    return str(refusal.value)


def by_signxml(sender: Party, message: str, **how: Any) -> Element:
    """The same message signed by another implementation."""
    signer = XMLSigner(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#", **how)
    root = etree.fromstring(message)
    return signer.sign(root, key=sender.private, cert=[sender.certificate], reference_uri=root.get("ID"))


BARE = f'<samlp:AuthnRequest xmlns:samlp="{SAMLP}" ID="_1"><a xmlns="urn:a">x</a></samlp:AuthnRequest>'


def test_what_we_sign_verifies(sender: Party, stranger: Party) -> None:
    """A signature holds under one of several registered keys, and gives back what was signed."""
    found = signatures.verify(read(request(sender)), [stranger.certificate, sender.certificate])

    assert ("_1", "张三 & <Söhne>\r") == (found.get("ID"), found[0].text)
    assert found.find(f"{{{DS}}}Signature") is None


def test_what_we_write_is_canonical_already(sender: Party) -> None:
    """Nobody who canonicalises what we wrote gets other bytes than those we digested."""
    message = request(sender)

    canonical = etree.tostring(etree.fromstring(message.encode()), method="c14n", exclusive=True)

    assert message.encode() == canonical


def test_xmlsec1_accepts_what_we_sign(sender: Party, tmp_path: Path) -> None:
    """Another implementation, another library underneath, the same verdict."""
    (tmp_path / "message.xml").write_text(request(sender), newline="")
    (tmp_path / "sender.pem").write_bytes(sender.pem)
    command = "xmlsec1 --verify --id-attr:ID AuthnRequest --pubkey-cert-pem sender.pem message.xml"

    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=False)

    assert 0 == done.returncode, done.stderr


def test_what_others_sign_verifies(sender: Party) -> None:
    """Signatures of the form SAML prescribes are accepted from whoever made them, also with PSS."""
    for method in (SignatureMethod.RSA_SHA256, SignatureMethod.RSA_SHA512, SignatureMethod.SHA256_RSA_MGF1):
        signed = by_signxml(sender, BARE, signature_algorithm=method)

        assert "x" == signatures.verify(read(signed), [sender.certificate])[0].text


def test_a_strangers_signature_counts_for_nothing(sender: Party, stranger: Party) -> None:
    """Whose certificate is in the message says nothing: only registered keys verify."""
    assert "signature" == refused(request(stranger), sender)
    assert "signature" == refused(request(sender))


def test_a_changed_message_is_refused(sender: Party) -> None:
    """One character, one attribute."""
    message = request(sender, "shop")

    assert "signature" == refused(message.replace(">shop<", ">shOp<"), sender)
    assert "signature" == refused(message.replace('Version="2.0"', 'Version="2.1"'), sender)


def test_unsigned_messages_are_refused(sender: Party) -> None:
    """No signature is none, two are one too many."""
    message = request(sender)
    start, end = message.index("<ds:Signature "), message.index("</samlp:AuthnRequest>")

    assert "0 signatures" == refused(message[:start] + message[end:], sender)
    assert "2 signatures" == refused(message[:end] + message[start:], sender)


def test_sha_1_is_refused(sender: Party) -> None:
    """Neither as digest nor under the signature (NIST SP 800-131A)."""

    class Lenient(XMLSigner):
        def check_deprecated_methods(self) -> None:
            """It would not sign so."""

    def signed(**how: Any) -> Element:
        lenient = Lenient(c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#", **how)
        root = etree.fromstring(BARE)
        return lenient.sign(root, key=sender.private, cert=[sender.certificate], reference_uri="_1")

    assert "signature" == refused(signed(signature_algorithm=SignatureMethod.RSA_SHA1), sender)
    assert "signature" == refused(signed(digest_algorithm=DigestAlgorithm.SHA1), sender)


def test_the_reference_must_be_to_the_root(sender: Party) -> None:
    """Neither to the whole document nor to a part of it."""
    message = request(sender)

    assert "reference to something else" == refused(message.replace('URI="#_1"', 'URI=""'), sender)
    assert "reference to something else" == refused(message.replace('URI="#_1"', 'URI="#_2"'), sender)
    assert "reference to something else" == refused(message.replace(' ID="_1"', ""), sender)


def test_other_transforms_are_refused(sender: Party) -> None:
    """A transform may hide what is read later from what was digested (SAML Core §5.4.4)."""
    message = request(sender)
    xpath = '<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"></ds:Transform>'
    twice = message.replace("</ds:Transforms>", f"{xpath}</ds:Transforms>")

    assert "transforms" == refused(twice, sender)
    assert "canonicalization" == refused(
        message.replace(
            'Method Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#', 'Method Algorithm="urn:x'
        ),
        sender,
    )


def wrapped(sender: Party) -> dict[str, str]:
    """The eight ways of wrapping a signed element (Somorovsky et al., On Breaking SAML, 2012), and kin."""
    signed = request(sender, "victim")
    start, end = signed.index("<ds:Signature "), signed.index("</samlp:AuthnRequest>")
    signature, original = signed[start:end], signed[:start] + signed[end:]
    open_tag = f'<samlp:AuthnRequest xmlns:samlp="{SAMLP}" ID="_{{}}" Version="2.0">'
    evil = f'<saml:Issuer xmlns:saml="{SAML}">attacker</saml:Issuer>'
    close, opened = "</samlp:AuthnRequest>", open_tag.format(2)
    within = signature.replace("</ds:Signature>", f"<ds:Object>{original}</ds:Object></ds:Signature>")
    around = signature.replace("</ds:Signature>", f"<ds:Object>{signed}</ds:Object></ds:Signature>")
    extensions = f"<samlp:Extensions>{original}</samlp:Extensions>"
    return {
        "1: the original inside the copy's signature": f"{opened}{evil}{within}{close}",
        "2: detached, the original beside the signature": f"{opened}{evil}{signature}{original}{close}",
        "3: the original as first child": f"{opened}{original}{evil}{signature}{close}",
        "4: the copy around the signed original": f"{opened}{evil}{signed}{close}",
        "5: the original at the end": f"{opened}{evil}{signature}{signed[:start]}{close}{close}",
        "6: the original inside the signature, its ID": f"{open_tag.format(1)}{evil}{within}{close}",
        "7: the original in extensions": f"{opened}{evil}{signature}{extensions}{close}",
        "8: the signed original in an object": f"{open_tag.format(1)}{evil}{around}{close}",
        "9: both with the same ID": f"{open_tag.format(1)}{evil}{signature}{extensions}{close}",
        "10: the signature around": around,
    }


def test_wrapped_signatures_are_refused(sender: Party) -> None:
    """Whatever is moved around a good signature, it never stands for something else."""
    for way, message in wrapped(sender).items():
        assert refused(message, sender), way


def test_comments_split_no_name(sender: Party) -> None:
    """A comment inside a name would leave two readers with two names (CVE-2017-11427): none are taken."""
    message = request(sender, "admin@example.com.evil.com").replace(".com.", ".com<!-- -->.")

    with pytest.raises(documents.Untrusted, match="comment"):
        read(message)


@pytest.mark.parametrize(
    "message",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        "<?xml-stylesheet href='a'?><a/>",
        "<a><?php x?></a>",
        "<a/><!-- after -->",
        '<a ID="_1"><b ID="_1"/></a>',
        "<a>" * 200 + "</a>" * 200,
        "<a>" + "<b/>" * 3000 + "</a>",
        f"<a>{'x' * 200_000}</a>",
        "<a><b></a>",
        "",
        "\x00",
    ],
)
def test_documents_are_elements_and_text_only(message: str) -> None:
    """No document type, entity, comment or instruction, no ID twice; bounded in length, depth and number."""
    with pytest.raises(documents.Untrusted):
        documents.parse(message.encode())


def test_queries_are_signed_as_they_are_sent(sender: Party, stranger: Party) -> None:
    """A detached signature covers message, relay state and algorithm (SAML Bindings §3.4.4.1)."""
    query = signatures.signed_query([("SAMLRequest", "a+b/c="), ("RelayState", "张 &三")], sender.signer)

    signatures.verify_query(query, "SAMLRequest", [stranger.certificate, sender.certificate])

    changed = ["&RelayState=x", query.replace("a%2Bb", "a%2bb"), query.replace("RelayState", "Relay")]
    for other in (query + changed[0], *changed[1:], query.partition("&Signature")[0], query + "&SigAlg="):
        with pytest.raises(Unsigned):
            signatures.verify_query(other, "SAMLRequest", [sender.certificate])


def test_queries_signed_with_sha_1_are_refused(sender: Party) -> None:
    """The sender names the algorithm, and this one is not on our list."""
    covered = "SAMLRequest=x&SigAlg=http%3A%2F%2Fwww.w3.org%2F2000%2F09%2Fxmldsig%23rsa-sha1"
    value = sender.private.sign(covered.encode(), PKCS1v15(), SHA1())  # noqa: S303
    query = f"{covered}&Signature={b64encode(value).decode().replace('+', '%2B')}"

    with pytest.raises(Unsigned, match="algorithm"):
        signatures.verify_query(query, "SAMLRequest", [sender.certificate])


def test_certificates_are_derived_alike_everywhere(sender: Party) -> None:
    """Two processes that derive the certificate of a key get the same bytes."""
    key = sender.signer.key

    assert self_signed.certificate(key, MADE) == self_signed.certificate(key, MADE)
    assert isinstance(sender.certificate.signature_hash_algorithm, SHA256)
