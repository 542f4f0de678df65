"""Identity documents of natural persons: what is accepted, what is read out, what is refused and why."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import exceptions
from stdnum.cn import ric

from idp.persons import synthetic
from idp.persons.divisions import PROVINCES
from idp.persons.documents.checks import mod_11_2
from idp.persons.identifiers import (
    DocumentType,
    MalformedNumber,
    Reason,
    age,
    mask,
    normalise,
    number_before_2023,
    parse,
    recognise,
)

TODAY = date(2026, 3, 1)
KINDS = st.sampled_from(list(DocumentType))
BIRTHS = st.dates(date(1900, 1, 1), TODAY)
PROVINCE_CODES = st.sampled_from([f"{code}0000" for code in PROVINCES])
SEXES = st.sampled_from(["M", "F"])
RESIDENTS = st.builds(synthetic.resident_id, BIRTHS, SEXES, PROVINCE_CODES, st.integers(0, 49))


def refusal(kind, raw, country=None):
    """Why this number is refused; fails if it is not."""
    with pytest.raises(MalformedNumber) as caught:
        parse(kind, raw, TODAY, country)
    return caught.value.reason


def with_check(body):
    return body + mod_11_2(body)


REFUSED = [
    (DocumentType.RESIDENT_ID, "21000019491001939", Reason.LENGTH),
    (DocumentType.RESIDENT_ID, "", Reason.LENGTH),
    (DocumentType.RESIDENT_ID, "2100001949100193OO", Reason.CHARSET),
    (DocumentType.RESIDENT_ID, "21000019491001939A", Reason.CHARSET),
    (DocumentType.RESIDENT_ID, "٢١٠٠٠٠١٩٤٩١٠٠١٩٣٩٠", Reason.CHARSET),
    (DocumentType.RESIDENT_ID, with_check("93268219850101901"), Reason.TYPE_MISMATCH),
    (DocumentType.RESIDENT_ID, with_check("83000019850101901"), Reason.TYPE_MISMATCH),
    (DocumentType.RESIDENT_ID, with_check("71000019850101901"), Reason.DIVISION_UNKNOWN),
    (DocumentType.RESIDENT_ID, with_check("21000019000229901"), Reason.DATE_INVALID),
    (DocumentType.RESIDENT_ID, with_check("21000020260302901"), Reason.DATE_FUTURE),
    (DocumentType.RESIDENT_ID, with_check("21000017991231901"), Reason.DATE_TOO_OLD),
    (DocumentType.RESIDENT_ID, with_check("21000019850101000"), Reason.SEQ_RANGE),
    (DocumentType.RESIDENT_ID, "210000194910019391", Reason.CHECK_CHAR),
    (DocumentType.RESIDENT_ID_15, "210000491001993X", Reason.LENGTH),
    (DocumentType.RESIDENT_ID_15, "990000491001993", Reason.DIVISION_UNKNOWN),
    (DocumentType.HK_RESIDENCE_PERMIT, with_check("82000019850101901"), Reason.TYPE_MISMATCH),
    (DocumentType.HK_RESIDENCE_PERMIT, with_check("81000119850101901"), Reason.TYPE_MISMATCH),
    (DocumentType.FOREIGN_PERMANENT_RESIDENT, with_check("21000019850101901"), Reason.TYPE_MISMATCH),
    (DocumentType.FOREIGN_PERMANENT_RESIDENT, with_check("98184019850101901"), Reason.DIVISION_UNKNOWN),
    (DocumentType.FOREIGN_PERMANENT_RESIDENT, with_check("92199919850101901"), Reason.COUNTRY_UNKNOWN),
    (DocumentType.FOREIGN_PERMANENT_RESIDENT, with_check("92184019850101000"), Reason.SEQ_RANGE),
    (DocumentType.FOREIGN_PERMANENT_RESIDENT_15, "US1210085010100", Reason.CHARSET),
    (DocumentType.FOREIGN_PERMANENT_RESIDENT_15, "USA210085023000", Reason.DATE_INVALID),
    (DocumentType.HK_MACAO_TRAVEL_PERMIT, "999000001", Reason.PREFIX),
    (DocumentType.HK_MACAO_TRAVEL_PERMIT, "H999000001", Reason.LENGTH),
    (DocumentType.TAIWAN_TRAVEL_PERMIT, "T9990", Reason.PREFIX),
    (DocumentType.TAIWAN_TRAVEL_PERMIT, "9990000A", Reason.CHARSET),
    (DocumentType.PRC_PASSPORT, "KA9990001", Reason.PREFIX),
    (DocumentType.PRC_PASSPORT, "E99A00001", Reason.CHARSET),
    (DocumentType.PRC_PASSPORT, "999900001", Reason.PREFIX),
    (DocumentType.FOREIGN_PASSPORT, "TEST", Reason.LENGTH),
    (DocumentType.FOREIGN_PASSPORT, "TÉST00001", Reason.CHARSET),
]


@pytest.mark.parametrize(("kind", "number", "reason"), REFUSED)
def test_the_first_check_that_fails_is_the_reason(kind, number, reason):
    """Length, characters, prefix, division or country, date, sequence, check character, in this order."""
    assert reason == refusal(kind, number)


@given(birth=BIRTHS, sex=SEXES, province=PROVINCE_CODES, index=st.integers(0, 49))
@settings(deadline=None)
def test_a_resident_number_says_where_when_and_which_sex(birth, sex, province, index):
    """GB 11643: address code, birth date, and a sequence that is odd for men."""
    number = parse(DocumentType.RESIDENT_ID, synthetic.resident_id(birth, sex, province, index), TODAY)

    assert (province, birth, sex) == (number.division, number.birth_date, number.sex)


def kinds_of(text: str) -> list[DocumentType]:
    return [number.kind for number in recognise(text, TODAY)]


@given(number=RESIDENTS, position=st.integers(0, 17), replacement=st.sampled_from("0123456789X"))
@settings(deadline=None)
def test_no_single_wrong_character_passes(number, position, replacement):
    """MOD 11-2 finds every single substitution (ISO 7064)."""
    wrong = number[:position] + replacement + number[position + 1 :]

    assert (wrong == number) == (DocumentType.RESIDENT_ID in kinds_of(wrong))


@given(number=RESIDENTS, position=st.integers(0, 16))
@settings(deadline=None)
def test_no_swap_of_neighbours_passes(number, position):
    """MOD 11-2 finds every transposition of adjacent characters (ISO 7064)."""
    swapped = number[:position] + number[position + 1] + number[position] + number[position + 2 :]

    assert (swapped == number) == (DocumentType.RESIDENT_ID in kinds_of(swapped))


@given(county=st.integers(0, 9999), birth=BIRTHS)
@settings(deadline=None)
def test_a_county_nobody_knows_is_accepted(county, birth):
    """County codes are abolished while the cards that carry them live on."""
    number = with_check(f"53{county:04d}{birth:%Y%m%d}901")

    assert f"53{county:04d}" == parse(DocumentType.RESIDENT_ID, number, TODAY).division


@given(body=st.from_regex(r"[0-9]{17}", fullmatch=True))
@settings(deadline=None)
def test_the_check_character_agrees_with_a_second_implementation(body):
    """ISO 7064 MOD 11-2, against python-stdnum."""
    assert ric.calc_check_digit(body + "0") == mod_11_2(body)


@given(
    birth=st.dates(date(1950, 1, 1), date(2020, 1, 1)), county=st.sampled_from(["110101", "210102", "440305"])
)
@settings(deadline=None)
def test_whatever_a_second_implementation_accepts_is_accepted(birth, county):
    """python-stdnum knows fewer counties, but what it takes is right."""
    number = with_check(f"{county}{birth:%Y%m%d}999")
    try:
        ric.validate(number)
    except exceptions.InvalidComponent:
        return

    assert number == parse(DocumentType.RESIDENT_ID, number, TODAY).value


def test_an_age_beyond_130_is_a_doubt_and_no_refusal():
    """Old records are looked at by a person, not thrown away."""
    old = synthetic.resident_id(date(1890, 5, 1), "F")

    assert {Reason.DATE_TOO_OLD} == parse(DocumentType.RESIDENT_ID, old, TODAY).warnings


def test_a_child_born_today_has_a_number():
    """Only a date after today lies in the future."""
    assert TODAY == parse(DocumentType.RESIDENT_ID, synthetic.resident_id(TODAY, "M"), TODAY).birth_date


@given(birth=st.dates(date(1900, 1, 1), date(1999, 12, 31)), sex=SEXES, index=st.integers(0, 47))
@settings(deadline=None)
def test_an_old_number_becomes_the_new_one_of_the_same_person(birth, sex, index):
    """GB 11643-1999: 19 after the address code, a check character at the end."""
    old = parse(DocumentType.RESIDENT_ID_15, synthetic.resident_id_15(birth, sex, "210000", index), TODAY)

    assert synthetic.resident_id(birth, sex, "210000", index) == old.derived["upgraded_18"]
    assert (birth, sex) == (old.birth_date, old.sex)


@pytest.mark.parametrize("sequence", ["996", "997", "998", "999"])
def test_reserved_sequences_of_old_numbers_are_centenarians(sequence):
    """Sequences 996 to 999 of a fifteen-digit number mean a birth in the nineteenth century."""
    number = parse(DocumentType.RESIDENT_ID_15, f"210000860215{sequence}", TODAY)

    assert date(1886, 2, 15) == number.birth_date


@given(
    birth=st.dates(date(1927, 1, 1), date(1999, 12, 31)),
    link=st.from_regex(r"[0-9]{3}", fullmatch=True),
    country=st.sampled_from(["USA", "JPN", "DEU", "AFG"]),
)
@settings(deadline=None)
def test_the_link_item_leads_from_the_new_card_to_the_old_one(birth, link, country):
    """The three digits on the chip complete the number of the card before 2023."""
    new = synthetic.foreign_permanent_resident(birth, "F", country, "31")
    old = parse(DocumentType.FOREIGN_PERMANENT_RESIDENT_15, number_before_2023(new, link), TODAY)

    assert (country, f"31{link[:2]}", birth) == (
        old.derived["country_alpha3"],
        old.derived["division4"],
        old.birth_date,
    )


def test_a_year_that_fits_two_centuries_gives_no_birth_date():
    """130101 is a child or a man of 113 years; the number does not say."""
    number = synthetic.foreign_permanent_resident_15(date(2013, 1, 1))

    assert parse(DocumentType.FOREIGN_PERMANENT_RESIDENT_15, number, TODAY).birth_date is None


@pytest.mark.parametrize(
    ("country", "reason"), [("QQQ", Reason.COUNTRY_UNKNOWN), ("CHN", Reason.TYPE_MISMATCH)]
)
def test_a_foreign_passport_is_some_other_countrys(country, reason):
    """The issuing country exists and is not China."""
    assert reason == refusal(DocumentType.FOREIGN_PASSPORT, "TEST00001", country)


def test_a_foreign_passport_keeps_its_country():
    """A foreign passport is identified by country and number together."""
    number = parse(DocumentType.FOREIGN_PASSPORT, " test00001 ", TODAY, "FRA")

    assert ("TEST00001", "FRA") == (number.value, number.derived["country_alpha3"])


def test_a_space_inside_a_foreign_passport_is_pointed_out():
    """Only the caller may decide that a separator was none of the number's characters."""
    assert Reason.CHARSET == refusal(DocumentType.FOREIGN_PASSPORT, "AB 12345")
    assert "AB12345" == parse(DocumentType.FOREIGN_PASSPORT, normalise("AB 12345"), TODAY).value


