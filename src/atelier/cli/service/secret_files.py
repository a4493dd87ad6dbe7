"""Files that only their owner may read, for tokens: one table for all, or a `.env` file for each account."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from atelier.errors import UsageError


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a new file of mode 600 to be written.

    Raises:
        UsageError: it is there already, or cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already, and is not overwritten: name another file.") from error
    except OSError as error:
        raise UsageError(f"Cannot write {path}: {error.strerror or error}.") from error
    with os.fdopen(descriptor, "wb") as file:
        yield file


class TokenFiles:
    """Where tokens go: a `.csv` file, one `.env` file, or a directory with one for each account."""

    def __init__(self, out: Path) -> None:
        """Take the place, and see that it can be written before any token is issued.

        Raises:
            UsageError: the file is there already, or nothing can be written there.
        """
        self._out = out
        self._one = out.suffix.lower() in (".csv", ".env") or out.name == ".env"
        if not self._one:
            try:
                out.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise UsageError(f"Cannot make {out}: {error.strerror or error}.") from error
        if self._one and out.exists():
            raise UsageError(f"{out} is there already, and is not overwritten: name another file.")
        place = out.parent if self._one else out
        if not os.access(place if place.exists() else Path.cwd(), os.W_OK):
            raise UsageError(f"Nothing can be written to {place}.")

    def write(self, secrets: Sequence[Mapping[str, Any]], server: str) -> tuple[Path, ...]:
        """Write tokens as the API gives them, and return the files.

        Raises:
            UsageError: a file cannot be written; the message names no token.
        """
        if self._one and self._out.suffix.lower() == ".csv":
            with new_file(self._out) as file:
                file.write(_table(secrets, server))
            return (self._out,)
        if self._one:
            if len(secrets) > 1:
                raise UsageError(f"{self._out} is one file for {len(secrets)} accounts: name a directory.")
            return tuple(_env_file(self._out, each, server) for each in secrets)
        return tuple(_env_file(self._free(each["account"]), each, server) for each in secrets)

    def _free(self, name: str) -> Path:
        stem = re.sub(r"[^\w.-]+", "_", name).strip("._") or "account"
        path, number = self._out / f"{stem}.env", 1
        while path.exists():
            number += 1
            path = self._out / f"{stem}-{number}.env"
        return path


def _env_file(path: Path, secret: Mapping[str, Any], server: str) -> Path:
    with new_file(path) as file:
        file.write(
            f"# {secret['account']}\nATELIER_SERVER={server}\nATELIER_TOKEN={secret['token']}\n".encode()
        )
    return path


def _table(secrets: Sequence[Mapping[str, Any]], server: str) -> bytes:
    import csv
    import io

    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("name", "class", "server", "token", "expiry"))
    for each in secrets:
        writer.writerow(
            (each["account"], each.get("class") or "", server, each["token"], each.get("expires") or "")
        )
    # With a mark, without which spreadsheets read umlauts wrong.
    return text.getvalue().encode("utf-8-sig")
