"""An application of a third party, as small as can be: it sends people off and keeps what comes back."""

import base64
import hashlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlencode, urlsplit


class RelyingParty:
    """A public client with a callback on its own port (RFC 8252 §7.3) and PKCE."""

    def __init__(self, issuer: str, client_id: str, port: int) -> None:
        self.redirect_uri = f"http://127.0.0.1:{port}/callback"
        self.answers: list[dict[str, str]] = []
        self._issuer, self._client_id = issuer, client_id
        self._verifier = secrets.token_urlsafe(48)

    @property
    def answer(self) -> dict[str, str]:
        """The latest answer."""
        return self.answers[-1]

    def request(self, **parameters: str) -> str:
        """Where to send a browser; parameters are added to those every request has."""
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self._verifier.encode()).digest())
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self.redirect_uri,
            "scope": "openid profile phone",
            "state": secrets.token_urlsafe(8),
            "nonce": secrets.token_urlsafe(8),
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{self._issuer}/oauth/authorize?{urlencode({**asked, **parameters})}"


@contextmanager
def listening(issuer: str, client_id: str) -> Iterator[RelyingParty]:
    """The application, answering on a port of its own."""

    class Callback(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            if url.path == "/callback":
                application.answers.append(dict(parse_qsl(url.query)))
            body = b"<!doctype html><html lang=en><title>arrived</title><h1>arrived</h1>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Codes travel in the query: say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
    application = RelyingParty(issuer, client_id, server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield application
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