@pytest.mark.parametrize(
    "raw",
    [
        "50000020010909929x",
        " 500000 20010909 929X ",
        "500000-20010909-929X",
        "５００００020010909929Ｘ",
        "500000　20010909　929x",
        "\ufeff50000020010909929X\u200b",
        "500000–20010909—929x",
    ],
)
def test_every_way_to_write_a_number_is_the_same_number(raw):
    """Full-width forms, spaces, hyphens, case and marks left by copying do not matter."""
    assert "50000020010909929X" == parse(DocumentType.RESIDENT_ID, raw, TODAY).value


@given(st.text())
@settings(deadline=None)
def test_normalising_twice_changes_nothing(raw):
    """The stored spelling is final."""
    assert normalise(raw) == normalise(normalise(raw))


@given(kind=KINDS, raw=st.text() | st.text("0123456789XHMEG -", max_size=24))
@settings(deadline=None)
def test_any_text_is_read_or_refused_with_a_reason(kind, raw):
    """Nothing but MalformedNumber comes out, whatever is typed."""
    try:
        assert parse(kind, raw, TODAY).kind is kind
    except MalformedNumber as malformed:
        assert malformed.reason in Reason


@given(kind=KINDS, seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_a_number_never_shows_itself_in_a_log(kind, seed):
    """Neither the value object nor the refusal spells the number out."""
    number = synthetic.number(kind, Random(seed))

    assert number not in repr(parse(kind, number, TODAY))
    with pytest.raises(MalformedNumber) as caught:
        parse(DocumentType.TAIWAN_TRAVEL_PERMIT, number + "A", TODAY)
    assert number not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("210000194910019390", "210*************90"),
        ("E99900001", "*******01"),
        ("9990000026", "999*****26"),
        ("99", "**"),
        ("", ""),
    ],
)
def test_a_mask_leaves_little(number, shown):
    """Three first and two last characters at most; of short numbers only the last two."""
    assert shown == mask(number)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("210000194910019390", [DocumentType.RESIDENT_ID]),
        ("210000491001991", [DocumentType.RESIDENT_ID_15]),
        ("h99900000", [DocumentType.HK_MACAO_TRAVEL_PERMIT, DocumentType.PRC_PASSPORT]),
        ("9990000000", [DocumentType.TAIWAN_TRAVEL_PERMIT]),
        ("13800000000", []),
        ("zhang.san", []),
        ("zhangsan1990", []),
        ("210000194910019391", []),
    ],
)
def test_the_sign_in_box_tells_documents_from_names_and_phones(text, kinds):
    """A login name or a mobile phone number is no document number."""
    assert kinds == kinds_of(text)


