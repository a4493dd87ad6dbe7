"""The numbered steps by which a database's schema comes about: `0001_first.sql`, `0002_...sql`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

_NAME = re.compile(r"(\d{4})_(\w+)\.sql", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Migration:
    """One step."""

    #: Counted from 1; the schema's version after it.
    number: int
    name: str
    sql: str


def migrations(package: str) -> Sequence[Migration]:
    """Return the migrations in a package's folder `migrations`, in order.

    Raises:
        ValueError: a number is missing or stands twice.
    """
    found = [
        Migration(number=int(match[1]), name=match[2], sql=file.read_text(encoding="utf-8"))
        for file in resources.files(package).joinpath("migrations").iterdir()
        if (match := _NAME.fullmatch(file.name))
    ]
    found.sort(key=lambda each: each.number)
    if [each.number for each in found] != list(range(1, len(found) + 1)):
        raise ValueError(f"The migrations of {package} are not numbered from 1 without gaps.")
    return found
