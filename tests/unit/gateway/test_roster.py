"""Rosters are read as spreadsheets write them, and their faults named by line."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from atelier.errors import RequestInvalid, RosterInvalid
from atelier.gateway.account_names import checked_name
from atelier.gateway.roster import RosterRow, plan_import, read_expiry, read_roster
from atelier.storage.account import Account, Role

NAMES = ["Zoë Müller", "Jürgen Groß", "Ada Lovelace"]


def faults(text: str) -> list[str]:
    with pytest.raises(RosterInvalid) as caught:
        read_roster(text.encode())
    return str(caught.value).splitlines()[1:] or [str(caught.value)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_every_way_in_which_spreadsheets_write_it_is_read(encoding: str, delimiter: str, ending: str) -> None:
    lines = [("Class", "Name"), *(("7b", name) for name in NAMES)]
    text = ending.join(delimiter.join(line) for line in lines) + ending
    rows = read_roster(text.encode(encoding))
    assert [row.name for row in rows] == NAMES
    assert {row.group for row in rows} == {"7b"}
    assert [row.line for row in rows] == [2, 3, 4]


def test_all_columns_mean_what_they_say() -> None:
    (row,) = read_roster(b"name;role;class;weight;expiry\nAda;Teacher;7b;1,5;31.07.2027\n")
    until = datetime(2027, 8, 1, tzinfo=UTC).timestamp()
    assert row == RosterRow(line=2, name="Ada", role=Role.TEACHER, group="7b", weight=1.5, expires_at=until)


def test_what_a_roster_does_not_say_is_left_open() -> None:
    (row,) = read_roster(b"name\nAda\n")
    assert row == RosterRow(line=2, name="Ada")


def test_names_are_composed_and_trimmed() -> None:
    (row,) = read_roster("name\n  Zoe\u0308  \n".encode())
    assert row.name == "Zoë"


def test_the_line_that_tells_excel_the_delimiter_is_no_header() -> None:
    (row,) = read_roster(b"sep=;\r\nname;class\r\nAda;7b\r\n")
    assert (row.line, row.name, row.group) == (3, "Ada", "7b")


def test_with_one_column_a_line_is_a_name() -> None:
    rows = read_roster(b'name\nLovelace, Ada\n"Hopper; Grace"\n')
    assert [row.name for row in rows] == ["Lovelace, Ada", "Hopper; Grace"]


def test_empty_lines_and_trailing_cells_do_not_matter() -> None:
    rows = read_roster(b"name,class,,\n\nAda,7b,,\n,,,\nGrace,7b\n")
    assert [(row.line, row.name) for row in rows] == [(3, "Ada"), (5, "Grace")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("\n\n", "empty"),
        ("class\n7b\n", "line 1: the first line names the columns, and there is none called 'name'"),
        (
            "nmae\nAda\n",
            "line 1: there is no column 'nmae'; there are name, role, class, weight, expiry. Perh",
        ),
        ("name,name\nAda,Ada\n", "line 1: the column 'name' is there twice"),
        ("name,role\nAda,pupil\n", "line 2: 'pupil' is no role; there are admin, teacher, student"),
        ("name,weight\nAda,heavy\n", "line 2: 'heavy' is no weight"),
        ("name,weight\nAda,0\n", "line 2: '0' is no weight"),
        ("name,weight\nAda,nan\n", "line 2: 'nan' is no weight"),
        ("name,weight\nAda,inf\n", "line 2: 'inf' is no weight"),
        ("name,expiry\nAda,soon\n", "line 2: 'soon' is no day"),
        ("name,expiry\nAda,31.02.2027\n", "line 2: '31.02.2027' is no day"),
        ("name,expiry\nAda,7/31/2027\n", "line 2: '7/31/2027' is no day"),
        ("name,class\n,7b\n", "line 2: The name is empty"),
        ("name\nAda\nGrace\nada\n", "line 4: the name 'ada' stands in line 2 already"),
        ("name,\nAda,x\n", "line 2: there is 'x' in a column without a name"),
        ("name\n=SUM(A1)\n", "line 2: The name '=SUM(A1)' begins as a formula does"),
        ("name\na/b\n", "line 2: The name 'a/b' has a character"),
        ('name\n"Ada\n', "line 2: this is no CSV"),
        ("name\nA\0da\n", "no text file"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, said: str) -> None:
    assert any(line.startswith(said) or said in line for line in faults(text)), faults(text)


def test_all_faults_are_told_at_once() -> None:
    found = faults("name,role,weight\nAda,pupil,0\nGrace,,\n/,,\n")
    assert [line.partition(":")[0] for line in found] == ["line 2", "line 2", "line 4"]


def test_a_file_that_is_no_roster_is_refused() -> None:
    for content in (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"\xff\xfe\x00", b"PK\x03\x04" * 1_000_000):
        with pytest.raises(RosterInvalid):
            read_roster(content)


@given(st.binary(max_size=200))
@example(b"name\n\x81\n")
def test_any_bytes_are_a_roster_or_told_to_be_none(content: bytes) -> None:
    with suppress(RosterInvalid):
        assert all(row.name for row in read_roster(content))


@given(
    st.lists(
        st.text(st.characters(exclude_categories=["C"], exclude_characters="/\\"), min_size=1, max_size=20),
        max_size=5,
    )
)
@example([";0"])
def test_whatever_a_spreadsheet_quotes_comes_through(names: list[str]) -> None:
    kept = []
    for name in names:
        try:
            kept.append(checked_name(name))
        except RequestInvalid:
            continue
    kept = list({name.casefold(): name for name in kept}.values())
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("name",), *((name,) for name in kept)])
    assert [row.name for row in read_roster(text.getvalue().encode())] == kept


# --- plans -----------------------------------------------------------------------------------------------


def account(name: str, **fields: object) -> Account:
    return Account(id=name, name=name, role=Role.STUDENT, created_at=0.0, **fields)  # type: ignore[arg-type]


def test_a_plan_names_only_what_changes() -> None:
    rows = read_roster(b"name,class,weight\nada,7b,2\nGrace,7b,\nNew,8a,\n")
    there = [account("Ada", group="7b"), account("Grace", group="7b", weight=3.0), account("Tim", group="7b")]
    plan = plan_import(rows, there, ["7b"])
    assert plan.groups == ("8a",)
    assert [(each.name, each.role) for each in plan.add] == [("New", Role.STUDENT)]
    assert [(each.before.name, each.fields) for each in plan.change] == [("Ada", ("weight",))]
    assert plan.same == ("Grace",)
    assert plan.absent == ("Tim",)


def test_an_empty_cell_changes_nothing() -> None:
    there = [account("Ada", group="7b", weight=2.0, expires_at=1.0)]
    rows = read_roster(b"name,role,class,weight,expiry\nAda,,,,\n")
    assert plan_import(rows, there, ["7b"]).same == ("Ada",)


def test_an_expiry_is_lifted_by_never_and_kept_by_nothing() -> None:
    there = [account("Ada", expires_at=1.0)]
    assert plan_import(read_roster(b"name,expiry\nAda,\n"), there, []).change == ()
    (changed,) = plan_import(read_roster(b"name,expiry\nAda,never\n"), there, []).change
    assert changed.after.expires_at is None


def test_a_day_ends_at_midnight_utc_and_a_moment_is_itself() -> None:
    assert read_expiry("2027-07-31") == read_expiry("31.7.2027") == read_expiry("2027-08-01T00:00:00Z")
    assert read_expiry("2027-08-01T02:00:00+02:00") == read_expiry("2027-07-31")
    for text in ("", "9999-12-31", "tomorrow", "1.1.0000"):
        assert read_expiry(text) is None
