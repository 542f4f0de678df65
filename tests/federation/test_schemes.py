"""How upstreams sign, against known answers."""

import pytest

from federation.schemes import SEALS, SIGNATURES, hmac_sha256, hmac_sm3, md5, sha256_upper


def test_the_exchange_platform_signs_sid_rid_rtime() -> None:
    """base64(HmacSHA256(sid + rid + rtime, secret))."""
    signed = hmac_sha256("test-secret-not-real", "s_test_0001" + "rid-test-0001" + "1700000000000")

    assert "rv0XJplbBWn0aYgV8veeHqE/dcyi8c0KH0ySKVcL+9c=" == signed


def test_tif_signs_a_nonce_between_two_times() -> None:
    """SHA256(ts + token + nonce + ts) in upper-case hexadecimal."""
    signed = sha256_upper("", "1700000000" + "test-token-not-real" + "123456789abcdefg" + "1700000000")

    assert "B79724B16EA4739CFE42419DC3C9D87081626D83605E537335D845738ECBB65B" == signed


def test_zhejiang_signs_its_service() -> None:
    """md5(servicecode + servicepwd + time) in lower-case hexadecimal."""
    assert "c3cff54a1ec9a1d72be2d65379c4877f" == md5("", "testcode" + "testpwd" + "20231115061320")


def test_zhejiangs_gateway_signs_the_path() -> None:
    """HMAC-SHA256 over method, path, sorted query, access key and date, each on a line of its own."""
    message = "POST\n/restapi/prod/TEST/sso/servlet/simpleauth\n\ntestak\nWed, 15 Nov 2023 06:13:20 GMT\n"

    assert "TrGJOB+ELUmN0ZJhZywK8NleRyxMm40ZCDhxlVudmIE=" == hmac_sha256("testsk", message)


def test_jis_signs_its_mark() -> None:
    """md5(appmark + appword + time)."""
    assert "999371119cc6747ffd92ad9c2bc44161" == md5("", "testmark" + "testword" + "20231115061320")


def test_hmac_sm3() -> None:
    """GB/T 15852.2 over GB/T 32905."""
    signed = hmac_sm3("key", "abc")

    assert "28e63256e7c5a087b1f073265dc53092163f7b82729735d06f28f10af9d52393" == signed


@pytest.mark.parametrize("name", sorted(SEALS))
def test_what_is_sealed_is_opened(name: str) -> None:
    """Texts of any length and script come back as they were."""
    seal, unseal = SEALS[name]

    assert ["", "一", "x" * 16, "统一身份认证" * 9] == [
        unseal("key", seal("key", text)) for text in ("", "一", "x" * 16, "统一身份认证" * 9)
    ]


@pytest.mark.parametrize("sealed", ["", "AAAA", "不是密文", "AA==", "A" * 44])
def test_what_is_no_seal_is_an_error_one_can_name(sealed: str) -> None:
    """Whatever an upstream sends, nothing but a ValueError comes of it."""
    with pytest.raises(ValueError):
        SEALS["sm4"][1]("key", sealed)


def test_the_same_text_is_never_sealed_twice_alike() -> None:
    """A fresh initial vector hides that somebody asks the same again."""
    seal, _ = SEALS["sm4"]

    assert seal("key", "text") != seal("key", "text")
    assert {"md5", "sha256_upper", "hmac_sha256", "hmac_sm3"} == set(SIGNATURES)
