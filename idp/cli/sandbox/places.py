"""Where the parts of the sandbox listen: loopback ports at fixed distances from a base."""

from dataclasses import dataclass

BASE = 8000
LOWEST = 1024
DISTANCES = {
    "the provider": 0,
    "its metrics": 1,
    "the simulated registries": 100,
    "the province": 200,
    "the city portal": 301,
    "the housing fund": 302,
    "the office of approvals": 303,
    "the office of the archive": 304,
    "the pension system (CAS)": 305,
    "the register of real estate": 306,
    "the property records (behind a proxy)": 307,
    "the directory of civil servants": 389,
}
"""How far from the base each part listens."""
FIRST_LENT = 32_768
"""From here on the system lends ports to outgoing connections, so a part could find its own one gone."""
HIGHEST = FIRST_LENT - 1 - max(DISTANCES.values())
"""The highest base that keeps every part below."""


@dataclass(frozen=True)
class Places:
    """Addresses of the parts."""

    base: int = BASE

    @property
    def provider(self) -> str:
        """The provider itself, by a name: browsers make no passkeys for a bare address."""
        return self._at("the provider").replace("127.0.0.1", "localhost")

    @property
    def metrics(self) -> str:
        """The provider's counters, for Prometheus."""
        return f"{self._at('its metrics')}/metrics"

    @property
    def simulator(self) -> str:
        """The exchange platform, its registries and the SMS inbox."""
        return self._at("the simulated registries")

    @property
    def registry_control(self) -> str:
        """Where faults are ordered."""
        return f"{self.simulator}/control"

    @property
    def sms_inbox(self) -> str:
        """Where text messages arrive."""
        return f"{self.simulator}/sms/inbox"

    @property
    def province(self) -> str:
        """The identity provider above the city."""
        return self._at("the province")

    @property
    def city_portal(self) -> str:
        """The first sample portal."""
        return self._at("the city portal")

    @property
    def housing_fund(self) -> str:
        """The second sample portal."""
        return self._at("the housing fund")

    @property
    def approvals(self) -> str:
        """The first department's system, for civil servants."""
        return self._at("the office of approvals")

    @property
    def archive(self) -> str:
        """The second department's."""
        return self._at("the office of the archive")

    @property
    def pension(self) -> str:
        """A department's system that speaks CAS."""
        return self._at("the pension system (CAS)")

    @property
    def property_records(self) -> str:
        """A department's system that knows no protocol; its proxy asks for it."""
        return self._at("the property records (behind a proxy)")

    @property
    def estate(self) -> str:
        """A department's system that speaks SAML."""
        return self._at("the register of real estate")

    @property
    def ports(self) -> dict[str, int]:
        """What needs which port."""
        return {part: self.base + distance for part, distance in DISTANCES.items()}

    def _at(self, part: str) -> str:
        return f"http://127.0.0.1:{self.ports[part]}"


def port_of(url: str) -> int:
    """The port in an address of ours."""
    return int(url.split("/")[2].rpartition(":")[2])
