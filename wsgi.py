"""The whole product on one page: which collaborators, which pages, which commands.

`compose` chooses everything once, for the server, the worker and the commands alike.
`create_app` is what a WSGI server loads; `main` is the `idp` command.
"""

import gc

if gc.isenabled():
    gc.disable()  # what is imported is no garbage; looking for some took a seventh of every start

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from ipaddress import ip_network
from typing import Any

import click
from flask import Flask

from admin_ui import drafts
from admin_ui.app import create_console
from connectors import chosen
from connectors.callbacks import RegisteredCallbacks
from federation import desk as federation_desk
from federation import views as federation_views
from federation.entering import views as entering_views
from federation.joining import views as joining_views
from federation.leaving import views as leaving_views
from idp import clock
from idp.account import merging as account_merging
from idp.account import moving_in, staff_rounds, telling_clients
from idp.account import organisations as account_organisations
from idp.account import pages as account_pages
from idp.account import work as account_work
from idp.account.desk import create_desk
from idp.account.enterprises import sheet as enterprises
from idp.account.real_person import create_studio
from idp.account.sign_in import OwnPages
from idp.account.staff import StaffPages
from idp.api import routes as api
from idp.api.devices import create_devices
from idp.audit import chain, retention, spool
from idp.audit.spool import Spool
from idp.authenticators import certificate_binding
from idp.authenticators.ceremonies import relying_parties
from idp.authenticators.qr import Pairings
from idp.authenticators.staff import Patience, Staffing
from idp.authenticators.throttle import Limits
from idp.cli import migrate
from idp.cli.commands import COMMANDS
from idp.cli.context import Operation, Product
from idp.clients.directory import Clients
from idp.crypto import passwords
from idp.evidence import expiry
from idp.interaction import views as interaction_views
from idp.interaction.choosing import views as choosing_views
from idp.interaction.record import Facts, Interaction
from idp.keys import rotation
from idp.keys import vault as vaults
from idp.keys.custody import MasterKeyFile
from idp.keys.custody import create as create_master_key
from idp.keys.keyring import Keyring
from idp.matters.catalogue import Catalogue
from idp.oauth import purging as oauth_purging
from idp.oauth import reads, successors
from idp.oauth import views as oauth_views
from idp.oauth.collaborators import Lifetimes, OAuth
from idp.oauth.machine import create_machine
from idp.oauth.records import AuthorizationCode
from idp.oauth.views import AuthorizationCodeFlow
from idp.outbox import worker as outbox
from idp.outbox.jobs import Job
from idp.outbox.worker import Deliver
from idp.persons import cert_keys
from idp.persons.staff import Source
from idp.saml import machine as saml_machine
from idp.saml import views as saml_views
from idp.services import RelyingProtocol, Services
from idp.sessions import lifecycle
from idp.sessions import purging as session_purging
from idp.settings import Settings, load
from idp.sign_in import pages as sign_in_pages
from idp.storage.database import Database
from idp.storage.postgresql_state import postgresql_state
from idp.storage.prepared import Prepared
from idp.storage.redis_state import RedisStateStore
from idp.storage.sqlite_state import sqlite_state
from idp.storage.state import Collection, StateStore
from idp.web import department_systems, errors, farewells, forms, languages, logs, pages
from idp.web.carrying import Carriers
from idp.web.edge import CONSOLE, Application, StartResponse, create_edge, gate_of, is_below
from idp.web.health import create_health
from idp.web.legal import legal
from idp.web.metrics import Meter
from idp.web.pages import Site
from idp.web.session_cookie import cookies_of
from idp.windows import attending, waiting
from idp.windows.attending import Counter, Visit

METADATA = migrate.metadata()
DAY = 86400.0
HOUR = 3600.0
PURGE = 600.0
ROUND = 10.0


