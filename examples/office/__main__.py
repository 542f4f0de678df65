"""python -m examples.office: both systems side by side in one process, each with settings of its own.

Each takes CLIENT_ID and CLIENT_SECRET behind a prefix of its own (APPROVALS_CLIENT_ID, ARCHIVE_CLIENT_ID, …),
and where they are not at 8303 and 8304 PORT and BASE_URL as well.
"""

from examples.office.app import create_app
from examples.office.work import APPROVALS, ARCHIVE
from examples.relying_party.server import Served, serve_together
from examples.relying_party.settings import read

approvals, archive = (
    read("examples.office", system.name, port, [], prefix=f"{system.key.upper()}_")
    for system, port in ((APPROVALS, 8303), (ARCHIVE, 8304))
)
serve_together(
    Served(create_app(approvals, APPROVALS, archive.base_url), approvals, APPROVALS.name),
    Served(create_app(archive, ARCHIVE, approvals.base_url), archive, ARCHIVE.name),
)
