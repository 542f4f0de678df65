"""The part of a form in which matters are looked for and ticked; what is ticked stays wherever one looks."""

import re

from wtforms import IntegerField, SelectMultipleField, StringField

from idp.account.enterprises import picking
from idp.account.enterprises.choices import Choices
from idp.account.enterprises.picking import MOST_SOUGHT, Looking, Picking
from idp.authenticators import throttle
from idp.services import current
from idp.web import forms

PAGE = re.compile("[1-9][0-9]{0,3}")


def as_sought(typed: str | None) -> str:
    """As much of what was typed as is looked for."""
    return (typed or "")[:MOST_SOUGHT]


class Seeking(forms.Fields):
    """The boxes, the words, and what was looked at when the page was drawn."""

    group = SelectMultipleField(validate_choice=False)
    matter = SelectMultipleField(validate_choice=False)
    q = StringField(filters=[forms.trimmed, as_sought])
    """Which matters are sought."""
    sought = StringField(filters=[forms.trimmed, as_sought])
    """Which were sought when the page was drawn."""
    at = StringField()
    """Which group was open then."""
    page = IntegerField(default=1)
    """Which page of it, or of what was found."""
    kept = StringField()
    """Codes of matters that are ticked and had no box then."""
    find = StringField()
    """Pressed to look for matters: `yes`, `all`, `at:` with a group or `page:` with its number."""

    def only_seeks(self) -> bool:
        """Whether the form was sent to look for matters; an empty box sends it on, as Enter anywhere does."""
        how, _, what = (self.find.data or "").partition(":")
        if how == "page":
            self.q.data, self.page.data = self.sought.data, int(what) if PAGE.fullmatch(what) else 1
            return True
        if how:
            self.at.data, self.page.data = what, 1
        if how in {"all", "at"}:
            self.q.data = ""
            return True
        return bool(how and (self.q.data or self.sought.data))

    def named(self) -> frozenset[str]:
        """The matters that are ticked, with or without a box on the page."""
        return frozenset(self.matter.data or ()) | frozenset((self.kept.data or "").split())

    def picking(self, choices: Choices) -> Picking:
        """The boxes that the page draws of these."""
        looking = Looking(self.q.data or "", self.at.data or "", self.page.data or 1)
        return picking.pick(choices, self.group.data or (), self.named(), looking)

    def paced(self, seeker: str) -> tuple[str, int]:
        """
        Count a search for words; what its page says, and its status. One too many this minute finds nothing.

        Opening a group or turning its pages costs what the page itself does, and is not counted: an office
        has one address for all its desks.
        """
        if not self.q.data or throttle.pace(current().state, seeker, "matters", current().limits) is None:
            return "", 200
        self.q.data = ""
        return "throttled", 429
