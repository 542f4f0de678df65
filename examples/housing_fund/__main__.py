"""python -m examples.housing_fund --port 8302"""

import os

from examples.housing_fund.app import create_app
from examples.relying_party.server import serve
from examples.relying_party.settings import read

settings = read("examples.housing_fund", "住房公积金", 8302)
audience = os.environ.get("API_AUDIENCE", f"{settings.base_url}/api")
city_portal_url = os.environ.get("CITY_PORTAL_URL", "http://127.0.0.1:8301")
serve(create_app(settings, audience, city_portal_url), settings, "住房公积金")
