"""In which order rows are locked: a person's own row first, then what hangs on it.

Whoever recovers an account takes the row for themselves and then writes credentials and sessions. A
transaction that took one of those first, and comes to the row only by a foreign key, would wait for the other
for ever.

An organisation that is held comes before both (`mandates.states.hold`): who changes its mandates tells those
they name. What follows from the end of a person for their mandates is therefore written after it, apart.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from idp.persons.models import Person


def first(db: Session, person_id: UUID) -> Person | None:
    """
    The person as they are now, whose row nobody takes for themselves until this transaction ends.

    Waits for who has it (`FOR UPDATE`); many may hold it so at once (`FOR KEY SHARE`, as foreign keys do).
    What is read after it is what is true.
    """
    query = select(Person).where(Person.id == person_id).with_for_update(read=True, key_share=True)
    return db.scalar(query.execution_options(populate_existing=True))


def alone(db: Session, person_id: UUID) -> Person | None:
    """
    The person as they are now, whose row waits for this transaction: `first` of anybody else, too.

    Whoever ends everything of a person begins with it, before anything else of theirs is locked.
    """
    query = select(Person).where(Person.id == person_id).with_for_update()
    return db.scalar(query.execution_options(populate_existing=True))
