"""`/api/v1/sign-ins/<id>/certificate`: a text to be signed by the key of a certificate, and the signature."""

from http import HTTPStatus
from typing import Any

from flask import Blueprint
from pydantic import BaseModel, Field

from idp.api import callers
from idp.api.asking import Nothing, Status
from idp.api.callers import Asked, Refused, like
from idp.api.devices import Device
from idp.api.stepping import asked, at_device, judged, status
from idp.clients.metadata import Client
from idp.sign_in import certificate
from idp.sign_in.proof import Proving
from idp.web import certificates

bp = Blueprint("api_certificates", __name__, url_prefix="/api/v1/sign-ins")
ONE = "/<sign_in>/certificate"
TEXT = "yitong-certificate-v1|https://id.example.gov.cn|sign-in|6b1f…|Zk0p…"


class SignedText(Asked):
    """A certificate (PEM or base64, with those above it) and what its key has signed."""

    certificate: str = Field(min_length=1, max_length=32_767)
    signature: str = Field(min_length=1, max_length=2_047, description="Base64, over the text as it is.")

    model_config = like({"certificate": "-----BEGIN CERTIFICATE-----…", "signature": "MEUCIQ…"})


class TextToSign(BaseModel):
    """One line of ASCII, to be signed without a line end; good for one answer in a quarter of an hour."""

    text: str
    ukey_url: str | None = Field(default=None, description="Where a UKey's service listens on its computer.")

    model_config = like({"text": TEXT})


class CertificateAsked(Status):
    """Where the sign-in stands, and the text."""

    certificate: TextToSign

    model_config = like(
        {
            "sign_in": "…",
            "next": "sign-in",
            "ways": ["password", "certificate"],
            "expires_in": 1800,
            "certificate": {"text": TEXT},
        }
    )


@bp.post(f"{ONE}/text")
@at_device
def to_sign(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """The text of this sign-in; the same one until it is answered."""
    callers.sent(Nothing)
    proving = _asked(device)
    told = {"text": certificates.to_sign(certificates.SIGN_IN, proving.handle)}
    told |= {"ukey_url": where} if (where := certificates.ukey_url()) else {}
    return status(sign_in, device, certificate=told)


@bp.post(ONE)
@at_device
def prove(_client: Client, sign_in: str, device: Device) -> dict[str, Any]:
    """Judge certificate and signature; right or wrong, the text is spent."""
    given, proving = callers.sent(SignedText), _asked(device)
    outcome = certificate.judge(
        proving,
        lambda: certificates.signed(certificates.SIGN_IN, proving.handle, given.certificate, given.signature),
    )
    return status(sign_in, judged(sign_in, device, proving, outcome))


def _asked(device: Device) -> Proving:
    proving = asked(device)
    if not certificate.is_offered(proving):
        raise Refused(HTTPStatus.CONFLICT, "not_due", "this way is none here")
    return proving
