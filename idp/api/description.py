"""`GET /api/v1/openapi.json`: every route of the API with what it is sent and answers (OpenAPI 3.1).

`OPERATIONS` is the one list; models and examples come from the code that reads the requests, and a test holds
the list against the routes there are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask import Blueprint, Response, json
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from idp.api import (
    asking,
    certificates,
    mandates,
    old_users,
    own_mandates,
    passkeys,
    pictures,
    recoveries,
    subject_changes,
    verifications,
)
from idp.api.asking import Finished, Problem, Status
from idp.api.devices import HEADER
from idp.clients.scopes import MANDATE_MANAGEMENT, SUBJECT_CHANGES

bp = Blueprint("api_description", __name__, url_prefix="/api/v1")
SCHEMAS = "#/components/schemas/{model}"
PLACES: Mapping[str, dict[str, Any]] = {
    "sign_in": {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"},
    "code": {"type": "string", "pattern": "^[0-9A-Z]{18}$"},
    "mandate": {"type": "string", "format": "uuid"},
}
PROBLEMS = {
    "400": "What was sent is malformed; `code` says what.",
    "401": "No token, or none of ours.",
    "403": "Refused; `code` says why.",
    "404": "No such thing of this client.",
    "409": "Something else is due, or it is over.",
    "429": "Too often; wait as long as Retry-After says.",
    "503": "Try again; nothing was done.",
}


@dataclass(frozen=True)
class Operation:
    """One route."""

    method: str
    path: str
    summary: str
    scope: str | None
    """None: no token."""
    sent: type[BaseModel] | None = None
    answered: type[BaseModel] | None = None
    at_device: bool = False
    queried: type[BaseModel] | None = None
    """What may stand in the address."""


def _step(path: str, summary: str, sent: type[BaseModel], answered: type[BaseModel] = Status) -> Operation:
    return Operation("post", f"/sign-ins/{{sign_in}}{path}", summary, "sign_in_api", sent, answered, True)


def _own(method: str, path: str, summary: str, sent: type[BaseModel] | None = None) -> Operation:
    return Operation(method, f"/me{path}", summary, MANDATE_MANAGEMENT, sent)


OPERATIONS = (
    Operation("post", "/sign-ins", "Begin a sign-in at a device.", "sign_in_api", asking.Begin, Status),
    _step("", "Where it stands.", asking.Nothing),
    _step("/password", "Judge a login and a password.", asking.Password),
    _step("/code", "Send a code to a phone.", asking.Send),
    _step("/code/check", "Judge a code.", asking.Code),
    _step("/totp", "Confirm with an authenticator app's code.", asking.Code),
    _step("/recovery-code", "Confirm with a printed code.", asking.RecoveryCode),
    _step("/passkey/options", "What a passkey shall sign.", asking.Nothing, passkeys.PasskeyAsked),
    _step("/passkey", "Judge a passkey's answer.", passkeys.Credential),
    _step("/qr", "Show a picture to a phone.", asking.Nothing, pictures.PictureAsked),
    _step("/qr/state", "What became of the picture.", asking.Nothing, pictures.PictureAsked),
    _step(
        "/certificate/text", "What a certificate shall sign.", asking.Nothing, certificates.CertificateAsked
    ),
    _step("/certificate", "Judge a certificate's signature.", certificates.SignedText),
    _step("/capacity", "As oneself, or for which organisation.", asking.Capacity),
    _step("/identity", "Have oneself verified, for a higher level.", asking.Identity),
    _step("/agreement", "Yes or no to the notice or consent.", asking.Decision),
    _step("/finish", "The authorization code.", asking.Nothing, Finished),
    _step("/registration", "Begin to register: send a code.", asking.Send),
    _step("/registration/code", "Judge the code.", asking.Code),
    _step("/registration/identity", "Who the person is.", asking.Applicant),
    _step("/registration/password", "The first password.", asking.NewPassword),
    _step("/recovery", "A forgotten password: send a code.", asking.Send),
    _step("/recovery/code", "Judge the code.", asking.Code),
    _step("/recovery/identity", "Whose account it is.", asking.Identity),
    _step("/recovery/password", "The new password.", recoveries.AnotherPassword),
    _step("/recovery/without-phone", "By a code that is left.", recoveries.WithoutPhone),
    _step("/recovery/slip", "By a window's slip.", recoveries.Slip),
    Operation("get", "/texts", "What an applicant must agree to.", "sign_in_api"),
    Operation("post", "/mandates/check", "May this person do this?", "mandates", mandates.Question),
    Operation("post", "/mandates/organisations", "For whom may they act?", "mandates", mandates.Whose),
    _own("get", "/organisations", "For whom the person acts."),
    _own("get", "/invitations", "What is offered to them."),
    _own("post", "/invitations/{mandate}", "Accept or decline.", own_mandates.Answer),
    _own("get", "/organisations/{code}/mandates", "Who acts for an organisation of theirs."),
    _own("post", "/organisations/{code}/mandates", "Invite somebody.", own_mandates.Invitation),
    _own("post", "/mandates/{mandate}/end", "Give back, end, or take back.", asking.Nothing),
    Operation("post", "/old-users/subjects", "Subjects of old users.", "old_users", old_users.Users),
    Operation(
        "get",
        "/subjects/changes",
        "Which of your subjects were joined, parted or split.",
        SUBJECT_CHANGES,
        answered=subject_changes.Changes,
        queried=subject_changes.Since,
    ),
    Operation(
        "post", "/verifications/persons", "Is this a person?", "verification", verifications.PersonAsked
    ),
    Operation(
        "post",
        "/verifications/organisations",
        "Is this an organisation?",
        "verification",
        verifications.OrganisationAsked,
    ),
    Operation(
        "post",
        "/statements",
        "A signed statement about who is signed in.",
        "verification",
        verifications.StatementAsked,
    ),
    Operation("post", "/window/assertions", "A card reader's assertion, signed by itself.", None),
    Operation("get", "/openapi.json", "This document.", None),
)


@bp.get("/openapi.json")
def openapi() -> Response:
    """The description; it is public, and the same for everybody."""
    return Response(json.dumps(document()), mimetype="application/json")


@cache
def document() -> Mapping[str, Any]:
    """The whole of it."""
    both = ((one.sent, one.answered) for one in OPERATIONS)
    models: list[type[BaseModel]] = [Problem, *(model for pair in both for model in pair if model)]
    _, schemas = models_json_schema(
        [(model, "validation") for model in dict.fromkeys(models)], ref_template=SCHEMAS
    )
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(f"/api/v1{operation.path}", {})[operation.method] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "一通 Yitong",
            "version": "1",
            "description": "Tokens are the client's own (grant_type=client_credentials), with the scope that "
            f"each operation names; {SUBJECT_CHANGES} needs no approval, but must be asked for.",
        },
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "client": {
                    "type": "oauth2",
                    "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": _scopes()}},
                },
                "person": {
                    "type": "oauth2",
                    "flows": {
                        "authorizationCode": {
                            "authorizationUrl": "/oauth/authorize",
                            "tokenUrl": "/oauth/token",
                            "scopes": {MANDATE_MANAGEMENT: ""},
                        }
                    },
                },
            },
        },
    }


def _described(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "summary": operation.summary,
        "operationId": "_".join([operation.method, *re.findall(r"\w+", operation.path)]),
        "responses": {"200": _content("Done.", operation.answered, "application/json")}
        | {
            code: _content(words, Problem, "application/problem+json")
            for code, words in PROBLEMS.items()
            if operation.path != "/openapi.json"
        },
    }
    if operation.path.startswith("/window"):
        told["responses"]["202"] = _content("It waits for its operator.", None, "application/json")
    if operation.scope is not None:
        by = "person" if operation.scope == MANDATE_MANAGEMENT else "client"
        told["security"] = [{by: [operation.scope]}]
    if operation.sent is not None:
        told["requestBody"] = {"required": True} | _content("", operation.sent, "application/json")
    if parameters := _parameters(operation):
        told["parameters"] = parameters
    return told


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    named = re.findall(r"\{(\w+)\}", operation.path)
    found = [{"name": one, "in": "path", "required": True, "schema": PLACES[one]} for one in named]
    if operation.at_device:
        found.append({"name": HEADER, "in": "header", "required": True, "schema": PLACES["sign_in"]})
    if operation.queried is not None:
        fields = operation.queried.model_json_schema()["properties"]
        found += [{"name": name, "in": "query", "schema": schema} for name, schema in fields.items()]
    return found


def _content(words: str, model: type[BaseModel] | None, kind: str) -> dict[str, Any]:
    schema = {"$ref": SCHEMAS.format(model=model.__name__)} if model else {"type": "object"}
    described = {"description": words} if words else {}
    return described | {"content": {kind: {"schema": schema}}}


def _scopes() -> dict[str, str]:
    named = {operation.scope for operation in OPERATIONS if operation.scope} - {MANDATE_MANAGEMENT}
    return dict.fromkeys(sorted(named), "")
