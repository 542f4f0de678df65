"""Delivery: each message once where it can be, again where it must be, and never lost."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from idp import clock
from idp.outbox import queue, worker
from idp.outbox.models import Message
from idp.outbox.worker import GiveUp, Leased, TryAgain
from idp.storage.database import Database, Refusal
from tests.idp.outbox.conftest import Put, message


class Receiver:
    """Somebody messages are delivered to, who may fail."""

    def __init__(self, *failures: Exception) -> None:
        self.got: list[Leased] = []
        self.failures = list(failures)

    def __call__(self, message: Leased) -> None:
        self.got.append(message)
        if self.failures:
            raise self.failures.pop(0)


def test_a_message_is_delivered_and_its_payload_erased(shared: Database, put: Put) -> None:
    """What stays is a shell that says when and how."""
    sent, receiver = put(7), Receiver()
    worker.work(shared, {"greeting": receiver})
    kept = message(shared, sent)

    assert [{"number": 7}] == [got.payload for got in receiver.got]
    assert ("delivered", None) == (kept.outcome, kept.payload)
    assert 0 == worker.work(shared, {"greeting": receiver})


def test_the_payload_is_sealed_at_rest(shared: Database) -> None:
    """A message may name a phone."""
    with shared.writing() as db:
        sent = queue.put(db, "greeting", {"phone": "+8619900000001"}).id

    assert b"199" not in (message(shared, sent).payload or b"")


def test_nothing_leaves_if_the_act_is_undone(shared: Database) -> None:
    """The message belongs to the transaction."""
    receiver = Receiver()
    with pytest.raises(RuntimeError), shared.writing() as db:
        queue.put(db, "greeting", {})
        raise RuntimeError("crash")
    with pytest.raises(Refusal), shared.writing() as db:
        queue.put(db, "greeting", {})
        raise Refusal

    assert 1 == worker.work(shared, {"greeting": receiver})


def test_a_message_that_cannot_be_taken_now_comes_again(shared: Database, put: Put) -> None:
    """Later and later; the reason is kept."""
    sent, receiver = put(), Receiver(TryAgain("busy"), TryAgain("still busy"))
    worker.work(shared, {"greeting": receiver})
    first = message(shared, sent)
    with time_machine.travel(clock.now() + timedelta(minutes=1), tick=False):
        worker.work(shared, {"greeting": receiver})
        second = message(shared, sent)
    with time_machine.travel(clock.now() + timedelta(hours=1), tick=False):
        worker.work(shared, {"greeting": receiver})

    assert "busy" == first.last_fault
    assert second.due_at - second.created_at > first.due_at - first.created_at
    assert (3, "delivered") == (len(receiver.got), message(shared, sent).outcome)


def test_a_message_that_can_never_be_delivered_is_given_up(shared: Database, put: Put) -> None:
    """It is not tried again."""
    sent = put()
    worker.work(shared, {"greeting": Receiver(GiveUp("no such client"))})

    assert ("dead", "no such client") == (message(shared, sent).outcome, message(shared, sent).last_fault)


def test_patience_ends_after_three_days(shared: Database, put: Put) -> None:
    """Then the message is dead, and counted as such."""
    sent = put()
    with time_machine.travel(clock.now() + worker.PATIENCE + timedelta(hours=1), tick=False):
        worker.work(shared, {"greeting": Receiver(TryAgain("busy"))})

    assert "dead" == message(shared, sent).outcome


def test_a_defect_keeps_no_other_message_waiting(shared: Database, put: Put) -> None:
    """It is tried again like an outage; the text of the defect is not kept, it might say too much."""
    first, second = put(1), put(2)
    worker.work(shared, {"greeting": Receiver(ValueError("phone 19900000001"))})

    assert "ValueError" == message(shared, first).last_fault
    assert "delivered" == message(shared, second).outcome


def test_a_topic_nobody_knows_here_waits_for_a_worker_that_does(shared: Database, put: Put) -> None:
    """During an upgrade the older worker leaves newer messages alone."""
    sent = put(topic="newer")
    worker.work(shared, {"greeting": Receiver()})

    assert (0, None) == (message(shared, sent).attempts, message(shared, sent).outcome)


def test_what_a_dead_worker_had_claimed_is_delivered_by_another(shared: Database, put: Put) -> None:
    """When its lease runs out, and not before."""
    put()
    receiver = Receiver()
    with pytest.raises(KeyboardInterrupt):
        worker.work(shared, {"greeting": Receiver(KeyboardInterrupt())})  # type: ignore[arg-type]
    at_once = worker.work(shared, {"greeting": receiver})
    with time_machine.travel(clock.now() + worker.LEASE + timedelta(seconds=1), tick=False):
        later = worker.work(shared, {"greeting": receiver})

    assert (0, 1) == (at_once, later)


def test_stopping_finishes_the_message_in_hand_and_gives_the_rest_back(shared: Database, put: Put) -> None:
    """The next worker need not wait for leases."""
    for number in range(3):
        put(number)
    receiver = Receiver()
    tried = worker.work(shared, {"greeting": receiver}, stopping=lambda: len(receiver.got) == 1)
    with shared.reading() as db:
        waiting = db.scalars(select(Message).where(Message.settled_at.is_(None))).all()

    assert (1, 1) == (tried, len(receiver.got))
    assert [(None, 0), (None, 0)] == [(one.leased_until, one.attempts) for one in waiting]


def test_several_workers_deliver_each_message_once(shared: Database, put: Put) -> None:
    """Two hundred messages, four workers."""
    for number in range(200):
        put(number)
    receiver = Receiver()

    def deliver() -> None:
        while worker.work(shared, {"greeting": receiver}):
            pass

    workers = [threading.Thread(target=deliver) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    counts = Counter(got.payload["number"] for got in receiver.got)

    assert {1} == set(counts.values())
    assert 200 == len(counts)


def test_settled_messages_are_forgotten_after_a_month(shared: Database, put: Put) -> None:
    """Those that wait stay."""
    put()
    worker.work(shared, {"greeting": Receiver()})
    put()
    gone = worker.purge(shared, clock.now() + worker.KEPT + timedelta(days=1))
    with shared.reading() as db:
        depth = worker.depth(db)

    assert (1, 1) == (gone, depth)
