"""What a signing tool does with the text that the certificate page shows."""

import base64

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Page

from tests.journeys import steps


def paste(page: Page, certificate: str, key_pem: str) -> None:
    """Sign the text of the page, and fill both boxes in."""
    key = serialization.load_pem_private_key(key_pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    signed = key.sign(page.inner_text("#to-sign").encode(), ec.ECDSA(hashes.SHA256()))
    signature = base64.b64encode(signed).decode()
    steps.fill_in(page, "form#certificate", certificate=certificate, signature=signature)


def answer(page: Page, certificate: str, key_pem: str) -> None:
    """The same, sent."""
    paste(page, certificate, key_pem)
    steps.submit(page, "form#certificate")