def compose(settings: Settings) -> Services:
    """Choose every collaborator; raises CustodyFault or LookupError where `idp init` has not run."""
    services = _collaborators(settings)
    services.state.epoch()
    oauth = create_oauth(services, Spool(settings.home / "spool"), Spool(settings.home / "reads"))
    saml = saml_views.create_saml(services, oauth)
    protocols: dict[str, RelyingProtocol] = {
        "oauth": AuthorizationCodeFlow(oauth),
        "saml": saml_views.WebSingleSignOn(saml),
        "own": OwnPages(),
        "staff": StaffPages(),
    }
    callbacks = RegisteredCallbacks(private=settings.allow_private_callbacks)
    systems = department_systems.create(oauth, callbacks)
    protocols |= systems.protocols
    state, vault = services.state, services.vault
    desk = create_desk(settings, state, vault, services.sms)
    carriers = Carriers()
    extras = {"oauth": oauth, "saml": saml, "carriers": carriers, "desk": desk, "matters": oauth.matters}
    extras |= {"qr": Pairings(state, vault), **drafts.kept(state, vault), **enterprises.kept(state, vault)}
    extras |= {"devices": create_devices(state, vault, settings.interaction_lifetime), **systems.extras}
    sealer = vault.sealer("counter-visit")
    visits = Collection(state, Visit, "counter-visit", attending.LIFETIME, sealer)
    extras["counter"] = Counter(state, visits)
    extras["farewells"] = farewells.create(state, vault.sealer("farewell"))
    extras["guides"] = (saml_views.FrontChannel(saml, carriers), leaving_views.Upstreams())
    extras |= {} if settings.sms_gateway == "none" else {"sms": desk.codes}
    return replace(services, protocols=protocols, extras=extras | _asked_for(services))


def _collaborators(settings: Settings) -> Services:
    passwords.configure(settings.password_hashes)
    custody = MasterKeyFile(settings.master_key)
    database = Database(settings.database_url)
    with database.reading() as db:
        vault = vaults.open_vault(db, custody)
    database.vault = vault
    state = _state_store(settings)
    return Services(
        settings=settings,
        custody=custody,
        database=database,
        prepared=Prepared(settings.database_url),
        state=state,
        vault=vault,
        keyring=Keyring(database, custody),
        clients=Clients(database),
        cookies=cookies_of(settings.issuer),
        interactions=Collection(state, Interaction, "interaction", DAY, vault.sealer("interaction")),
        registry=chosen.person_registry(settings),
        sms=chosen.sms_gateway(settings),
        limits=Limits(
            pair=settings.limit_person_failures,
            person=2 * settings.limit_person_failures,
            source_per_minute=settings.limit_source_per_minute,
        ),
        protocols={},
        extras={},
    )


def _state_store(settings: Settings) -> StateStore:
    if settings.state_url:
        return RedisStateStore(
            settings.state_url,
            protocol=settings.redis_protocol,
            prefix=settings.redis_prefix,
            durable=settings.redis_durable,
        )
    if settings.uses_sqlite:
        return sqlite_state(settings.home / "state.db")
    return postgresql_state(settings.database_url)


def _asked_for(services: Services) -> dict[str, Any]:
    """What only some instances have; ways of signing in that need it are offered where it is.

    `organisations` is there always: without a registry it leaves everything to members of staff.
    """
    settings = services.settings
    found: dict[str, Any] = {"organisations": chosen.organisation_registry(settings)}
    if settings.upstreams:
        kept = (services.state, services.vault, services.keyring)
        found["federation"] = federation_desk.create(settings, *kept)
    faces, authority = chosen.likeness_service(settings), chosen.certificate_authority(settings)
    people, asked = chosen.directory(settings), settings.directory
    if faces is not None:
        found["likeness"] = create_studio(faces, services.state, services.vault)
    if (changes := chosen.change_feed(settings)) is not None:
        found["organisation_changes"] = changes
    if authority is not None:
        found["certificates"] = authority
    if people is not None and asked is not None:
        source, patience = Source(asked.name, asked.units), Patience(asked.locks_after, asked.locks_within)
        found["directory"] = Staffing(people, source, patience)
    parties = relying_parties(services.zones.bases, settings.name, services.state, services.vault)
    found["passkeys_by_zone"] = parties
    return found | ({"passkeys": parties[settings.issuer]} if settings.issuer in parties else {})


