"""Where the parts of the sandbox listen: loopback ports at fixed distances from a base."""

from dataclasses import dataclass

BASE = 8000
HIGHEST = 65_000


@dataclass(frozen=True)
class Places:
    """Addresses of the parts."""

    base: int = BASE

    @property
    def provider(self) -> str:
        """The provider itself."""
        return self._at(0)

    @property
    def metrics(self) -> str:
        """The provider's counters, for Prometheus."""
        return f"{self._at(1)}/metrics"

    @property
    def simulator(self) -> str:
        """The exchange platform, its registries and the SMS inbox."""
        return self._at(100)

    @property
    def registry_control(self) -> str:
        """Where faults are ordered."""
        return f"{self.simulator}/control"

    @property
    def sms_inbox(self) -> str:
        """Where text messages arrive."""
        return f"{self.simulator}/sms/inbox"

    @property
    def city_portal(self) -> str:
        """The first sample portal."""
        return self._at(301)

    @property
    def housing_fund(self) -> str:
        """The second sample portal."""
        return self._at(302)

    @property
    def ports(self) -> dict[str, int]:
        """What needs which port."""
        return {
            "the provider": self.base,
            "its metrics": self.base + 1,
            "the simulated registries": self.base + 100,
            "the city portal": self.base + 301,
            "the housing fund": self.base + 302,
        }

    def _at(self, distance: int) -> str:
        return f"http://127.0.0.1:{self.base + distance}"


def port_of(url: str) -> int:
    """The port in an address of ours."""
    return int(url.split("/")[2].rpartition(":")[2])
