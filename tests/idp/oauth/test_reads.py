"""What services read is added up by person, service and day, and nothing more precise is kept."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from idp.audit.spool import Spool, drain
from idp.oauth import reads
from idp.oauth.models import Authorization, DataRead
from tests.idp.oauth.world import World

MORNING = datetime(2026, 3, 2, 1, 10, tzinfo=UTC)
PROFILE = frozenset({"openid", "profile"})


def authorized(world: World) -> UUID:
    """Somebody's yes to a portal."""
    portal = world.client()
    world.tokens(portal, world.known(portal), scope="openid profile")
    with world.oauth.database.reading() as db:
        return db.scalars(select(Authorization.id).where(Authorization.client_id == portal.id)).one()


def kept(world: World, authorization_id: UUID) -> list[tuple[str, int, datetime]]:
    with world.oauth.database.reading() as db:
        person = db.get_one(Authorization, authorization_id).person_id
        rows = db.scalars(select(DataRead).where(DataRead.person_id == person).order_by(DataRead.day))
        return [(" ".join(sorted(row.scopes)), row.times, row.last_at) for row in rows]


def drained(world: World, folder: Path) -> None:
    """A file is moved in one round and read in the next."""
    for _ in range(2):
        drain(folder, world.oauth.database, reads.keep)


def test_userinfo_tells_what_it_gave(each_world: World) -> None:
    """The scopes of the token that the client may still have, and no call to the database."""
    world = each_world
    portal = world.client()
    token = world.tokens(portal, world.known(portal), scope="openid profile")
    world.userinfo(token["access_token"])
    ((authorization_id, scopes, _),) = world.read
    with world.oauth.database.reading() as db:
        found = db.get_one(Authorization, authorization_id)

    assert (portal.id, PROFILE) == (found.client_id, scopes)


def test_a_dead_token_reads_nothing(each_world: World) -> None:
    """Only what was given is told."""
    each_world.userinfo("not-a-token")

    assert [] == each_world.read


def test_reads_add_up_by_day(each_world: World, tmp_path: Path) -> None:
    """How often and the hour of the last one, whichever file comes first; Beijing's midnight parts days."""
    spool, authorization_id = Spool(tmp_path), authorized(each_world)
    read = reads.counted(spool)
    for later in (timedelta(hours=3), timedelta(0), timedelta(minutes=5), timedelta(hours=15)):
        read(authorization_id, PROFILE, MORNING + later)
        spool.flush()
        drained(each_world, tmp_path)
    hour = MORNING.replace(minute=0)

    assert [
        ("openid profile", 3, hour + timedelta(hours=3)),
        ("openid profile", 1, hour + timedelta(hours=15)),
    ] == kept(each_world, authorization_id)


def test_workers_at_once_lose_no_count(each_world: World) -> None:
    """The database adds, so that two who add at once both count."""
    authorization_id = authorized(each_world)
    line = ((authorization_id.hex, "openid profile", str(int(MORNING.timestamp()) // reads.HOUR)), 2)

    def once(_: int) -> None:
        with each_world.oauth.database.writing() as db:
            reads.keep(db, [line])

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(once, range(12)))

    assert [24] == [times for _, times, _ in kept(each_world, authorization_id)]


def test_an_authorization_that_is_gone_is_left_out(each_world: World) -> None:
    """Nobody is there whom it could be shown to."""
    with each_world.oauth.database.writing() as db:
        reads.keep(db, [((UUID(int=7).hex, "openid", "1"), 1)])

    with each_world.oauth.database.reading() as db:
        assert [] == db.scalars(select(DataRead).where(DataRead.client_id == "")).all()


def test_old_reads_are_forgotten(each_world: World) -> None:
    """As the security log is."""
    authorization_id = authorized(each_world)
    line = ((authorization_id.hex, "openid", str(int(MORNING.timestamp()) // reads.HOUR)), 1)
    with each_world.oauth.database.writing() as db:
        reads.keep(db, [line])
    kept_for = timedelta(days=180)
    early = reads.purge(each_world.oauth.database, kept_for, MORNING + kept_for)
    late = reads.purge(each_world.oauth.database, kept_for, MORNING + kept_for + timedelta(days=1))

    assert (0, True) == (early, late > 0)
    assert [] == kept(each_world, authorization_id)
