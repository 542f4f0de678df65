"""A department's own machine: take a token in its own name, and ask the provider what a token is worth.

ISSUER=… CLIENT_ID=… CLIENT_SECRET=… python -m examples.api_client
"""

import json
import os

from authlib.integrations.requests_client import OAuth2Session


def token_and_its_worth(issuer: str, client_id: str, client_secret: str) -> dict[str, object]:
    """Take a token by client credentials (RFC 6749 §4.4) and introspect it (RFC 7662)."""
    with OAuth2Session(client_id, client_secret, default_timeout=5) as machine:
        configuration = machine.get(f"{issuer}/.well-known/openid-configuration", withhold_token=True).json()
        token = machine.fetch_token(configuration["token_endpoint"], grant_type="client_credentials")
        answer = machine.introspect_token(configuration["introspection_endpoint"], token["access_token"])
        return dict(answer.json())


if __name__ == "__main__":
    worth = token_and_its_worth(os.environ["ISSUER"], os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"])
    print(json.dumps(worth, indent=2))
