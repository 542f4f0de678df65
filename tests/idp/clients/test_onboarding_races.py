"""Changes of clients that meet each other, on each database."""

import threading
from datetime import datetime

from idp.clients import onboarding
from idp.clients.metadata import client_of
from idp.clients.models import ClientClass
from idp.storage.configuration import version
from idp.storage.database import Database
from tests.idp.clients.making import described


def test_suspensions_at_once_count_once(either_database: Database, now: datetime) -> None:
    """The generation grows by one, whoever comes first; nobody's change is lost."""
    with either_database.writing() as db:
        client_id = onboarding.create(db, described(), ClientClass.UTILITY, now)[0].id
        before = version(db)

    def suspend() -> None:
        with either_database.writing() as db:
            onboarding.suspend(db, client_id, now)

    threads = [threading.Thread(target=suspend) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with either_database.reading() as db:
        client = client_of(onboarding.find(db, client_id))
        assert (False, 2, before + 1) == (client.is_online, client.generation, version(db))
