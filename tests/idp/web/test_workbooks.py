"""Tables in files: what people's spreadsheets write is read, what would hurt is refused."""

import io
import random
import tracemalloc
from contextlib import suppress
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZipFile

import pytest
import xlsxwriter

from idp.web import workbooks
from idp.web.workbooks import Malformed, Sheet, TooLong

ROWS = [["姓名", "手机"], ["林晓云", "+8619900000001"]]


def workbook(rows: list[list[object]]) -> bytes:
    """As a spreadsheet program writes it: numbers as numbers."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    page = book.add_worksheet()
    for place, row in enumerate(rows):
        page.write_row(place, 0, row)
    book.close()
    return file.getvalue()


def test_what_is_written_is_read_again() -> None:
    """Text stays text, a formula's beginning too."""
    rows = [["=1+1", "@x", "-3", "007"]]
    made = workbooks.write([Sheet("1", ["a", "b", "c", "d"], rows)])

    assert [["a", "b", "c", "d"], *rows] == workbooks.read(made, 10)


def test_nothing_written_is_a_formula() -> None:
    """No cell of a workbook of ours holds one (CSV injection)."""
    made = workbooks.write([Sheet("1", ["=a"], [['=HYPERLINK("http://x")']])])
    with ZipFile(io.BytesIO(made)) as parts:
        assert b"<f>" not in parts.read("xl/worksheets/sheet1.xml")


def test_numbers_are_read_as_people_see_them() -> None:
    """A phone typed as a number has no exponent, a whole amount no point; gaps are empty cells."""
    read = workbooks.read(workbook([["a", "b", "c"], [13800000000, "", 1000.5], [], ["x"]]), 10)

    assert [["a", "b", "c"], ["13800000000", "", "1000.5"], [], ["x"]] == read


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_any_of_the_usual_encodings(encoding: str) -> None:
    """Chinese spreadsheets save GB 18030; an apostrophe before a formula is ours and goes."""
    content = "姓名,手机\r\n林晓云,'+8619900000001\r\n\r\n".encode(encoding)

    assert ROWS == workbooks.read(content, 10)


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00", b'a,"b', b"PK\x03\x04 nothing", workbook([["a"]])[:200], b"a\0b"],
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    """Said, and nothing else happens."""
    with pytest.raises(Malformed):
        workbooks.read(content, 10)


def changed(part: str, content: bytes, packed: int = ZIP_DEFLATED) -> bytes:
    """A workbook with another part in place of its own."""
    file = io.BytesIO()
    with ZipFile(io.BytesIO(workbook([["a"]]))) as old, ZipFile(file, "w", packed) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return file.getvalue()


def test_entities_are_refused() -> None:
    """No document type, so no entity that grows or reads files (XXE)."""
    bomb = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'

    with pytest.raises(Malformed):
        workbooks.read(changed("xl/worksheets/sheet1.xml", bomb), 10)


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    """Before it is parsed (zip bomb)."""
    bomb = changed("xl/worksheets/sheet1.xml", b" " * 40_000_000)

    assert len(bomb) < 100_000
    with pytest.raises(TooLong):
        workbooks.read(bomb, 10)


@pytest.mark.parametrize("packed", [ZIP_BZIP2, ZIP_LZMA])
def test_only_what_can_be_unpacked_bit_by_bit_is(packed: int) -> None:
    """Bzip2 and LZMA come out whole, however little of it is asked for (zip bomb)."""
    bomb = changed("xl/workbook.xml", b" " * 40_000_000, packed)
    tracemalloc.start()
    try:
        with pytest.raises(Malformed):
            workbooks.read(bomb, 10)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert most < 8_000_000


def test_many_small_elements_are_too_many() -> None:
    """Each takes thirty times its bytes in memory."""
    dense = b"<worksheet>" + b"<c/>" * 400_000 + b"</worksheet>"

    with pytest.raises(TooLong):
        workbooks.read(changed("xl/worksheets/sheet1.xml", dense), 10)


@pytest.mark.parametrize("typed", ["1E-100000", "-1E-19", "1E+9999999", "1E+18", "NaN"])
def test_a_number_is_not_written_out_at_length(typed: str) -> None:
    """A cell of nine characters does not become a hundred thousand, and nothing overflows."""
    cells = f'<row r="1"><c r="A1"><v>{typed}</v></c></row>'
    sheet = f'<worksheet xmlns="{workbooks.MAIN[1:-1]}"><sheetData>{cells}</sheetData></worksheet>'

    assert [[typed]] == workbooks.read(changed("xl/worksheets/sheet1.xml", sheet.encode()), 10)


def test_a_broken_workbook_is_no_table() -> None:
    """Wherever it is broken: refused, and nothing crashes."""
    whole, dice = workbook([["a", 1.5]] * 3), random.Random(1)
    for _ in range(500):
        broken = bytearray(whole)
        broken[dice.randrange(len(whole))] = dice.randrange(256)
        with suppress(Malformed, TooLong):
            workbooks.read(bytes(broken), 10)


@pytest.mark.parametrize(
    "content", [b"a\n" * 12, ("," * 60).encode(), workbook([["a"]] * 12), workbook([["a"] * 60])]
)
def test_tables_are_bounded(content: bytes) -> None:
    """In rows and in columns."""
    with pytest.raises(TooLong):
        workbooks.read(content, 10)


def test_columns_are_found_by_their_heading() -> None:
    """In any order; what nobody asked for is left out."""
    missing, rows = workbooks.by_heading(
        [["手机", "备注", "姓名"], ["1", "x", "林"]], {"姓名": "name", "手机": "phone"}
    )

    assert ([], [{"phone": "1", "name": "林"}]) == (missing, rows)
    assert (["name"], []) == workbooks.by_heading([["手机"]], {"姓名": "name", "手机": "phone"})
