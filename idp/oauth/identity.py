"""What an application is told of whom it let in, the same whichever protocol carries it.

Userinfo says it in JSON, SAML in attributes, CAS in XML, forward-auth in a signed header. `admit` writes down
the yes the way the redemption of a code does, so that ending anything ends it for every protocol alike.
"""

import json
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from idp.assurance import Level
from idp.clients.metadata import Client
from idp.clients.scopes import CERT_KEY, IDENTITY_DOCUMENT, STAFF
from idp.interaction.record import Facts, OnBehalf
from idp.oauth import acting, cert_keys, claims, id_tokens, liveness, redemption, subjects
from idp.oauth.acting import Authority
from idp.oauth.checks import details
from idp.oauth.claims import Claims
from idp.oauth.collaborators import OAuth
from idp.oauth.records import AuthorizationCode
from idp.oauth.redemption import Beside
from idp.storage.base import new_id


def yes(
    oauth: OAuth,
    client: Client,
    scopes: frozenset[str],
    on_behalf: OnBehalf | None,
    facts: Facts,
    now: datetime,
    *,
    redirect_uri: str,
    nonce: str | None = None,
    challenge: str | None = None,
) -> AuthorizationCode:
    """The recorded yes of a met demand, not yet written: exactly this person, client and capacity."""
    sector, whom = client.sector, facts.acting
    person_sub = facts.sub or subjects.ensure(oauth.prepared, sector, facts.person_id, now)
    granted = details.granted(on_behalf, whom.code if whom else None)
    return AuthorizationCode(
        authorization_id=new_id(),
        client_id=client.id,
        redirect_uri=redirect_uri,
        scopes=scopes & facts.consented,
        nonce=nonce,
        challenge=challenge,
        person_id=facts.person_id,
        session_id=facts.session_id,
        sub=oauth.organisations.sub(sector, whom, now) if whom else person_sub,
        authenticated_at=facts.authenticated_at,
        ial=facts.reached.ial,
        aal=facts.reached.aal,
        amr=facts.amr,
        issued_at=now,
        realm=facts.realm,
        acting=whom,
        act_sub=person_sub if whom else None,
        details=details.written(granted) if granted else "",
    )


def admit(
    oauth: OAuth, client: Client, given: AuthorizationCode, now: datetime, beside: Beside | None = None
) -> Claims | None:
    """
    Write the yes and the participant down and tell who came; None when session or mandate are gone.

    `beside` is a protocol's own row, written in the same moment.
    """
    if redemption.redeem(oauth, given, refreshing=False, now=now, beside=beside) is None:
        return None
    return told(oauth, client, given, now)


def told(oauth: OAuth, client: Client, given: AuthorizationCode, now: datetime) -> Claims | None:
    """What `known` says, noted as read for the person to see."""
    said = known(oauth, client, given, now)
    if said is not None:
        oauth.read(given.authorization_id, given.scopes & client.scopes, now)
    return said


def known(oauth: OAuth, client: Client, given: AuthorizationCode, now: datetime) -> Claims | None:
    """Everything an application of any protocol may know of an authorization that is alive; else None.

    Names and shapes are those of ID token and userinfo together, `sid` as this client knows the session.
    """
    scopes = given.scopes & client.scopes
    said = of(oauth, given.authorization_id, client.id, "", scopes, given.aal, given.acting is not None, now)
    if said is None:
        return None
    said |= {
        "sub": given.sub,
        "auth_time": int(given.authenticated_at.timestamp()),
        "amr": sorted(given.amr),
        "sid": id_tokens.session_name(oauth.vault, given.session_id, client.id),
    }
    return said | ({"authorization_details": json.loads(given.details)} if given.details else {})


def of(
    oauth: OAuth,
    authorization_id: UUID,
    client_id: str,
    jti: str,
    scopes: Collection[str],
    aal: int,
    acts: bool,
    now: datetime,
) -> Claims | None:
    """Levels and claims behind a living authorization, by one read; None when it is dead.

    Where the person `acts` for an organisation, what is told of them stands under `act`.
    """
    with_document = not {IDENTITY_DOCUMENT, CERT_KEY}.isdisjoint(scopes)
    found = liveness.known_if_alive(
        oauth.prepared, authorization_id, client_id, jti, now, acts=acts, with_document=with_document
    )
    if found is None:
        return None
    known, authority = found
    reached = Level(known.evidence.level if known.evidence else 0, aal)
    said = claims.of_levels(reached) | claims.of_realm(known.realm)
    of_person = claims.of_person(oauth.vault, known, scopes)
    if CERT_KEY in scopes:
        of_person |= cert_keys.told(oauth, known, now)
    said |= of_person if authority is None else _for_another(authority, of_person)
    if STAFF in scopes:
        said |= claims.of_post(liveness.post_of(oauth.prepared, known.person_id))
    return said


def _for_another(found: Authority, of_person: Claims) -> Claims:
    """`sub` is the organisation, so what is told of the person stands under `act`."""
    said = acting.claims(found.on_behalf, None)
    said["act"] |= of_person
    said["verified_claims"] = {
        "verification": {"trust_framework": claims.TRUST_FRAMEWORK},
        "claims": {"authority": acting.authority_of(found)},
    }
    return said
