"""How PostgreSQL goes about the statements of the hot paths."""

import re
from typing import Any

import psycopg
import pytest

import wsgi
from bench import enterprises
from idp import clock
from idp.authenticators import recalled
from idp.interaction import facts
from idp.mandates import holdings
from idp.oauth import access_tokens, acting, liveness, redemption, rotation
from idp.storage.database import Database
from idp.storage.postgresql_link import SETTINGS
from idp.storage.prepared import Statement
from tests import servers

HOT = (
    liveness.IS_ALIVE,
    liveness.IS_ALIVE_ALONE,
    liveness.WHOLE_ALONE,
    liveness.WHOLE_DIRECT,
    *liveness.WHOLE.values(),
    liveness.REVOKED,
    rotation.LOOK,
    rotation.ROTATE,
    rotation.ROTATE_ALONE,
    redemption.writings().oneself.at_once,
    redemption.writings().for_another.at_once,
    redemption.writings().through_another.at_once,
    acting.WHOM,
    access_tokens.FIND_OPAQUE,
    facts.LOOK,
    facts.LOOK_FOR_OTHERS,
    facts.LOOK_TOWARDS,
    facts.LOOK_AT_STAFF,
    holdings.BY_ID,
    holdings.BY_CODE,
    recalled.statement(("phone",), 1),
    recalled.statement(("document", "document"), 1),
    recalled.statement(("login",), 1),
)


WHOLE_TABLES = re.compile(
    r"Seq Scan|Bitmap|(Hash|Merge) .*Join|Index (Only )?Scan using .*\n(?!\s+Index Cond)"
)
"""What reads every row of a table or an index, in a plan."""


@pytest.mark.postgres
@pytest.mark.parametrize("mandates", [0, 5_000])
def test_rows_are_found_by_key(postgres_server: servers.PostgresServer, mandates: int) -> None:
    """Even on the first day, when there are hardly any: the plan will serve when there are millions."""
    url = servers.fresh_database(postgres_server)
    database = Database(url.replace("postgresql:", "postgresql+psycopg:"))
    wsgi.METADATA.create_all(database.engine)
    database.dispose()
    with psycopg.connect(url, autocommit=True, options=SETTINGS) as connection:
        filled(connection, mandates)
        plans = "\n".join(planned(connection, statement) for statement in HOT)

    assert WHOLE_TABLES.search(plans) is None
    assert "ix_authorizations_person_id_client_id" not in plans


def filled(connection: psycopg.Connection[Any], mandates: int) -> None:
    """So many organisations and mandates, and nobody who has ever signed in under one."""
    crowd = enterprises.Crowd(mandates, [], clock.now())
    for table, columns, rows in (
        ("persons", enterprises.PERSON, crowd.person_rows()),
        ("organisations", enterprises.ORGANISATION, crowd.organisation_rows()),
        ("mandates", enterprises.MANDATE, crowd.mandate_rows()),
    ):
        if mandates:
            with connection.cursor().copy(f"copy {table} ({columns}) from stdin") as copy:
                for row in rows:
                    copy.write_row(row)
            connection.execute(f"analyze {table}".encode())


def planned(connection: psycopg.Connection[Any], statement: Statement) -> str:
    """The one plan for whatever values may come."""
    connection.execute(b"prepare planned as " + statement.postgresql)
    values = ", ".join(["null"] * len(statement.names))
    rows = connection.execute(f"explain execute planned({values})".encode()).fetchall()
    connection.execute("deallocate planned")
    return "\n".join(row[0] for row in rows)
