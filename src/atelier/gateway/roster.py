"""The list of a class as a spreadsheet writes it: read with its faults by line, compared with what there is.

Columns, in any order, by the names in the first line: `name` and, where they are wanted, `role`, `class`,
`weight` and `expiry`. Commas, semicolons or tabs between them; UTF-8 with or without a mark, UTF-16 with one,
or else Windows-1252, as spreadsheets write it.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

from atelier.errors import RequestInvalid, RosterInvalid
from atelier.gateway.account_names import checked_name
from atelier.storage.account import Account, Role
from atelier.workflows.nearest import nearest

COLUMNS = ("name", "role", "class", "weight", "expiry")

#: Lines, and bytes: a school, not a country.
MOST_LINES = 5000
MOST_BYTES = 2 * 1024 * 1024

#: Faults that are told at once.
_MOST_TOLD = 50

_DAY = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class RosterRow:
    """One account as a roster has it; None where the roster does not say."""

    #: Counted from 1, as an editor shows it.
    line: int
    name: str
    role: Role | None = None
    group: str | None = None
    weight: float | None = None
    #: Seconds since 1970, UTC.
    expires_at: float | None = None
    #: Whether the roster says that it never expires.
    lasting: bool = False


@dataclass(frozen=True, kw_only=True)
class Changed:
    """An account before and after."""

    before: Account
    after: Account

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of what differs."""
        names = ("role", "group", "weight", "expires_at")
        return tuple(each for each in names if getattr(self.before, each) != getattr(self.after, each))


@dataclass(frozen=True, kw_only=True)
class RosterPlan:
    """What an import would do."""

    #: Classes that are not there yet.
    groups: tuple[str, ...]
    add: tuple[RosterRow, ...]
    change: tuple[Changed, ...]
    #: Names of accounts that are as the roster says.
    same: tuple[str, ...]
    #: Names of accounts in the roster's classes that it does not have; they are left as they are.
    absent: tuple[str, ...]


def read_roster(content: bytes) -> tuple[RosterRow, ...]:
    """Read a roster.

    Raises:
        RosterInvalid: with a line for each fault.
    """
    if len(content) > MOST_BYTES:
        raise RosterInvalid(f"The roster has more than {MOST_BYTES} bytes.")
    lines = list(_lines(_decoded(content)))
    if not lines:
        raise RosterInvalid("The roster is empty: its first line names the columns, one of them 'name'.")
    header_line, header = lines[0]
    columns, faults = _columns(header_line, header)
    rows: list[RosterRow] = []
    seen: dict[str, int] = {}
    if len(lines) > MOST_LINES + 1:
        faults.append(f"line {lines[MOST_LINES][0]}: a roster has {MOST_LINES} accounts at most.")
    elif not faults:
        for line, cells in lines[1:]:
            row, found = _row(line, cells, columns)
            faults += found
            if row is None:
                continue
            before = seen.setdefault(row.name.casefold(), line)
            if before != line:
                faults.append(f"line {line}: the name {row.name!r} stands in line {before} already.")
            rows.append(row)
    if faults:
        more = len(faults) - _MOST_TOLD
        told = faults[:_MOST_TOLD] + ([f"and {more} more."] if more > 0 else [])
        raise RosterInvalid("The roster cannot be used; nothing was changed.\n" + "\n".join(told))
    return tuple(rows)


def plan_import(
    rows: Sequence[RosterRow],
    accounts: Iterable[Account],
    groups: Iterable[str],
    *,
    role: Role = Role.STUDENT,
) -> RosterPlan:
    """Return what a roster would add and change; accounts that it does not have are left alone.

    Args:
        rows: The roster.
        accounts: All accounts that there are.
        groups: The names of all classes.
        role: Of new accounts for which the roster says none.
    """
    known = {each.name.casefold(): each for each in accounts}
    add: list[RosterRow] = []
    change: list[Changed] = []
    same: list[str] = []
    for row in rows:
        account = known.pop(row.name.casefold(), None)
        if account is None:
            add.append(row if row.role is not None else replace(row, role=role))
            continue
        changed = Changed(before=account, after=_after(account, row))
        if changed.fields:
            change.append(changed)
        else:
            same.append(account.name)
    wanted = dict.fromkeys(row.group for row in rows if row.group)
    return RosterPlan(
        groups=tuple(each for each in wanted if each not in set(groups)),
        add=tuple(add),
        change=tuple(change),
        same=tuple(same),
        absent=tuple(each.name for each in known.values() if each.group in wanted),
    )


