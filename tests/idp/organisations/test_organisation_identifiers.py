"""Numbers of organisations: both check characters, the departments, and the way to the right registry."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10 as oracle_mod_11_10

from idp.organisations import names, synthetic
from idp.organisations.check_characters import CREDIT_CODE_ALPHABET, gb_11714, gb_32100, mod_11_10
from idp.organisations.identifiers import OrganisationNumberType, parse
from idp.organisations.registrations import REGISTRATIONS, Proof
from idp.persons.identifiers import MalformedNumber, Reason

CREDIT_CODE = OrganisationNumberType.CREDIT_CODE
ORGANISATION_CODE = OrganisationNumberType.ORGANISATION_CODE
LICENCE = OrganisationNumberType.BUSINESS_LICENCE
ENTRIES = st.sampled_from(sorted(REGISTRATIONS))


def sealed(body):
    """A credit code with the right last character, whatever stands before it."""
    return body + gb_32100(body)


REFUSED = [
    (CREDIT_CODE, "91210000YY0000060", Reason.LENGTH),
    (CREDIT_CODE, "91210000YY00078S1X", Reason.CHARSET),
    (CREDIT_CODE, sealed("9121000AYY0000060"), Reason.CHARSET),
    (CREDIT_CODE, sealed("B1210000YY0000060"), Reason.DEPT_UNKNOWN),
    (CREDIT_CODE, sealed("91200000YY0000060"), Reason.DIVISION_UNKNOWN),
    (CREDIT_CODE, sealed("91210000YY0000061"), Reason.ORG_CHECK_CHAR),
    (CREDIT_CODE, "91210000YY0000060Y", Reason.CHECK_CHAR),
    (CREDIT_CODE, sealed("97210000YY0000060"), Reason.CATEGORY_UNKNOWN),
    (ORGANISATION_CODE, "9999900100", Reason.LENGTH),
    (ORGANISATION_CODE, "99999001A", Reason.CHARSET),
    (ORGANISATION_CODE, "999990013", Reason.CHECK_CHAR),
    (LICENCE, "2100002999990", Reason.LENGTH),
    (LICENCE, "21000029999901X", Reason.CHARSET),
    (LICENCE, "990000299999019", Reason.DIVISION_UNKNOWN),
    (LICENCE, "210000299999019", Reason.CHECK_CHAR),
]


@pytest.mark.parametrize(("kind", "number", "reason"), REFUSED)
def test_the_first_check_that_fails_is_the_reason(kind, number, reason):
    """Length, characters, department, division, the inner check, the outer check, category."""
    with pytest.raises(MalformedNumber) as caught:
        parse(kind, number)

    assert reason == caught.value.reason


@given(entry=ENTRIES, index=st.integers(0, 9_999), head=st.sampled_from(synthetic.HEADS))
@settings(deadline=None)
def test_every_pair_of_the_standard_is_accepted_and_routed(entry, index, head):
    """Tables 2 and 3 of GB 32100 hold twelve departments, not the four of the blogs."""
    department, category = entry
    code = parse(CREDIT_CODE, synthetic.credit_code(index, department, category, head=head))

    assert REGISTRATIONS[entry] == code.registration
    assert code.registration.route == code.derived["route"]


@pytest.mark.parametrize(
    ("department", "proof"),
    [
        ("1", Proof.REGISTRY),
        ("5", Proof.REGISTRY),
        ("9", Proof.REGISTRY),
        ("3", Proof.MANUAL),
        ("A", Proof.WINDOW),
    ],
)
def test_the_department_decides_how_an_organisation_is_proven(department, proof):
    """Three registries answer online, the army's units come to a window, the others are looked at."""
    assert {proof} == {entry.proof for (code, _), entry in REGISTRATIONS.items() if code == department}


@given(
    entry=ENTRIES,
    index=st.integers(0, 999_999),
    position=st.integers(8, 17),
    replacement=st.sampled_from(CREDIT_CODE_ALPHABET),
)
@settings(deadline=None)
def test_no_single_wrong_character_passes(entry, index, position, replacement):
    """The two check characters find every substitution in the subject code and in themselves."""
    code = synthetic.credit_code(index, *entry)
    wrong = code[:position] + replacement + code[position + 1 :]
    if wrong == code:
        return

    with pytest.raises(MalformedNumber):
        parse(CREDIT_CODE, wrong)


@given(st.text(CREDIT_CODE_ALPHABET, min_size=17, max_size=17))
@settings(deadline=None)
def test_the_outer_check_agrees_with_a_second_implementation(body):
    """GB 32100 MOD 31, against python-stdnum."""
    assert uscc.calc_check_digit(body) == gb_32100(body)


@given(entry=ENTRIES.filter(lambda pair: pair[0].isdigit()), index=st.integers(0, 999_999))
@settings(deadline=None)
def test_a_second_implementation_accepts_what_we_accept(entry, index):
    """python-stdnum knows no department letters (A, N, Y), but agrees on the rest."""
    assert uscc.is_valid(parse(CREDIT_CODE, synthetic.credit_code(index, *entry)).value)


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("99999001", "0"),
        ("YYYYYY02", "9"),
        ("JKLMNP01", "1"),
        ("WXWXWX01", "4"),
        ("YY000407", "X"),
        ("99990007", "0"),
    ],
)
def test_the_inner_check_has_its_own_letter_values(body, check):
    """GB 11714 counts A=10 to Z=35 without gaps, unlike GB 32100; 10 is X and 11 is 0."""
    assert check == gb_11714(body)


@given(st.text("0123456789", min_size=14, max_size=14))
@settings(deadline=None)
def test_the_licence_check_agrees_with_a_second_implementation(body):
    """ISO 7064 MOD 11,10, against python-stdnum."""
    assert oracle_mod_11_10.calc_check_digit(body) == mod_11_10(body)


def test_an_organisation_code_is_the_middle_of_a_credit_code():
    """Positions 9 to 17 of a credit code are the old organisation code, printed with a hyphen."""
    code = parse(CREDIT_CODE, synthetic.credit_code(7))
    old = parse(ORGANISATION_CODE, synthetic.organisation_code(7))

    assert old.value == code.derived["subject_code"]
    assert old.value == parse(ORGANISATION_CODE, old.derived["display"]).value


@given(index=st.integers(0, 9_999), ownership=st.sampled_from("0123456789"))
@settings(deadline=None)
def test_synthetic_licences_are_well_formed(index, ownership):
    """The generator and the checks agree."""
    number = synthetic.business_licence(index, "530000", ownership)

    assert "530000" == parse(LICENCE, number).division


@given(st.sampled_from(list(OrganisationNumberType)), st.text() | st.text(CREDIT_CODE_ALPHABET, max_size=19))
@settings(deadline=None)
def test_any_text_is_read_or_refused_with_a_reason(kind, raw):
    """Nothing but MalformedNumber comes out, whatever is typed."""
    try:
        assert parse(kind, raw).kind is kind
    except MalformedNumber as malformed:
        assert malformed.reason in Reason


def test_width_and_brackets_do_not_make_another_organisation():
    """Names are compared after NFKC with one kind of brackets and without spaces."""
    assert names.same("示例（沈阳）科技 有限公司", "示例(沈阳)科技有限公司")
    assert not names.same("示例(沈阳)科技有限公司", "示例(大连)科技有限公司")