def create_app(settings: Settings | None = None) -> Application:
    """The product as one WSGI application: the edge, the machines' routes, the pages."""
    logs.configure()
    settings = settings or load()
    services = compose(settings)
    know_beforehand(services)
    meter = Meter()
    oauth = replace(services.extras["oauth"], count=meter.event)
    rooms = by_path(create_pages(services, oauth).wsgi_app, create_console(services).wsgi_app)
    single_sign_on = saml_machine.create_machine(services.extras["saml"], services.extras["carriers"], rooms)
    machine = create_machine(oauth, single_sign_on, department_systems.routes(services.extras, oauth))
    proxies = [ip_network(network) for network in settings.trusted_proxies]
    header = settings.certificates.header if settings.certificates else ""
    gate = gate_of(
        settings.issuer, proxies, proxies_say=(header,), console=settings.admin_hosts, zones=oauth.zones.hosts
    )
    turns = 2 * settings.threads  # half of them wait for a store
    return create_edge(machine, gate, create_health(services), meter.request, turns)


def by_path(pages: Application, console: Application) -> Application:
    """The console below its own path, the public pages everywhere else."""

    def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        chosen = console if is_below(environ["PATH_INFO"], CONSOLE) else pages
        return chosen(environ, start_response)

    return application


def know_beforehand(services: Services) -> None:
    """Read keys and clients before the first request, so that an outage later finds them known."""
    services.keyring.jwks_document()
    services.clients.find("")


def create_pages(services: Services, oauth: OAuth) -> Flask:
    """The public pages."""
    app = Flask("idp", static_folder=None, template_folder=None)
    app.extensions["yitong"] = services
    settings = services.settings
    pages.install(app, Site(platform={languages.CHINESE: settings.name, "en": settings.name_en}))
    errors.install(app)
    logs.install(app)
    forms.install(app)
    steps = (interaction_views.bp, choosing_views.bp)
    upstreams = (federation_views.bp, entering_views.bp, joining_views.bp, leaving_views.bp)
    for blueprint in (*steps, *upstreams, oauth_views.create_blueprint(oauth), legal):
        app.register_blueprint(blueprint)
    app.register_blueprint(saml_views.create_blueprint(services.extras["saml"], services.extras["carriers"]))
    department_systems.install(app, services)
    sign_in_pages.install(app)
    account_pages.install(app)
    api.install(app)
    return app


def create_oauth(services: Services, counts: Spool, read: Spool) -> OAuth:
    """The collaborators of the OAuth endpoints."""
    settings = services.settings
    seal = services.vault.sealer("code")

    def seen(facts: Facts) -> None:
        if facts.last_seen_at is None or clock.now() - facts.last_seen_at > lifecycle.SEEN_EVERY:
            with services.database.writing() as db:
                lifecycle.touch(db, facts.session_id, clock.now())

    return OAuth(
        issuer=settings.issuer,
        database=services.database,
        prepared=services.prepared,
        state=services.state,
        vault=services.vault,
        keyring=services.keyring,
        clients=services.clients,
        matters=Catalogue(services.database),
        interactions=services.interactions,
        codes=Collection(services.state, AuthorizationCode, "code", settings.code_lifetime, seal),
        record=lambda event: counts.add(event.what, event.outcome, event.client_id),
        read=reads.counted(read),
        seen=seen,
        cert_key=cert_keys.function(settings.cert_key),
        idle=services.idle,
        others=services.zones.others,
        lifetimes=Lifetimes(
            access=timedelta(seconds=settings.access_token_lifetime),
            refresh=timedelta(seconds=settings.refresh_token_lifetime),
        ),
    )


