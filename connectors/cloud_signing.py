"""How calls to Aliyun (ACS3-HMAC-SHA256) and Tencent Cloud (TC3-HMAC-SHA256) are signed.

Both hash a canonical request and sign that; only what is listed as signed counts.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote

ACS3 = "ACS3-HMAC-SHA256"
TC3 = "TC3-HMAC-SHA256"


def query(values: Mapping[str, str]) -> str:
    """The canonical query: sorted, with RFC 3986's own idea of what stands for itself."""
    return "&".join(
        f"{quote(name, safe='~')}={quote(value, safe='~')}" for name, value in sorted(values.items())
    )


def acs3(key: str, path: str, asked: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """
    The names of the signed headers and the signature of a POST.

    Signed are the host, the content type and every header that begins with `x-acs-`.
    """
    signed = {
        name: value
        for name, value in headers.items()
        if name in {"host", "content-type"} or name.startswith("x-acs-")
    }
    names, lines = _canonical(signed)
    request = "\n".join(("POST", path, asked, lines, names, sha256(body).hexdigest()))
    to_sign = f"{ACS3}\n{sha256(request.encode()).hexdigest()}"
    return names, hmac.digest(key.encode(), to_sign.encode(), "sha256").hex()


def acs3_header(key_id: str, key: str, path: str, asked: str, headers: Mapping[str, str], body: bytes) -> str:
    """The `Authorization` of a call to Aliyun."""
    names, signature = acs3(key, path, asked, headers, body)
    return f"{ACS3} Credential={key_id},SignedHeaders={names},Signature={signature}"


def tc3(key: str, service: str, headers: Mapping[str, str], body: bytes, at: int) -> tuple[str, str, str]:
    """The scope, the names of the signed headers and the signature of a POST to Tencent Cloud's one path."""
    names, lines = _canonical(headers)
    request = "\n".join(("POST", "/", "", lines, names, sha256(body).hexdigest()))
    day = f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
    scope = f"{day}/{service}/tc3_request"
    to_sign = f"{TC3}\n{at}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    secret = f"TC3{key}".encode()
    for part in (day, service, "tc3_request"):
        secret = hmac.digest(secret, part.encode(), "sha256")
    return scope, names, hmac.digest(secret, to_sign.encode(), "sha256").hex()


def tc3_header(key_id: str, key: str, service: str, headers: Mapping[str, str], body: bytes, at: int) -> str:
    """The `Authorization` of a call to Tencent Cloud."""
    scope, names, signature = tc3(key, service, headers, body, at)
    return f"{TC3} Credential={key_id}/{scope}, SignedHeaders={names}, Signature={signature}"


def _canonical(headers: Mapping[str, str]) -> tuple[str, str]:
    """The names in order, and a line for each header; the last ends with a newline of its own."""
    found = sorted((name.lower(), value.strip()) for name, value in headers.items())
    return ";".join(name for name, _ in found), "".join(f"{name}:{value}\n" for name, value in found)
