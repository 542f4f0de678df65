"""The fund's books, invented: the same person always finds the same account."""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

MONTHS_SHOWN = 6


@dataclass(frozen=True)
class Deposit:
    """What employer and person paid in for one month, in yuan."""

    month: str
    amount: Decimal


@dataclass(frozen=True)
class Account:
    """A person's housing fund account."""

    number: str
    balance: Decimal
    rate_percent: int
    deposits: tuple[Deposit, ...]


def account_of(sub: str, today: date) -> Account:
    """Invent the account that belongs to this subject."""
    seed = hashlib.sha256(sub.encode()).digest()
    rate = 5 + seed[0] % 8
    salary = Decimal(6000 + int.from_bytes(seed[1:3]) % 12000)
    monthly = (salary * rate * 2 / 100).quantize(Decimal("0.01"))
    deposits = tuple(Deposit(month_before(today, back), monthly) for back in range(1, MONTHS_SHOWN + 1))
    return Account(
        number=f"801{int.from_bytes(seed[3:8]) % 10**9:09d}",
        balance=monthly * (18 + seed[8] % 90) + Decimal(seed[9]) / 100,
        rate_percent=rate,
        deposits=deposits,
    )


def month_before(today: date, back: int) -> str:
    months = today.year * 12 + today.month - 1 - back
    return f"{months // 12}-{months % 12 + 1:02d}"
