"""The names of artifacts in SQLite."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import PurePosixPath
from sqlite3 import Connection, Row
from typing import Any

from atelier.errors import AccountUnknown, FileExists, LeaseLost, StorageFull
from atelier.storage.file import Area, Artifact, OnClash, StoredFile
from atelier.storage.sqlite import rows
from atelier.storage.sqlite.database import Database
from atelier.storage.sqlite.room import Room
from atelier.storage.statements import statements


class Files:
    """See `atelier.storage.contract.Files`."""

    def __init__(self, database: Database, clock: Callable[[], float], room: Room) -> None:
        self._database = database
        self._room = room
        self._clock = clock
        self._sql = statements(__package__, "files")

    async def put(
        self,
        account_id: str,
        area: Area,
        subfolder: str,
        filename: str,
        artifact: Artifact,
        *,
        media_type: str,
        job_id: str | None = None,
        on_clash: OnClash = OnClash.RENAME,
        limit: int | None = None,
        worker: str | None = None,
    ) -> StoredFile:
        values = {
            "account_id": account_id,
            "area": area.value,
            "subfolder": subfolder,
            "filename": filename,
            "digest": artifact.digest,
            "size": artifact.size,
            "media_type": media_type,
            "job_id": job_id,
            "worker": worker,
            "now": self._clock(),
        }

        def operation(connection: Connection) -> StoredFile:
            room = connection.execute(self._sql["room"], values).fetchone()
            if room is None:
                raise AccountUnknown("The account was removed.")
            if worker is not None and connection.execute(self._sql["held"], values).fetchone() is None:
                raise LeaseLost(
                    f"The worker '{worker}' does not hold the job {job_id} any more: its output was not kept."
                )
            if on_clash is OnClash.NUMBER:
                values["filename"] = self._numbered(connection, values)
            else:
                there = self._row(connection, values)
                if on_clash is OnClash.RENAME:
                    names = _alternatives(filename)
                    while there is not None and there["digest"] != artifact.digest:
                        values["filename"] = next(names)
                        there = self._row(connection, values)
                if there is not None and there["digest"] == artifact.digest:
                    return rows.file(there)
                if there is not None and on_clash is OnClash.REFUSE:
                    raise _exists(values)
                if limit is not None:
                    freed = 0 if there is None else there["size"]
                    added = artifact.size - freed
                    over = _over(room, added, limit)
                    if over > 0 and not self._room.make(connection, account_id, over):
                        raise _no_room(room, added, limit)
            return rows.file(connection.execute(self._sql["put"], values).fetchone())

        return await self._database.write(operation)

    async def get(self, account_id: str, area: Area, subfolder: str, filename: str) -> StoredFile | None:
        values = _key(account_id, area, subfolder, filename)
        row = await self._database.read(lambda connection: self._row(connection, values))
        return None if row is None else rows.file(row)

    async def of_job(self, job_id: str) -> Sequence[StoredFile]:
        values = {"job_id": job_id}
        return await self._database.read(
            lambda connection: [rows.file(row) for row in connection.execute(self._sql["of_job"], values)]
        )

    async def list(
        self, account_id: str, area: Area, *, subfolder: str | None = None
    ) -> Sequence[StoredFile]:
        values = {"account_id": account_id, "area": area.value, "subfolder": subfolder}
        return await self._database.read(
            lambda connection: [rows.file(row) for row in connection.execute(self._sql["list"], values)]
        )

    async def move(
        self, account_id: str, area: Area, source: tuple[str, str], target: tuple[str, str], *, replace: bool
    ) -> StoredFile | None:
        from_values, to_values = _key(account_id, area, *source), _key(account_id, area, *target)

        def operation(connection: Connection) -> StoredFile | None:
            moved = self._row(connection, from_values)
            if moved is None or source == target:
                return None if moved is None else rows.file(moved)
            if self._row(connection, to_values) is not None:
                if not replace:
                    raise _exists(to_values)
                connection.execute(self._sql["delete"], to_values)
            values = {**from_values, "to_subfolder": target[0], "to_filename": target[1]}
            return rows.file(connection.execute(self._sql["move"], values).fetchone())

        return await self._database.write(operation)

    async def delete(self, account_id: str, area: Area, subfolder: str, filename: str) -> bool:
        values = _key(account_id, area, subfolder, filename)
        return await self._database.write(
            lambda connection: connection.execute(self._sql["delete"], values).rowcount > 0
        )

    async def expire(self, area: Area, *, before: float) -> int:
        values = {"area": area.value, "before": before}
        return await self._database.write(
            lambda connection: connection.execute(self._sql["expire"], values).rowcount
        )

    async def kept(self, account_id: str) -> int:
        row = await self._database.read(
            lambda connection: connection.execute(self._sql["kept"], {"account_id": account_id}).fetchone()
        )
        return 0 if row is None else int(row["kept"])

    async def unnamed(self, digests: Collection[str]) -> frozenset[str]:
        values = {"digests": rows.to_json(sorted(digests))}
        found = await self._database.read(
            lambda connection: connection.execute(self._sql["unnamed"], values).fetchall()
        )
        return frozenset(row["value"] for row in found)

    def _row(self, connection: Connection, values: dict[str, Any]) -> Row | None:
        row: Row | None = connection.execute(self._sql["get"], values).fetchone()
        return row

    def _numbered(self, connection: Connection, values: dict[str, Any]) -> str:
        name = PurePosixPath(values["filename"])
        while True:
            number = connection.execute(self._sql["next_number"], {**values, "prefix": name.stem}).fetchone()[
                0
            ]
            filename = f"{name.stem}{number:05}_{name.suffix}"
            # An account may have given this name itself.
            if self._row(connection, {**values, "filename": filename}) is None:
                return filename


def _key(account_id: str, area: Area, subfolder: str, filename: str) -> dict[str, Any]:
    return {"account_id": account_id, "area": area.value, "subfolder": subfolder, "filename": filename}


def _alternatives(filename: str) -> Iterator[str]:
    """Return "a (1).png", "a (2).png" and so on."""
    name = PurePosixPath(filename)
    return (f"{name.stem} ({number}){name.suffix}" for number in itertools.count(1))


def _exists(values: dict[str, Any]) -> FileExists:
    name = "/".join(part for part in (values["subfolder"], values["filename"]) if part)
    return FileExists(f"There is a file '{name}' already: choose another name, or replace it.")


def _over(room: Row, added: int, limit: int) -> int:
    """Return by how many bytes an addition goes beyond what the account, or its class, may keep."""
    over = room["kept"] + added - limit
    if room["class_bytes"] is not None:
        over = max(over, int(room["class_kept"]) + added - room["class_bytes"])
    return int(over)


def _no_room(room: Row, added: int, limit: int) -> StorageFull:
    if room["kept"] + added > limit:
        return StorageFull(
            f"You keep {room['kept']:,} bytes, and may keep {limit:,}: there is no room for {added:,} more. "
            "Delete some files first."
        )
    return StorageFull(
        f"Your class '{room['class']}' keeps {room['class_kept']:,.0f} bytes, and may keep "
        f"{room['class_bytes']:,}: there is no room for {added:,} more. Delete some files first."
    )
