"""
The list of organisations that changed 变更推送, read over the platform page by page.

A cursor is the list's own word for a place in it; the same one gives the same changes again, so whoever was
interrupted reads on from the last cursor they kept. The list says who changed and not what: the registry is
asked for that.

Assumption, all of it here: ``{"cursor","size"}`` is answered by
``{"code":"200","data":{"cursor","items":[{"uniscId"}]}}``.
"""

import re
from collections.abc import Sequence

import structlog

from connectors.gateway import Gateway
from connectors.registry_calls import Declined, Inquiry, Untrusted, answered, part, rows, text
from idp.organisations.check_characters import CREDIT_CODE_ALPHABET
from idp.organisations.registry import Changes
from idp.persons.registry import Purpose, Unavailable

AUTHORITY = "changes"
SUCCESS = "200"
PAGE = 200
CODE = re.compile(rf"[{CREDIT_CODE_ALPHABET}]{{18}}")
CURSOR = re.compile(r"[!-~]{1,64}")
PURPOSE = Purpose(system="yitong", matter="organisation_changes")

log = structlog.get_logger("connectors.registries")


class RegistryChanges:
    """Reads the list."""

    def __init__(self, gateway: Gateway, sid: str) -> None:
        self._gateway = gateway
        self._sid = sid

    def after(self, cursor: str) -> Changes | Unavailable:
        """One page of the list; see the port. The end is where the cursor stays as it is."""
        inquiry = Inquiry(self._gateway, PURPOSE, self._gateway.deadline())
        return answered(inquiry, AUTHORITY, lambda: self._read(inquiry, cursor))

    def _read(self, inquiry: Inquiry, cursor: str) -> Changes:
        answer = inquiry.call(
            self._sid, {"requestId": inquiry.request_id, "cursor": cursor, "size": str(PAGE)}
        )
        if (code := text(answer, "code")) != SUCCESS:
            raise Declined(code)
        page = part(answer, "data")
        codes = _codes(
            [text(one, "uniscId").upper() for one in rows(page, "items", PAGE)], inquiry.request_id
        )
        following = text(page, "cursor")
        if not CURSOR.fullmatch(following) or (codes and following == cursor):
            raise Untrusted("cursor")
        return Changes(codes, following)


def _codes(listed: Sequence[str], request_id: str) -> tuple[str, ...]:
    """What can be a credit code, each once; nobody here has anything else."""
    codes = tuple(dict.fromkeys(code for code in listed if CODE.fullmatch(code)))
    if len(codes) < len(set(listed)):
        log.warning("registry.changes_skipped", request_id=request_id, number=len(set(listed)) - len(codes))
    return codes
