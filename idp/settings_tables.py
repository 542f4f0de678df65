"""Tables among the settings, one for a counterpart that only some instances have."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from idp.crypto.certificates import anchors


class Certificates(BaseModel):
    """The authority that certifies people, and the ways in which certificates come to us."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    authority: Literal["provincial"] = "provincial"
    """Which adapter asks it."""
    trusted: Path
    """PEM file with its roots, and with authorities below them that people do not send along."""
    crl_urls: list[str] = []
    """Where its revocation lists are; every one must be at hand."""
    ocsp_url: str = ""
    """Its OCSP responder; it must sign its answers with our nonce in them."""
    header: str = Field("", pattern=r"^([A-Za-z][A-Za-z0-9]{3,39})?$")
    """Header in which a trusted proxy passes on the TLS client certificate it saw (PEM, percent-encoded);
    letters and digits only, because in a name with dashes an underscore could pass for one. Empty: none."""
    ukey_url: str = Field("", pattern=r"^(https?://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?/[!-~]*)?$")
    """Where the service of a UKey listens on the person's own computer; empty: signatures are pasted."""

    @field_validator("trusted")
    @classmethod
    def _has_a_root(cls, value: Path) -> Path:
        try:
            anchors(value.read_bytes())
        except OSError as failure:
            raise ValueError(f"cannot be read: {failure.strerror}") from failure
        except ValueError as failure:
            raise ValueError("holds no root certificate") from failure
        return value

    @model_validator(mode="after")
    def _revocation_can_be_learned(self) -> "Certificates":
        if not self.crl_urls and not self.ocsp_url:
            raise ValueError("name a revocation list (crl_urls) or an OCSP responder (ocsp_url)")
        return self


class SmsCloud(BaseModel):
    """Our account at a cloud's message service; templates by topic, in another language by `topic.en`."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    url: str
    """Where messages are sent: `https://dysmsapi.aliyuncs.com` or `https://sms.tencentcloudapi.com`."""
    key_id: str
    """Id of our key."""
    key: str = Field(repr=False)
    """The key that signs our calls."""
    sign_name: str
    """The approved signature that stands before every message."""
    region: str = ""
    """Region of the service, where it asks for one: `ap-guangzhou`."""
    app_id: str = ""
    """The application's id (Tencent)."""
    templates: dict[str, str]
    """Approved templates: a topic of `idp/notices/wording`, and the template's id."""
    voice_url: str = ""
    """Where calls are made: `https://dyvmsapi.aliyuncs.com` or `https://vms.tencentcloudapi.com`."""
    voice_app_id: str = ""
    """The voice application's id (Tencent)."""
    voice_number: str = ""
    """The number that calls (Aliyun); empty: one of theirs."""
    voice_templates: dict[str, str] = {}
    """Approved templates to be read out; the topic is `code.spoken`."""
    ca_file: str | None = None
    """Certificates that the service's TLS is verified against; empty: the system's."""
