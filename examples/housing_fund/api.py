"""The fund's own API: the account of whoever the access token speaks for, and applying for money from it."""

from datetime import UTC, datetime
from hashlib import sha256

import requests
from flask import Blueprint, Response, jsonify, request

from examples.housing_fund.access_tokens import Gate, Refused
from examples.housing_fund.accounts import account_of

WITHDRAWAL_AAL = 2
WITHDRAWAL_MAX_AGE = 900  # seconds


def api_routes(gate: Gate) -> Blueprint:
    api = Blueprint("api", __name__, url_prefix="/api")

    @api.get("/balance")
    def balance() -> Response:
        bearer = gate.admit(request.headers.get("Authorization", ""))
        account = account_of(bearer.sub, datetime.now(UTC).date())
        return jsonify(
            account=account.number,
            currency="CNY",
            balance=str(account.balance),
            rate_percent=account.rate_percent,
            deposits=[
                {"month": deposit.month, "amount": str(deposit.amount)} for deposit in account.deposits
            ],
        )

    @api.post("/withdrawals")
    def withdraw() -> tuple[Response, int]:
        """Take an application; it moves money, so it takes two ways of proving oneself, and lately."""
        strict = gate.stricter(WITHDRAWAL_AAL, WITHDRAWAL_MAX_AGE)
        bearer = strict.admit(request.headers.get("Authorization", ""))
        application = request.get_json()
        number = sha256(f"{bearer.sub}|{application}".encode()).hexdigest()[:8].upper()
        return jsonify(reference=f"W{number}", amount=application["amount"]), 201

    @api.errorhandler(Refused)
    def refuse(refused: Refused) -> Response:
        answer = jsonify(error=refused.error, error_description=refused.description, **refused.details())
        answer.status_code = refused.status
        answer.headers["WWW-Authenticate"] = refused.challenge()
        return answer

    @api.errorhandler(requests.RequestException)
    def cannot_tell(_error: requests.RequestException) -> tuple[Response, int]:
        """Without the provider's keys no token can be judged: neither let in nor called a fraud."""
        return jsonify(error="temporarily_unavailable"), 503

    return api
