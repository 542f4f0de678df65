"""What goes with a person who has two accounts: nothing is forgotten when somebody adds a table."""

import wsgi
from idp.persons import moving

COLUMNS = frozenset(
    f"{table.name}.{key.parent.name}"
    for table in wsgi.METADATA.tables.values()
    for key in table.foreign_keys
    if key.target_fullname == "persons.id"
)


def test_every_column_that_names_a_person_is_decided_about() -> None:
    """A new table of a person's says whether its rows go to the account that stays."""
    decided = {holding.name for holding in moving.MOVES} | set(moving.STAYS)

    assert COLUMNS == decided


def test_no_column_both_goes_and_stays() -> None:
    """The two lists contradict each other nowhere."""
    assert set() == {holding.name for holding in moving.MOVES} & set(moving.STAYS)


def test_nothing_goes_twice() -> None:
    """What stands twice would be counted twice on the page that says beforehand what goes."""
    assert len(set(moving.MOVES)) == len(moving.MOVES)
