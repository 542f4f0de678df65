"""How long a test waits for a server that is there: as long as a busy machine takes.

Only in the tests' own process: towns and sandboxes are processes of their own and keep the product's limits,
and so do tests that are about one.
"""

from idp.storage import database, postgresql_link, postgresql_state, punctual, redis_state, sqlite_state

SECONDS = 30
STATE = postgresql_state.SETTINGS


def be_patient() -> None:
    """From now on, with PostgreSQL, Redis and the file of the state store."""
    punctual.PING = postgresql_state.PATIENCE = SECONDS
    redis_state.TIMEOUT = sqlite_state.LOCK_SECONDS = SECONDS
    postgresql_state.SETTINGS = STATE.replace("statement_timeout=1000", f"statement_timeout={SECONDS}000")
    for module in (database, postgresql_link, postgresql_state):
        vars(module)["CONNECT"] = SECONDS
