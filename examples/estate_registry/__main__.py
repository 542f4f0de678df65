"""python -m examples.estate_registry: serve it on 8306, with a key of its own and the provider's metadata.

IDP_METADATA is the address of the provider's metadata, which is fetched when first needed and every hour; KEY
and CERTIFICATE are PEM files. `/saml/metadata` is what the provider registers it by:
  idp clients create --saml-metadata estate.xml --name 不动产登记 --scope "openid profile" --class government
"""

import os
from pathlib import Path

import requests

from examples.estate_registry.app import create_app
from examples.estate_registry.saml import Own, kept
from examples.relying_party.server import serve
from examples.relying_party.settings import PortalSettings

PORT = int(os.environ.get("PORT", "8306"))
URL = os.environ.get("BASE_URL", f"http://127.0.0.1:{PORT}")
METADATA = os.environ.get("IDP_METADATA", "http://localhost:8000/saml/metadata")

own = Own(URL, Path(os.environ["KEY"]).read_bytes(), Path(os.environ["CERTIFICATE"]).read_bytes())
provider = kept(lambda: requests.get(METADATA, timeout=10).content)
settings = PortalSettings(METADATA.removesuffix("/saml/metadata"), own.entity_id, "", "127.0.0.1", PORT, URL)
serve(create_app(own, provider, settings.issuer), settings, "不动产登记")
