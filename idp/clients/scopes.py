"""The scopes a client may be approved for and the claims each gives away (OIDC Core §5.4, ours besides)."""

from collections.abc import Mapping
from types import MappingProxyType

OPENID = "openid"
OFFLINE_ACCESS = "offline_access"
IDENTITY_DOCUMENT = "identity_document"
STAFF = "staff"
MANDATE_MANAGEMENT = "mandate_management"
"""Lets a portal do for a person what they do about mandates on their own pages; it gives away no claim."""
CERT_KEY = "gov.certkey"
SUBJECT_CHANGES = "subject_changes"
"""Tells a client of its own subjects."""
OF_CLIENTS = ("mandates", "verification", "old_users", "sign_in_api", SUBJECT_CHANGES)
"""What a client's own token may do at `/api/v1`; each operation there names one of them."""
UNAPPROVED = frozenset({SUBJECT_CHANGES})
"""What each client may have without approval, by its name and never unasked."""

SCOPES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        OPENID: ("sub",),
        "profile": ("name", "gender", "birthdate"),
        "phone": ("phone_number", "phone_number_verified"),
        "address": ("address",),
        IDENTITY_DOCUMENT: ("id_type", "id_number"),
        CERT_KEY: ("cert_key",),
        STAFF: ("unit", "department", "post", "window"),
        OFFLINE_ACCESS: (),
        MANDATE_MANAGEMENT: (),
    }
)
"""scope → claims. Identity number and national hash have scopes of their own and are part of no other."""
