"""
The provincial certification authority as our `CertificateAuthority`: its roots, its lists, its responder.

Every source that is configured must say yes. A revocation list is kept as long as it holds and looked for
anew every few minutes, so a list server may rest for a while; OCSP is asked each time, with a nonce. All of
one check shares one deadline; what no source answers is `Unavailable`, never a yes.
Addresses come from the settings alone: those a certificate names are whoever's who made it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TypeVar
from urllib.parse import urlsplit

import structlog
from cryptography.x509 import Certificate

from connectors.revocation import Question, RevocationList, Unbelievable, read_list
from idp.authenticators.certificate_authority import (
    Good,
    Revoked,
    Standing,
    Unavailable,
    UnavailableReason,
    Untrusted,
)
from idp.calling.breaker import Breakers
from idp.calling.wire import Answer, Deadline, Dropped, TimedOut, TooLong, Wire
from idp.crypto import certificates
from idp.crypto.certificates import Anchors, Distrust

T = TypeVar("T")
LOOK_AGAIN = 300.0
"""Seconds after which a newer list is looked for, long before the one at hand runs out."""
LARGEST_LIST = 32 * 1024 * 1024
LARGEST_ANSWER = 64 * 1024
HEADERS = {"content-type": "application/ocsp-request", "accept": "application/ocsp-response"}

log = structlog.get_logger("connectors.certificate_authority")


class _NoAnswer(Exception):
    """A source said nothing that could be believed."""

    def __init__(self, reason: UnavailableReason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class ProvincialAuthority:
    """Follows certificates to the roots it was given, and asks whether they were taken back."""

    def __init__(
        self,
        trusted: Anchors,
        *,
        crl_urls: Sequence[str] = (),
        ocsp_url: str = "",
        total: float = 4.0,
        connect_timeout: float = 2.0,
        outages: int = 5,
        rest: float = 30.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if not crl_urls and not ocsp_url:
            raise ValueError("a certificate can be revoked: name a list or an OCSP responder")
        self._trusted, self._total, self._monotonic = trusted, total, monotonic
        self._lists = {url: _Source(url, LARGEST_LIST, connect_timeout) for url in crl_urls}
        self._ocsp = _Source(ocsp_url, LARGEST_ANSWER, connect_timeout) if ocsp_url else None
        self._held: dict[str, tuple[RevocationList, float]] = {}
        self._breakers = Breakers(threshold=outages, rest=rest, clock=monotonic)

    def check(self, leaf: Certificate, sent: Sequence[Certificate], now: datetime) -> Standing:
        """Look once; see the port."""
        started = time.monotonic()
        found = certificates.path(leaf, sent, self._trusted, now)
        if isinstance(found, Distrust):
            return Untrusted(found)
        standing = self._standing(found, now)
        log.info(
            "certificate.checked",
            outcome=standing.reason.value if isinstance(standing, Unavailable) else type(standing).__name__,
            duration_ms=round((time.monotonic() - started) * 1000),
        )
        return standing

    def _standing(self, chain: tuple[Certificate, ...], now: datetime) -> Standing:
        """A source that says no is believed even where another is silent."""
        deadline, silent = Deadline.after(self._total), None
        for look in (self._asked, self._listed):
            try:
                revoked_at = look(chain, now, deadline)
            except _NoAnswer as fault:
                silent = silent or fault.reason
            else:
                if revoked_at is not None:
                    return Revoked(revoked_at)
        return Unavailable(silent) if silent else Good(certificates.authority_of(chain[0]), chain)

    def _asked(self, chain: tuple[Certificate, ...], now: datetime, deadline: Deadline) -> datetime | None:
        """What the responder says of the person's certificate."""
        if self._ocsp is None:
            return None
        source, question = self._ocsp, Question(chain[0], chain[1])
        return self._guarded(
            source,
            lambda: question.revoked_at(
                _body(source.wire.post(source.path, question.body, HEADERS, deadline)), now
            ),
        )

    def _listed(self, chain: tuple[Certificate, ...], now: datetime, deadline: Deadline) -> datetime | None:
        """What the lists say of every certificate on the way; the person's must be covered by one."""
        if not self._lists:
            return None
        lists = [self._list(url, chain, now, deadline) for url in self._lists]
        if not any(one.covers(chain[1]) for one in lists):
            raise _NoAnswer(UnavailableReason.UNTRUSTED_ANSWER)
        return next(_revocations(lists, chain), None)

    def _list(
        self, url: str, chain: tuple[Certificate, ...], now: datetime, deadline: Deadline
    ) -> RevocationList:
        """The list at hand if it is young, otherwise a new one; the old one again where none can be had."""
        held, look_again = self._held.get(url, (None, 0.0))
        if held is not None and held.holds_at(now) and self._monotonic() < look_again:
            return held
        source, authorities = (
            self._lists[url],
            (*chain[1:], *self._trusted.intermediates, *self._trusted.roots),
        )
        try:
            fresh = self._guarded(
                source, lambda: read_list(_body(source.wire.get(source.path, deadline)), authorities, now)
            )
        except _NoAnswer:
            if held is None or not held.holds_at(now):
                raise
            fresh = held
        newest = held if held is not None and held.of > fresh.of else fresh
        self._held[url] = newest, self._monotonic() + LOOK_AGAIN
        return newest

    def _guarded(self, source: "_Source", ask: Callable[[], T]) -> T:
        """Behind the breaker, with the wire's faults translated."""
        breaker = self._breakers.of(source.url)
        if not breaker.admits():
            raise _NoAnswer(UnavailableReason.BREAKER_OPEN)
        worked = False
        try:
            answer = ask()
            worked = True
            return answer
        except TimedOut:
            raise _NoAnswer(UnavailableReason.TIMEOUT) from None
        except Dropped:
            raise _NoAnswer(UnavailableReason.TRANSPORT) from None
        except (TooLong, Unbelievable) as fault:
            log.warning("certificate.answer_refused", why=str(fault))
            raise _NoAnswer(UnavailableReason.UNTRUSTED_ANSWER) from None
        finally:
            (breaker.worked if worked else breaker.failed)()


class _Source:
    """One address of the authority."""

    def __init__(self, url: str, max_bytes: int, connect_timeout: float) -> None:
        address = urlsplit(url)
        self.url = url
        self.path = (address.path or "/") + (f"?{address.query}" if address.query else "")
        self.wire = Wire(
            f"{address.scheme}://{address.netloc}",
            connect_timeout=connect_timeout,
            max_bytes=max_bytes,
            answers_are_signed=True,
        )


def _revocations(lists: Sequence[RevocationList], chain: Sequence[Certificate]) -> Iterator[datetime]:
    for certificate, issuer in pairwise(chain):
        for one in lists:
            at = one.revoked_at(certificate) if one.covers(issuer) else None
            if at is not None:
                yield at


def _body(answer: Answer) -> bytes:
    if answer.status != 200:
        raise Dropped(str(answer.status))
    return answer.body