@pytest.mark.parametrize(
    ("birth", "today", "years"),
    [
        (date(2012, 3, 2), TODAY, 13),
        (date(2012, 3, 1), TODAY, 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
    ],
)
def test_a_year_of_life_is_completed_on_the_birthday(birth, today, years):
    """Somebody born on 29 February has the birthday on 1 March of a common year."""
    assert years == age(birth, today)


@given(kind=KINDS, seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_synthetic_numbers_are_well_formed(kind, seed):
    """The generators and the checks agree on every kind of document."""
    number = synthetic.number(kind, Random(seed))

    assert number == parse(kind, number, TODAY).value


def test_synthetic_residents_do_not_repeat():
    """A simulated population needs thousands of people."""
    numbers = {synthetic.resident_id_at(index) for index in range(20_000)}

    assert 20_000 == len(numbers)


@given(st.integers(0, 69_000_000))
@settings(deadline=None)
def test_synthetic_residents_belong_to_nobody(index):
    """Province-level address codes and sequences from 900 on are not given out."""
    number = parse(DocumentType.RESIDENT_ID, synthetic.resident_id_at(index), TODAY)

    assert number.value[2:6] == "0000"
    assert number.value[14] == "9"
    assert number.birth_date is not None
    assert number.birth_date > TODAY - timedelta(days=366 * 82)
