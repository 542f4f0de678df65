"""What happens between an upstream and us, for the audit trail; upstreams are named, people are not."""

from dataclasses import dataclass

from idp.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class UpstreamRefused(Event):
    """An upstream gave nobody, or what it gave is not believed; `code` is its own word, never a person's."""

    topic = "upstream.refused"
    upstream: str
    reason: str
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class UpstreamBelieved(Event):
    """Somebody came through an upstream: what of its word was believed, and what was not."""

    topic = "upstream.believed"
    upstream: str
    level: int
    aal: int
    doubts: str


@dataclass(frozen=True, kw_only=True)
class UpstreamLinked(Event):
    """An account at an upstream became this person's."""

    topic = "upstream.linked"
    upstream: str
    how: str


@dataclass(frozen=True, kw_only=True)
class UpstreamUnlinked(Event):
    """An account at an upstream is no longer this person's."""

    topic = "upstream.unlinked"
    upstream: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class UpstreamDisagreed(Event):
    """An upstream and we disagree about who somebody is; an operator decides."""

    topic = "upstream.disagreed"
    upstream: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class UpstreamCaseClosed(Event):
    """An operator decided such a case."""

    topic = "upstream.case_closed"
    upstream: str
    reason: str
    decision: str
