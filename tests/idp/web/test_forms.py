"""What the fields take and what they say no to."""

import pytest
from werkzeug.datastructures import MultiDict

from idp.web import forms


def errors(form: type[forms.Fields], **values: str) -> dict[str, list[str]]:
    sent = form(MultiDict(values))
    sent.validate()
    return {name: list(reasons) for name, reasons in sent.errors.items()}


@pytest.mark.parametrize("typed", ["123456", " 123 456 ", "１２３４５６", "123-456"])
def test_a_code_is_taken_as_it_is_pasted(typed: str) -> None:
    """Spaces, dashes and full-width digits are no mistakes."""
    form = forms.Code(MultiDict({"code": typed}))

    assert form.validate()
    assert "123456" == form.code.data


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12a456", "一二三四五六"])
def test_other_codes_are_malformed(typed: str) -> None:
    """Six digits, nothing else."""
    assert {"code": ["code_malformed"]} == errors(forms.Code, code=typed)


def test_a_password_is_not_touched() -> None:
    """Spaces and any script belong to it (NIST SP 800-63B §5.1.1.2)."""
    form = forms.NewPassword(MultiDict({"password": " 长 城 password "}))

    assert form.validate()
    assert " 长 城 password " == form.password.data


@pytest.mark.parametrize(
    ("password", "reason"),
    [("", "password_required"), ("1234567", "password_short"), ("x" * 129, "password_long")],
)
def test_a_new_password_has_a_length(password: str, reason: str) -> None:
    """Between 8 and 128 characters."""
    assert {"password": [reason]} == errors(forms.NewPassword, password=password)


def test_a_huge_password_is_simply_wrong() -> None:
    """It never reaches the hash (CVE-2013-1443)."""
    assert {"password": ["wrong"]} == errors(forms.SignIn, login="somebody", password="x" * 1025)


@pytest.mark.parametrize("login", ["9lives", "short", "has space", "x" * 33, "13800000000"])
def test_a_login_name_is_no_number(login: str) -> None:
    """It starts with a letter, so it can be neither phone nor document number."""
    assert {"login": ["login_malformed"]} == errors(forms.NewPassword, login=login, password="long enough")


def test_a_login_name_is_optional() -> None:
    """Phone and document number are enough to sign in."""
    assert {} == errors(forms.NewPassword, login="", password="long enough")


def test_both_agreements_are_asked_for() -> None:
    """Agreeing to the terms is not agreeing to the processing of the number (PIPL Art. 29)."""
    said = errors(forms.Identity, kind="resident_id_18", name="林晓禾", number="2100", agreement="yes")

    assert {"sensitive": ["sensitive_required"]} == said


def test_a_rule_can_refuse_afterwards() -> None:
    """What a rule finds is shown like what the form found."""
    form = forms.Document(MultiDict({"kind": "resident_id_18", "name": "林晓禾", "number": "2100"}))
    form.validate()
    forms.refuse(form.number, "LENGTH")

    assert {"number": ["LENGTH"]} == form.errors