def topics(services: Services) -> Mapping[str, Deliver]:
    """What the worker does with each kind of message."""
    callbacks = RegisteredCallbacks(private=services.settings.allow_private_callbacks)
    return {
        **telling_clients.topics(services, callbacks),
        **account_work.topics(services),
        **account_organisations.topics(services),
    }


def jobs(services: Services, stopping: Callable[[], bool]) -> Sequence[Job]:
    """What the worker does again and again: at every turn, or at the pace a job names in seconds."""
    settings, database, state = services.settings, services.database, services.state
    known, audit_key = topics(services), services.vault.service_key("audit")
    kept, told = timedelta(days=settings.security_log_days), timedelta(days=settings.subject_changes_days)
    return (
        Job("counts", lambda: spool.drain(settings.home / "spool", database, spool.as_events)),
        Job("reads", lambda: spool.drain(settings.home / "reads", database, reads.keep), ROUND),
        Job("outbox", lambda: outbox.work(database, known, stopping)),
        Job("close", lambda: account_work.close_due(services), PURGE),
        Job("merges", lambda: account_merging.go_round(services, clock.now()), PURGE),
        Job("come_of_age", lambda: account_work.end_guardianships(services), PURGE),
        Job("staff", lambda: staff_rounds.go_round(services, stopping), ROUND),
        Job("levels", lambda: expiry.tell_in_time(database, clock.now()), HOUR),
        Job("seal", lambda: chain.seal(database, audit_key)),
        Job("purge_state", lambda: state.purge(clock.now()), PURGE),
        Job("purge_outbox", lambda: outbox.purge(database, clock.now()), PURGE),
        Job("purge_tokens", lambda: oauth_purging.purge(database, clock.now()), PURGE),
        Job("purge_reads", lambda: reads.purge(database, kept, clock.now()), PURGE),
        Job("purge_changes", lambda: successors.purge(database, told, clock.now()), PURGE),
        Job("purge_visits", lambda: waiting.purge(database, clock.now()), PURGE),
        Job("purge_sessions", lambda: session_purging.purge(database, clock.now()), PURGE),
        *account_organisations.jobs(services, stopping),
        *moving_in.jobs(services, stopping),
        *_watches(services),
        Job("purge_trail", lambda: retention.shorten(database, audit_key, kept, clock.now()), PURGE),
    )


def _watches(services: Services) -> Sequence[Job]:
    """Whether the authority still stands by the certificates that people have bound."""
    authority = services.extras.get("certificates")
    if authority is None:
        return ()
    look = partial(certificate_binding.look_again, services.database, authority)
    return (Job("certificates", lambda: look(clock.now()), PURGE),)


def init(settings: Settings) -> None:
    """Make a working provider in an empty folder: master key, schema, keys. Safe to repeat."""
    settings.home.mkdir(parents=True, exist_ok=True)
    if not settings.master_key.exists():
        create_master_key(settings.master_key)
    custody = MasterKeyFile(settings.master_key)
    database = Database(settings.database_url)
    migrate.upgrade(database, METADATA)
    now = clock.now()
    with database.writing() as db:
        vaults.ensure(db, custody, now)
        rotation.ensure(db, custody, now)
    database.dispose()


PRODUCT = Product(
    load=load, compose=compose, init=init, jobs=jobs, state_store=_state_store, metadata=METADATA
)


@click.group()
@click.version_option(package_name="yitong")
@click.pass_context
def main(context: click.Context) -> None:
    """One identity for every government service: run and look after a provider."""
    logs.configure()
    context.obj = Operation(PRODUCT)


for command in COMMANDS:
    main.add_command(command)

gc.enable()
gc.freeze()  # what was imported stays: no collection looks at it again, nor does the end of a process
