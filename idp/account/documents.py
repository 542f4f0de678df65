"""The form fields of an identity document, as registration, recovery and verification ask for them."""

from typing import Any

from babel import Locale

from idp import clock
from idp.persons import claim as claims
from idp.persons.claim import OFFERED, Claim
from idp.persons.countries import BY_ALPHA3, CHINESE
from idp.persons.identifiers import DocumentType, MalformedNumber
from idp.persons.names import MalformedName
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


def read(form: forms.Document) -> Claim | None:
    """The claim that was typed, or None with the reason at the field where it went wrong."""
    country = form.country.data or None
    if form.kind.data == DocumentType.FOREIGN_PASSPORT and country not in BY_ALPHA3:
        forms.refuse(form.country, "country_required")
        return None
    try:
        return claims.read(form.kind.data, form.number.data, form.name.data, country, clock.day(now()))
    except MalformedNumber as fault:
        forms.refuse(form.number, fault.reason)
    except MalformedName:
        forms.refuse(form.name, "name_malformed")
    return None
