"""python -m examples.property: takes ISSUER, and where it is not at 8307 PORT and BASE_URL."""

import os
import signal

from werkzeug.serving import make_server

from examples.property.proxy import Proxy
from examples.property.site import create_site
from examples.relying_party.server import PathsOnly, leave

port = int(os.environ.get("PORT", "8307"))
base_url = os.environ.get("BASE_URL", f"http://127.0.0.1:{port}")
proxy = Proxy(create_site().wsgi_app, os.environ.get("ISSUER", "http://localhost:8000"), base_url)
signal.signal(signal.SIGTERM, leave)
print(f"property: {base_url}", flush=True)
make_server("127.0.0.1", port, proxy, threaded=True, request_handler=PathsOnly).serve_forever()
