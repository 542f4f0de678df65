"""企业办事: what companies can do here, and doing one of these things in the name of one.

Nothing is done because somebody once came in as a company: each act is asked about at the moment it is done.
"""

import hmac
import secrets
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, abort, redirect, render_template, request, session
from werkzeug.wrappers import Response

from examples.city_portal.business_words import REFUSALS
from examples.city_portal.matters import BUREAUS, BusinessMatter, find
from examples.relying_party.language import UI_LOCALES, language_of
from examples.relying_party.levels import reaches
from examples.relying_party.mandates import Mandates, Verdict
from examples.relying_party.on_behalf import SWITCH, OnBehalf, asking_for, on_behalf
from examples.relying_party.portal import Portal

Page = str | Response | tuple[str, HTTPStatus]
LEVEL = "level"


@dataclass(frozen=True)
class Business:
    """The pages for companies."""

    portal: Portal
    mandates: Mandates

    def routes(self) -> Blueprint:
        """Make the blueprint."""
        routes = Blueprint("business", __name__)
        routes.get("/business")(self.overview)
        routes.get("/business/<code>/<action>")(self.look)
        routes.post("/business/<code>/<action>")(self.do)
        routes.get("/business/<code>/<action>/enter")(self.enter)
        return routes

    def overview(self) -> str:
        """What there is; anybody may look."""
        return render_template("business.html", bureaus=BUREAUS)

    def look(self, code: str, action: str) -> Page:
        """
        Show one matter to whoever may do it, or say why they may not.

        A letter or a picture code may link here and name the company by `organisation`.
        """
        matter, meant = _offered(code, action), request.args.get("organisation", "")
        if "person" not in session:
            return self._to_provider(matter, action, meant)
        company = on_behalf(session["person"])
        if company is None or meant not in ("", company.code):
            return render_template("business_enter.html", matter=matter, action=action, meant=meant)
        verdict = self._check(company, code, action)
        if _why_not(verdict) == LEVEL and "raised" not in request.args:
            return self._to_provider(matter, action, company.code, came_back="?raised")
        return _shown(matter, action, _why_not(verdict))

    def enter(self, code: str, action: str) -> Page:
        """Come in as the company that is meant, or as one of those one may act for."""
        matter, meant = _offered(code, action), request.args.get("organisation", "")
        return self._to_provider(matter, action, meant, prompt=SWITCH)

    def do(self, code: str, action: str) -> Page:
        """Do it, if at this very moment one may."""
        matter, company = _offered(code, action), on_behalf(session.get("person"))
        sent, kept = request.form.get("form_token", ""), session.get("form_token", "")
        if company is None or not hmac.compare_digest(sent.encode(), kept.encode()):
            return redirect(request.path, 303)
        because = _why_not(self._check(company, code, action, use=True))
        if because:
            return _shown(matter, action, because)
        reference = f"B{secrets.token_hex(4).upper()}"
        return render_template("business_done.html", matter=matter, action=action, reference=reference)

    def _check(self, company: OnBehalf, code: str, action: str, use: bool = False) -> Verdict:
        purpose = "submit" if use else "show"
        return self.mandates.check(company.person, company.code, code, action, purpose, use=use)

    def _to_provider(
        self, matter: BusinessMatter, action: str, meant: str, prompt: str = "", came_back: str = ""
    ) -> Response:
        """The provider judges mandate and level before it lets anybody come back (RFC 9396)."""
        session["back_to"] = f"/business/{matter.code}/{action}{came_back}"
        asked = asking_for(matter.code, action, meant)
        return self.portal.provider.send_to_sign_in(UI_LOCALES[language_of(request)], prompt=prompt, **asked)


def _offered(code: str, action: str) -> BusinessMatter:
    matter = find(code, action)
    if matter is None:
        abort(HTTPStatus.NOT_FOUND)
    return matter


def _shown(matter: BusinessMatter, action: str, because: str) -> Page:
    page = render_template("business_matter.html", matter=matter, action=action, because=because)
    return (page, HTTPStatus.FORBIDDEN) if because else page


def _why_not(verdict: Verdict) -> str:
    """Which sentence says it; nothing if there is nothing to say."""
    if not verdict.allowed:
        return verdict.reason if verdict.reason in REFUSALS else "other"
    return "" if reaches(session["person"], verdict.minimum_acr) else LEVEL
