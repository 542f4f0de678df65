"""The form fields of an identity document, as registration, recovery and verification ask for them."""

from typing import Any

from babel import Locale

from idp import clock
from idp.persons import claim as claims
from idp.persons.claim import OFFERED, Claim
from idp.persons.countries import BY_ALPHA3, CHINESE
from idp.persons.identifiers import MalformedNumber
from idp.web import forms
from idp.web.languages import LOCALES, of_request
from idp.web.request_scope import now


def choices() -> dict[str, Any]:
    """Kinds of documents in the order to offer, and countries by their names in the page's language."""
    names = Locale.parse(LOCALES[of_request()]).territories
    countries = [
        (country.alpha3, names.get(country.alpha2, country.alpha3))
        for country in BY_ALPHA3.values()
        if country.alpha3 not in CHINESE
    ]
    return {"kinds": list(OFFERED), "countries": sorted(countries, key=lambda pair: pair[1])}


def country_name(alpha3: str) -> str:
    """A country in the reader's language; its code where none is known."""
    known = BY_ALPHA3.get(alpha3)
    territories = Locale.parse(LOCALES[of_request()]).territories
    return str(territories.get(known.alpha2, alpha3)) if known else alpha3


def read(form: forms.Document) -> Claim | None:
    """The claim that was typed, or None with the reason at each field where something is wrong.

    The form's own rules are judged here too: a fault in one field hides none in another (WCAG 3.3.1).
    """
    form.validate()
    kind, country = form.kind.data or "", form.country.data or None
    if claims.lacks_country(kind, country):
        forms.refuse(form.country, "country_required")
    typed = (kind, form.number.data, form.name.data, country, clock.day(now()))
    for fault in claims.faults(*typed):
        if not isinstance(fault, MalformedNumber):
            forms.refuse_once(form.name, "name_malformed")
        elif not form.kind.errors:
            forms.refuse_once(form.number, fault.reason)
    return None if form.errors else claims.read(*typed)
