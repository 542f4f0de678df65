"""python -m examples.pension: takes CAS_URL, and where it is not at 8305 PORT and BASE_URL."""

import os
import signal

from werkzeug.serving import make_server

from examples.pension.app import create_app
from examples.relying_party.server import PathsOnly, leave

port = int(os.environ.get("PORT", "8305"))
base_url = os.environ.get("BASE_URL", f"http://127.0.0.1:{port}")
app = create_app(os.environ.get("CAS_URL", "http://localhost:8000/cas"), base_url)
signal.signal(signal.SIGTERM, leave)
print(f"pension: {base_url}", flush=True)
make_server("127.0.0.1", port, app, threaded=True, request_handler=PathsOnly).serve_forever()
