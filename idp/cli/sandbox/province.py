"""The province of the sandbox: a simulated identity provider above the city, and who has an account there."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

from connectors.simulator import personas
from connectors.simulator.personas import Persona
from connectors.simulator.population import SEED
from connectors.simulator.registered import organisations
from federation.simulator import people, saml_routes
from federation.simulator.oidc_routes import LEVELS
from federation.simulator.people import Citizen, Firm
from federation.simulator.province import SANDBOX
from idp.cli.sandbox.places import Places

NAME = "province"
FILE = "province.json"
FOLDER = "province"
METADATA = "metadata.xml"


def citizens() -> Sequence[Citizen]:
    """People whom the city's registry knows too, and one whom it does not."""
    known = {one.key: one for one in personas.everybody(Random(SEED))}  # noqa: S311 - repeatable on purpose
    company = next(one for one in organisations() if one.key == "company-agents")
    firm = Firm(company.credit_code, company.name)
    unknown = {one.key: one for one in people.invented().all}
    return (
        _citizen(known["woman"], "省、市都有账号：证明一次，关联起来"),
        _citizen(known["unregistered-31"], "只有省级账号，三级"),
        _citizen(known["unregistered-32"], "只有省级账号，四级", level=4, aal=2),
        replace(_citizen(known["unregistered-33"], "由国家平台转来的账号"), national=True),
        replace(_citizen(known["owner"], "法人账号：还要以本人登录一次"), firm=firm),
        replace(unknown["nameless"], case="省级账号没有证件：以较低等级进入"),
        replace(unknown["resident"], case="本市人口库查无此人：转工作人员核实"),
    )


def write(folder: Path) -> Path:
    """The file from which the simulator reads its people."""
    path = folder / FILE
    path.write_text(people.written(citizens()))
    return path


def keep(home: Path, where: Places) -> Path:
    """The folder with the province's SAML key, and beside it the metadata for whoever docks by SAML."""
    folder = home / FOLDER
    described = saml_routes.metadata(where.province, saml_routes.kept(folder))
    (folder / METADATA).write_text(described)
    return folder


def settings(where: Places) -> dict[str, Any]:
    """The upstream as the city's settings have it."""
    return {
        "title": "省政务服务网",
        "title_en": "Provincial Services",
        "issuer": where.province,
        "client_id": SANDBOX.id,
        "client_secret": SANDBOX.secret,
        "claims": {"level": "trust_level"},
        "answers_within": 10,  # it runs beside everything else on one machine
        "trust": {
            "levels": {sign: level for level, sign in enumerate(LEVELS) if sign},
            "highest_level": 4,
            "highest_aal": 2,
            "national": True,
        },
    }


def as_told(where: Places) -> dict[str, Any]:
    """The entry of `sandbox.json`."""
    shown = ("key", "case", "name", "number", "phone", "level")
    return {
        "issuer": where.province,
        "control": f"{where.province}/control",
        "saml_metadata": f"{where.province}/saml/metadata",
        "people": [{name: people.shown(one)[name] for name in shown} for one in citizens()],
    }


def _citizen(persona: Persona, case: str, *, level: int = 3, aal: int = 1) -> Citizen:
    return Citizen(
        persona.key, case, persona.name, persona.kind, persona.number, persona.phone, level=level, aal=aal
    )
