"""An upstream that speaks a dialect: plays what its profile says, and knows nothing of any province."""

from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode, urlsplit

from federation import calls, profiles, telling
from federation.answers import Answer, at
from federation.calls import No
from federation.line import Line, NoAnswer
from federation.placeholders import fill, fill_all
from federation.profile import Call, Flow, Profile
from idp.crypto.handles import new_handle, same
from idp.interaction.upstream import AssertedIdentity, Begun, Habits, NotLeft, Reason, Refused, Wanted
from idp.settings_upstreams import UpstreamTable

LONGEST_TICKET = 2048
SILENT, FRESH = "silent", "fresh"
PERSON, ORGANISATION = "person", "organisation"


def create(name: str, table: UpstreamTable) -> "Dialect":
    """The upstream of this name; raises ValueError where its table lacks what the profile needs."""
    profile = profiles.read(table.profile)
    needed = {"options": (profile.options, table.options), "secrets": (profile.secrets, table.secrets)}
    for key, (wanted, given) in needed.items():
        if missing := sorted(set(wanted) - {one for one, value in given.items() if value}):
            raise ValueError(f"upstreams.{name}.{key}: {table.profile} needs {', '.join(missing)}")
    if not table.client_secret:
        raise ValueError(f"upstreams.{name}.client_secret: the upstream issued one when we registered")
    return Dialect(name, table, profile, Line(name, ca_file=table.ca_file))


class Dialect:
    """One upstream of a profile; `endpoints.back_end` is for one that machines reach at another address."""

    def __init__(self, name: str, table: UpstreamTable, profile: Profile, line: Line) -> None:
        self._name = name
        self._profile = profile
        self._table = _with_its_words(table, profile)
        self._line = line
        self._pages = table.issuer.rstrip("/")
        self._back_end = table.endpoints.get("back_end", table.issuer).rstrip("/")
        self._issued = {
            **table.options,
            **table.secrets,
            "client_id": table.client_id,
            "client_secret": table.client_secret,
        }

    @property
    def name(self) -> str:
        return self._name

    @property
    def is_down(self) -> bool:
        """Whether it is left alone for now because it was out of order."""
        return self._line.is_down

    @property
    def habits(self) -> Habits:
        """As its profile says."""
        begin, leave = self._profile.person.begin, self._profile.leave
        return Habits(
            page=f"{self._pages}{fill(begin.path, self._issued)}",
            asks_anew=begin.fresh is not None,
            signs_organisations_in=self._profile.organisation is not None,
            leaves_by_call=leave is not None and leave.by != "browser",
            leaves_with_state=leave is not None and leave.state == "address",
        )

    def begin(self, wanted: Wanted, now: datetime) -> Begun | Refused:
        """Its login page, with a state of our own: beside our address, or inside it."""
        way = ORGANISATION if wanted.organisation and self._profile.organisation else PERSON
        flow, state = self._flow(way), new_handle()
        more: dict[str, str] = {}
        for asked, extra, word in (
            (wanted.silent, flow.begin.silent, SILENT),
            (wanted.fresh, flow.begin.fresh, FRESH),
        ):
            if asked and extra is None:
                return Refused(Reason.DECLINED, word)
            more |= (extra or {}) if asked else {}
        back = _with_state(wanted.back, state) if flow.begin.state == "address" else wanted.back
        values = {**self._issued, **calls.moment(now), "state": state, "back": back}
        asked_for = fill_all({**flow.begin.query, **more}, values)
        return Begun(
            f"{self._pages}{fill(flow.begin.path, values)}?{urlencode(asked_for)}",
            {"state": state, "back": back, "way": way},
        )

    def finish(
        self, kept: Mapping[str, str], received: Mapping[str, str], now: datetime
    ) -> AssertedIdentity | Refused:
        """Exchange the ticket of this browser's own visit, once, and read whom it stands for."""
        state, flow = kept.get("state", ""), self._flow(kept.get("way", PERSON))
        if not state or not same(state, received.get("state", "")):
            return Refused(Reason.UNBELIEVED, "state")
        if word := received.get(flow.returns.error, ""):
            return calls.refused(word, self._profile.errors)
        ticket = received.get(flow.returns.ticket, "")
        if not ticket or len(ticket) > LONGEST_TICKET:
            return Refused(Reason.DECLINED, "ticket")
        try:
            return self._exchanged(flow, {**self._issued, **kept, "ticket": ticket}, now)
        except No as no:
            return no.refused
        except NoAnswer as fault:
            return Refused(Reason.UNAVAILABLE, fault.reason.value)

    def leave(self, kept: Mapping[str, str], back: str) -> str | NotLeft:
        """Its logout page, or what became of a call of ours."""
        leaving = self._profile.leave
        if leaving is None:
            return NotLeft.NO_SERVICE
        values = {**self._issued, **kept, "back": back}
        if leaving.by == "browser":
            return f"{self._pages}{leaving.path}?{urlencode(fill_all(leaving.query, values))}"
        if not all(name in kept for name in self._profile.person.keeps):
            return NotLeft.NO_SERVICE
        sent = urlencode(fill_all(leaving.form, values)).encode()
        try:
            said = self._line.post(
                f"{self._back_end}{leaving.path}", sent, {"Content-Type": calls.FORM}, self._line.deadline()
            )
        except NoAnswer:
            return NotLeft.UNREACHED
        return NotLeft.ENDED if said.status < 400 else NotLeft.UNREACHED

    def _flow(self, way: str) -> Flow:
        flow = self._profile.organisation if way == ORGANISATION else None
        return flow or self._profile.person

    def _exchanged(self, flow: Flow, values: dict[str, str], now: datetime) -> AssertedIdentity | Refused:
        deadline, answer = self._line.deadline(), Answer({})
        for call in flow.calls:
            answer = calls.play(call, self._back_end, values, self._profile.errors, self._line, deadline, now)
            values |= _taken(call, answer)
        kept = {name: values[name] for name in flow.keeps}
        return telling.identity(self._name, self._profile, self._table, flow.tells, answer, now, kept)


def _taken(call: Call, answer: Answer) -> dict[str, str]:
    return {name: at(answer, path) for name, path in call.takes.items()}


def _with_state(address: str, state: str) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode({'state': state})}"


def _with_its_words(table: UpstreamTable, profile: Profile) -> UpstreamTable:
    """The table with the profile's levels, unless the settings judge them otherwise."""
    levels = dict(table.trust.levels or profile.levels.person)
    return table.model_copy(update={"trust": table.trust.model_copy(update={"levels": levels})})
