"""The only reader of the time; rules take `now` as an argument instead."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
"""All of the country keeps Beijing time."""
PATIENCE = 2
"""How many times as long everything lasts that ends by itself, for who reads 关怀版 (WCAG 2.2.1)."""


def now() -> datetime:
    """The current moment, aware, in UTC."""
    return datetime.now(UTC)


def day(moment: datetime) -> date:
    """The calendar day of a moment in China: what birthdays, ages and daily limits go by."""
    return moment.astimezone(CHINA).date()


def left_of_day(moment: datetime) -> int:
    """Seconds until the next calendar day in China begins, when daily limits begin anew."""
    there = moment.astimezone(CHINA)
    begins = (there + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, int((begins - there).total_seconds()))


def last_day(end: datetime) -> date:
    """The last day in China of what is over at this moment: midnight still belongs to the day before."""
    return day(end - timedelta(microseconds=1))


def today() -> date:
    """The current calendar day in China."""
    return day(now())


def instant(moment: datetime) -> str:
    """A moment to the second in UTC, as SAML writes it (SAML Core §1.3.3)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
