"""The person reads what the portal knows of them, and from whom."""

from typing import Any

import pytest

from examples.city_portal.origins import METHODS, Fact, Origin, StatedBy, explain
from idp.assurance import FACTORS

VERIFICATION = {
    "trust_framework": "cn_gov_identity",
    "time": "2026-11-20T02:11:09Z",
    "evidence": [{"type": "electronic_record", "record": {"source": {"name": "public_security"}}}],
}
CLAIMS: dict[str, Any] = {
    "sub": "0123456789abcdef",
    "name": "欧阳静怡",
    "phone_number": "+8613800005678",
    "phone_number_verified": True,
    "address": {"formatted": "中山路 88 号", "country": "CN"},
    "verified_claims": {"verification": VERIFICATION, "claims": {"name": "欧阳静怡"}},
}


def fact(claim: str, language: Any = "zh", **more: Any) -> Fact:
    return next(fact for fact in explain(CLAIMS | more, language) if fact.claim == claim)


def test_a_verified_claim_names_authority_and_time() -> None:
    """
    The time is China's, as the person's own clock had it.
    """
    confirmed = Origin(StatedBy.AUTHORITY, "公安机关人口信息库", "2026-11-20 10:11")

    assert Fact("name", "欧阳静怡", confirmed) == fact("name")


@pytest.mark.parametrize(
    ("claim", "stated_by"),
    [("phone_number", StatedBy.PHONE), ("address", StatedBy.PERSON), ("sub", StatedBy.PLATFORM)],
)
def test_what_no_authority_confirmed_says_so(claim: str, stated_by: StatedBy) -> None:
    """
    A phone was proven by a code, an address is the person's word, the rest is the provider's record.
    """
    assert Origin(stated_by) == fact(claim).origin


def test_numbers_are_covered() -> None:
    """
    A screen may be seen by others.
    """
    assert ("138****5678", "012345******cdef") == (fact("phone_number").value, fact("sub").value)


def test_what_is_not_known_has_no_row() -> None:
    """
    Only what was received is shown, in a fixed order.
    """
    assert ["name", "phone_number", "address", "sub"] == [fact.claim for fact in explain(CLAIMS, "zh")]


def test_several_authorities_may_have_confirmed() -> None:
    """
    The claim may be a list, and evidence may name no source; then the framework stands for it.
    """
    bare = {"verification": {"trust_framework": "cn_gov_identity"}, "claims": {"gender": "female"}}

    assert Fact("gender", "女", Origin(StatedBy.AUTHORITY, "政务身份核验", "")) == fact(
        "gender", verified_claims=[bare]
    )


def test_ways_of_signing_in_are_words() -> None:
    """
    Codes are translated; one not known stays as it is.
    """
    assert "password, SMS code, x" == fact("amr", "en", amr=["pwd", "sms", "x"]).value


@pytest.mark.parametrize(
    ("named", "shown"),
    [
        ("real_person", "公安机关实人核验"),
        ("window:210100-0007", "办事窗口当面核验"),
        ("something_new", ""),
        ("示范省数字证书认证中心", "示范省数字证书认证中心"),
    ],
)
def test_an_authority_is_named_in_words(named: str, shown: str) -> None:
    """
    Never by a code for machines: one without words is "an authority".
    """
    evidence = [{"record": {"source": {"name": named}}}]
    verified = {"verification": {**VERIFICATION, "evidence": evidence}, "claims": {"name": "欧阳静怡"}}

    assert shown == fact("name", verified_claims=verified).origin.authority


def test_every_way_of_proving_oneself_has_words() -> None:
    """
    Also those that only a province or a certificate brings.
    """
    assert FACTORS.keys() <= METHODS.keys()
