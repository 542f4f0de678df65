"""python -m examples.city_portal --port 8301"""

import os

from examples.city_portal.app import create_app
from examples.relying_party.server import serve
from examples.relying_party.settings import read

settings = read("examples.city_portal", "市民门户", 8301)
serve(create_app(settings, os.environ.get("HOUSING_FUND_URL", "http://127.0.0.1:8302")), settings, "市民门户")
