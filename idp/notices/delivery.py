"""Send the text messages that wait in the outbox; the worker calls this for the topic `notice.sms`."""

from uuid import UUID

from idp.notices import texts
from idp.notices.sms import NotSent, SmsGateway
from idp.outbox.queue import Payload
from idp.outbox.worker import GiveUp, Leased, TryAgain
from idp.persons.models import Person
from idp.storage.database import Database


def send(database: Database, gateway: SmsGateway, message: Leased) -> None:
    """Hand one message over; raises TryAgain while the gateway is away. No phone, nothing to do."""
    address = _address(database, message.payload)
    if address is None:
        return
    phone, language = address
    topic = str(message.payload["topic"])
    if not texts.has_text(topic):
        raise GiveUp("no text for this topic")
    outcome = gateway.send(phone, texts.message(topic, language), reference=message.id.hex)
    if isinstance(outcome, NotSent):
        raise TryAgain(outcome.reason) if outcome.passing else GiveUp(outcome.reason)


def _address(database: Database, payload: Payload) -> tuple[str, str] | None:
    if "phone" in payload:
        return str(payload["phone"]), str(payload["language"])
    with database.reading() as db:
        person = db.get(Person, UUID(payload["person_id"]))
        return (person.phone, person.locale) if person and person.phone else None
