"""A Django system with django-cas-ng as its guide says; nothing of ours is known to it but an address."""

import os
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path


@login_required  # type: ignore[untyped-decorator]  # Django has no types
def desk(request: HttpRequest) -> HttpResponse:
    """Somebody's desk."""
    return HttpResponse(f"desk of {request.user.get_username()}")


def create_site(folder: Path, server: str) -> Any:
    """The site as a WSGI application; Django can be configured once in a process.

    Other tests of the process may have left a browser's event loop in this thread, which is none of Django's.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    settings.configure(
        SECRET_KEY="of this test",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "site.db")}},
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "django_cas_ng",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        AUTHENTICATION_BACKENDS=["django_cas_ng.backends.CASBackend"],
        LOGIN_URL="/accounts/login",
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        USE_TZ=True,
        LOGGING_CONFIG=None,
        CAS_SERVER_URL=server,
        CAS_VERSION="3",
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from django_cas_ng import views  # noqa: PLC0415 - its models need the settings above

    urlpatterns.extend([path("desk", desk), path("accounts/login", views.LoginView.as_view())])
    return get_wsgi_application()


urlpatterns: list[Any] = []
