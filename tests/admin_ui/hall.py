"""Companies and people for the pages of operators: a town below a console, all of it in one county."""

import io
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from admin_ui.models import Role
from idp.organisations import synthetic
from tests.admin_ui.stage import HERE, Console, Visitor
from tests.idp.account.enterprises.firm import Town, town_of

PDF = b"%PDF-1.7 a letter with a seal"
PNG = b"\x89PNG\r\n\x1a\n a picture of a certificate"


@dataclass
class Hall:
    """A console, and the companies of the county that its operators serve."""

    console: Console
    town: Town
    companies: int = 100

    def company(self, representative: int | None = 1, division: str = HERE, **changes: Any) -> UUID:
        """A live company of this division."""
        self.companies += 1
        code = synthetic.credit_code(self.companies, division=division)
        values = {"credit_code": code, "organisation_code": code[8:17], "division": division, **changes}
        return self.town.company(representative, **values)

    def code(self, company: UUID) -> str:
        return self.town.organisation(company).credit_code

    def operator(self, division: str = HERE, role: Role = Role.OPERATOR) -> Visitor:
        """The browser of a new operator who has just proven themselves."""
        return self.console.as_role(role, division)


def hall_of(console: Console) -> Hall:
    """The town of a console."""
    return Hall(console, town_of(console.stage))


def file(content: bytes, name: str = "letter.pdf") -> Any:
    """A file as a form sends it."""
    return (io.BytesIO(content), name)
