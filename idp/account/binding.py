"""What binds a form to one browser: a cookie limited to the form's path, and tokens made for it."""

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from idp.crypto.handles import new_handle
from idp.services import current
from idp.web import csrf
from idp.web.session_cookie import HANDLE


@dataclass(frozen=True)
class Binding:
    """The cookie of what lives at `/name`, and the tokens of its forms."""

    name: str

    @property
    def path(self) -> str:
        """Where it lives."""
        return f"/{self.name}"

    @property
    def cookie(self) -> str:
        """Named as the session's, so that prefixes and ports are right."""
        return current().cookies.session_name.replace("session", self.name).replace("__Host-", "__Secure-")

    @property
    def handle(self) -> str | None:
        """The handle this browser sent, if it has the form of one."""
        value = request.cookies.get(self.cookie, "")
        return value if HANDLE.fullmatch(value) else None

    def begin(self) -> str:
        """A handle for the first form's token: what the browser has, or a new one."""
        return self.handle or new_handle()

    def keep(self, response: Response, handle: str) -> Response:
        """Bind this handle to the browser."""
        response.set_cookie(
            self.cookie,
            handle,
            path=self.path,
            secure=current().cookies.secure,
            httponly=True,
            samesite="Lax",
        )
        return response

    def forget(self, response: Response) -> Response:
        """Take the cookie away."""
        response.delete_cookie(
            self.cookie, path=self.path, secure=current().cookies.secure, httponly=True, samesite="Lax"
        )
        return response

    def token(self, handle: str, step: str) -> str:
        """The token of a step's form."""
        return csrf.form_token(current().csrf_key, handle, f"{self.name}.{step}")

    def token_fits(self, handle: str | None, step: str) -> bool:
        """Whether the posted form was shown to this browser at this step."""
        token = request.form.get("csrf_token")
        return handle is not None and csrf.token_matches(
            token, current().csrf_key, handle, f"{self.name}.{step}"
        )
