"""What happens when accounts are joined or taken apart, as the trail keeps it: by id, never by name."""

from dataclasses import dataclass

from idp.audit.events import Event


@dataclass(frozen=True, kw_only=True)
class MergeEvent(Event):
    """Something about joining two accounts; `person_id` is the one that stays, or who objected."""

    merge: str
    other: str
    """The account that goes into it."""


@dataclass(frozen=True, kw_only=True)
class MergeSuggested(MergeEvent):
    """Something here noticed that two accounts may be one person's."""

    topic = "merge.suggested"
    origin: str


@dataclass(frozen=True, kw_only=True)
class MergeProposed(MergeEvent):
    """An operator says that two accounts are one person's."""

    topic = "merge.proposed"


@dataclass(frozen=True, kw_only=True)
class MergeApproved(MergeEvent):
    """A second operator agrees; both owners are told."""

    topic = "merge.approved"


@dataclass(frozen=True, kw_only=True)
class MergeClosed(MergeEvent):
    """It did not happen: refused, objected to, or not possible any more."""

    topic = "merge.closed"
    reason: str


@dataclass(frozen=True, kw_only=True)
class AccountsMerged(MergeEvent):
    """Two accounts became one."""

    topic = "accounts.merged"
    rows: int
    """How many records moved."""


@dataclass(frozen=True, kw_only=True)
class MergeUndone(MergeEvent):
    """They are two again."""

    topic = "merge.undone"


@dataclass(frozen=True, kw_only=True)
class MergeSettled(MergeEvent):
    """The window for undoing it is over; what was left of the joined account is erased."""

    topic = "merge.settled"


@dataclass(frozen=True, kw_only=True)
class SplitProposed(Event):
    """An operator says that two people are behind one account."""

    topic = "split.proposed"
    split: str


@dataclass(frozen=True, kw_only=True)
class SplitClosed(Event):
    """It did not happen."""

    topic = "split.closed"
    split: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class AccountSplit(Event):
    """What belongs to another person was given to an account of their own."""

    topic = "account.split"
    split: str
    other: str
    """The new account."""
    rows: int
