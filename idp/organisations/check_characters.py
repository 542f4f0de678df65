"""The three check characters on an organisation's papers; their value tables differ, and that is the trap."""

CREDIT_CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The characters of GB 32100-2015 in the order of their values: I, O, S, V and Z are left out."""


def gb_11714(body: str) -> str:
    """The ninth character of an organisation code: weights 3 7 9 10 5 8 4 2, A=10 … Z=35 (GB 11714-1997)."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    return "0X987654321"[sum(int(c, 36) * weight for c, weight in zip(body, weights, strict=True)) % 11]


def gb_32100(body: str) -> str:
    """The eighteenth character of a credit code: weights are the powers of 3 modulo 31 (GB 32100-2015)."""
    total = sum(CREDIT_CODE_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return CREDIT_CODE_ALPHABET[-total % 31]


def mod_11_10(body: str) -> str:
    """The fifteenth digit of an old business licence: ISO 7064 MOD 11,10."""
    product = 10
    for digit in body:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((1 - product) % 10)
