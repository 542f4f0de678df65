"""What the city offers online; only the housing fund is connected in this demonstration."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """A service, the department that answers for it, and the mark on its card."""

    key: str
    mark: str
    connected: bool = False


SERVICES = (
    Service("housing_fund", "住", connected=True),
    Service("social_security", "保"),
    Service("medical", "医"),
    Service("residence", "居"),
    Service("marriage", "婚"),
    Service("school", "学"),
    Service("transit", "行"),
)