# --- reading -------------------------------------------------------------------------------------------


def _decoded(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return content.decode("utf-16")
        except UnicodeDecodeError as error:
            raise RosterInvalid("The roster begins as UTF-16 does, and is none. Save it as UTF-8.") from error
    with suppress(UnicodeDecodeError):
        return content.decode("utf-8-sig")
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError as error:
        raise RosterInvalid(
            "The roster is neither UTF-8 nor Windows-1252. Save it as CSV in UTF-8."
        ) from error


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines that have something in them, with the number of each."""
    if "\0" in text:
        raise RosterInvalid("The roster is no text file. Export it from the spreadsheet as CSV.")
    first, _, rest = text.partition("\n")
    skipped = 0
    delimiter = None
    if first.strip().strip('"').lower().startswith("sep=") and len(first.strip().strip('"')) == 5:
        delimiter, text, skipped = first.strip().strip('"')[4], rest, 1
    if delimiter is None:
        head = next((line for line in text.splitlines() if line.strip()), "")
        delimiter = max(";,\t", key=head.count)
        if delimiter not in head:
            # One column: what stands in it, commas too, is the name.
            delimiter = "\x1f"
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num + skipped, cells
    except csv.Error as error:
        raise RosterInvalid(f"line {reader.line_num + skipped}: this is no CSV: {error}.") from error


def _columns(line: int, header: Sequence[str]) -> tuple[dict[str, int], list[str]]:
    columns: dict[str, int] = {}
    faults = []
    for place, cell in enumerate(header):
        name = cell.strip().casefold()
        if not name:
            continue
        if name not in COLUMNS:
            near = nearest(name, COLUMNS)
            hint = f" Perhaps {near} is meant." if near is not None else ""
            faults.append(
                f"line {line}: there is no column {cell.strip()!r}; there are {', '.join(COLUMNS)}.{hint}"
            )
        elif name in columns:
            faults.append(f"line {line}: the column {name!r} is there twice.")
        else:
            columns[name] = place
    if "name" not in columns and not faults:
        faults.append(f"line {line}: the first line names the columns, and there is none called 'name'.")
    return columns, faults


def _row(line: int, cells: Sequence[str], columns: Mapping[str, int]) -> tuple[RosterRow | None, list[str]]:
    values = {name: cells[place].strip() if place < len(cells) else "" for name, place in columns.items()}
    faults: list[str] = []
    beyond = [cell for place, cell in enumerate(cells) if cell.strip() and place not in columns.values()]
    if beyond:
        faults.append(f"line {line}: there is {beyond[0].strip()!r} in a column without a name.")

    name, group, role, weight, expiry = "", None, None, None, None
    try:
        name = checked_name(values["name"])
        group = checked_name(values["class"], "class") if values.get("class") else None
    except RequestInvalid as error:
        faults.append(f"line {line}: {error}")
    try:
        role = Role(values["role"].casefold()) if values.get("role") else None
    except ValueError:
        roles = ", ".join(Role)
        faults.append(f"line {line}: {values['role']!r} is no role; there are {roles}.")
    if values.get("weight"):
        try:
            weight = float(values["weight"].replace(",", "."))
        except ValueError:
            weight = -1.0
        if not 0 < weight <= 1000:
            faults.append(f"line {line}: {values['weight']!r} is no weight: a number above 0, up to 1000.")
    lasting = values.get("expiry", "").casefold() == "never"
    if values.get("expiry") and not lasting:
        expiry = read_expiry(values["expiry"])
        if expiry is None:
            faults.append(
                f"line {line}: {values['expiry']!r} is no day: write 2027-07-31, 31.07.2027, or never."
            )
    if faults:
        return None, faults
    return (
        RosterRow(
            line=line, name=name, role=role, group=group, weight=weight, expires_at=expiry, lasting=lasting
        ),
        [],
    )


def read_expiry(text: str) -> float | None:
    """Return the end of a day (UTC), or a moment, in seconds since 1970; None for what is neither."""
    match = _DAY.fullmatch(text)
    try:
        if match is not None:
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
        elif len(text) == len("2027-07-31"):
            day = date.fromisoformat(text)
        else:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
        return datetime.combine(day + timedelta(days=1), time(), UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _after(account: Account, row: RosterRow) -> Account:
    return replace(
        account,
        role=account.role if row.role is None else row.role,
        group=account.group if row.group is None else row.group,
        weight=account.weight if row.weight is None else row.weight,
        expires_at=None if row.lasting else account.expires_at if row.expires_at is None else row.expires_at,
    )
