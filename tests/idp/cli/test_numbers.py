"""The command `idp numbers check`, and through it every shared vector."""

import json
from datetime import date
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner

from idp.cli.numbers import MEANINGS, examine, numbers
from idp.organisations import synthetic as organisations
from idp.persons import synthetic
from idp.persons.identifiers import DocumentType, Reason, normalise, number_before_2023

VECTORS = Path(__file__).parents[4] / "shared" / "id_vectors.json"
NOT_DERIVED = {"value", "note", "rule"}


def run(text, *options):
    return CliRunner().invoke(numbers, ["check", *options], input=text)


def shared(section):
    """Every entry of this section of the shared vectors with its type; none when the file is not there."""
    if not VECTORS.exists():
        return [pytest.param(None, None, marks=pytest.mark.skip(reason="the shared vectors are not here"))]
    types = json.loads(VECTORS.read_text(encoding="utf-8"))["types"]
    return [(kind, entry) for kind, content in types.items() for entry in content.get(section, [])]


def reference_date():
    return date.fromisoformat(json.loads(VECTORS.read_text(encoding="utf-8"))["meta"]["reference_date"])


def checked(kind, number):
    return examine(f"{kind}\t{number}".encode(), reference_date())


@pytest.mark.parametrize(("kind", "entry"), shared("valid"))
def test_valid_vectors_give_exactly_their_fields(kind, entry):
    """What is derived has the names and values of the vectors, no more and no fewer."""
    finding = checked(kind, entry["value"])

    assert finding.valid
    assert {name: part for name, part in entry.items() if name not in NOT_DERIVED} == finding.derived


@pytest.mark.parametrize(("kind", "entry"), shared("edge"))
def test_edge_vectors_are_accepted(kind, entry):
    """Rules known from practice: centenarians, village and residents' committees."""
    finding = checked(kind, entry["value"])

    assert entry.items() - finding.derived.items() <= {(name, entry.get(name)) for name in NOT_DERIVED}


@pytest.mark.parametrize(("kind", "entry"), shared("invalid"))
def test_invalid_vectors_give_their_reason(kind, entry):
    """The check that fails first is the one the vectors name."""
    assert entry["reason_code"] == checked(kind, entry["value"]).reason


@pytest.mark.parametrize(("kind", "entry"), shared("normalization"))
def test_normalisation_vectors(kind, entry):
    """Case, spaces and hyphens fall away."""
    assert entry["normalized"] == normalise(entry["input"]) == checked(kind, entry["input"]).normalised


@pytest.mark.skipif(not VECTORS.exists(), reason="the shared vectors are not here")
def test_the_vector_that_links_two_cards():
    """The number before 2023 follows from the new one and its link item."""
    types = json.loads(VECTORS.read_text(encoding="utf-8"))["types"]
    link = types["foreign_permanent_resident_15"]["old_new_link"]

    assert link["old"] == number_before_2023(link["new"], link["link_item"])


def test_json_has_one_object_a_line():
    """A program gets type, input, verdict, normal form, reason and parts."""
    result = run("resident_id_18\t50000020010909929x\n", "--json")

    assert 0 == result.exit_code
    assert {
        "type": "resident_id_18",
        "input": "50000020010909929x",
        "valid": True,
        "normalised": "50000020010909929X",
        "reason": None,
        "derived": {
            "division": "500000",
            "birth_date": "2001-09-09",
            "sequence": "929",
            "sex": "M",
            "check_char": "X",
        },
    } == json.loads(result.stdout)


def test_an_invalid_number_has_a_reason_and_no_parts():
    """Nothing is derived from what is not well formed; the exit code is 1."""
    result = run("uscc_18\t91210000YY0000060Y\ntaiwan_travel_permit\t99900000\n", "--json")
    first, second = map(json.loads, result.stdout.splitlines())

    assert 1 == result.exit_code
    assert ("CHECK_CHAR", {}) == (first["reason"], first["derived"])
    assert second["valid"]


def test_lines_that_cannot_be_read_are_named():
    """A missing tab, an unknown type or wrong bytes do not stop the rest; the exit code is 2."""
    result = run(b"resident_id_18\nlibrary_card\t1\n\xff\t1\n\nprc_passport\tE99900001\n")

    assert 2 == result.exit_code
    assert ["line 1", "line 2", "line 3"] == [line.split(":")[0] for line in result.stderr.splitlines()]
    assert result.stdout.startswith("valid    prc_passport")


def test_an_unreadable_line_keeps_its_place_in_json():
    """Answers and lines stay side by side."""
    result = run("library_card\t1\nprc_passport\tE99900001\n", "--json")

    assert [False, True] == [json.loads(line)["valid"] for line in result.stdout.splitlines()]


def test_an_empty_number_is_too_short():
    """A type with nothing after its tab is a number of no characters."""
    result = run("taiwan_travel_permit\t\r\n", "--json")

    assert "LENGTH" == json.loads(result.stdout)["reason"]


def test_the_table_explains_in_words():
    """Without --json a person reads it."""
    result = run("resident_id_18\t210000194910019391\n")

    assert "CHECK_CHAR: the check character does not fit" in result.stdout


def test_every_reason_has_words():
    """No operator meets a bare code."""
    assert set(Reason) == set(MEANINGS)


def test_a_file_may_be_named_instead(tmp_path):
    """Editors on other systems leave a mark at the start; it is no part of the type."""
    path = tmp_path / "numbers.tsv"
    path.write_text("resident_id_18\t210000194910019390\n", encoding="utf-8-sig")

    assert 0 == CliRunner().invoke(numbers, ["check", str(path)]).exit_code


def test_help_shows_an_example_that_works():
    """What the help tells to type gives what the help shows."""
    help_text = run("", "--help").stdout

    assert "printf 'resident_id_18\\t50000020010909929x\\n' | idp numbers check --json" in help_text


@pytest.mark.parametrize("kind", list(DocumentType))
def test_every_generator_passes_the_command(kind):
    """A thousand synthetic numbers of each kind are all valid."""
    random = Random(2026)
    lines = [f"{kind}\t{synthetic.number(kind, random)}" for _ in range(1000)]

    assert 0 == run("\n".join(lines)).exit_code


def test_organisation_generators_pass_the_command():
    """So do credit codes, organisation codes and licences."""
    lines = [
        line
        for index in range(300)
        for line in (
            f"uscc_18\t{organisations.credit_code(index)}",
            f"organization_code_9\t{organisations.organisation_code(index)}",
            f"business_licence_15\t{organisations.business_licence(index)}",
        )
    ]

    assert 0 == run("\n".join(lines)).exit_code
