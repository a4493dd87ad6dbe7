"""Stores a job in SQLite, where its account and its class have room for it."""

from __future__ import annotations

from dataclasses import dataclass
from sqlite3 import Connection, Row
from typing import Any

from atelier.errors import AccountUnknown, JobIdTaken, QueueFull, QuotaExceeded, StorageFull
from atelier.storage.account import Limits
from atelier.storage.fairness import UNKNOWN_SECONDS
from atelier.storage.job import Job, NewJob
from atelier.storage.sqlite import rows
from atelier.storage.sqlite.room import Room
from atelier.storage.statements import statements

DAY = 86_400.0


class Submission:
    """The operation that stores jobs; all of it happens within one transaction of the one writer."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._sql = statements(__package__, "submission")

    def values(self, job: NewJob) -> dict[str, Any]:
        """Return the columns that are known before the transaction begins."""
        return {
            "id": job.id,
            "account_id": job.account_id,
            "kind": job.needs.kind,
            "model": job.needs.model,
            "given_id": job.given_id,
            "public_id": job.public_id,
            "body_digest": job.body_digest,
            "client_id": job.client_id,
            "images": job.images,
            "needs": rows.needs_to_json(job.needs),
            "targets": rows.to_json(job.targets),
            "workflow": rows.to_json(job.workflow),
            "extra_data": rows.to_json(job.extra_data),
        }

    def submit(
        self, connection: Connection, values: dict[str, Any], *, front: bool, defaults: Limits, now: float
    ) -> Job:
        """Store a job, or return the one stored before; see `atelier.storage.contract.Jobs.submit`."""
        values = {**values, "now": now, "day": rows.day_of(now)}
        stored = connection.execute(self._sql["stored_before"], values).fetchone()
        if stored is not None:
            if stored["body_digest"] != values["body_digest"]:
                raise JobIdTaken(
                    f"The prompt_id '{values['public_id']}' is that of an earlier job with another workflow: "
                    "send a new one, or none."
                )
            return rows.job(stored)
        estimate = self.estimate(connection, values["kind"])
        users = self._users(connection, values, defaults)
        over = max(each.over for each in users)
        # Should the job be refused for another reason, what was removed comes back with the transaction.
        if over > 0 and self._room.make(connection, values["account_id"], over):
            users = self._users(connection, values, defaults)
        for each in users:
            _require_room(each, values["images"], estimate, now)
        number = connection.execute(self._sql["number"]).fetchone()[0]
        values |= {
            "number": number,
            "place": -number if front else number,
            "reserved_seconds": estimate,
        }
        connection.execute(self._sql["begin_busy_period"])
        connection.execute(self._sql["activate"], values)
        return rows.job(connection.execute(self._sql["add"], values).fetchone())

    def _users(self, connection: Connection, values: dict[str, Any], defaults: Limits) -> list[_User]:
        """Return the account, and its class where it has one, as they are now."""
        account = connection.execute(self._sql["account"], values).fetchone()
        if account is None:
            raise AccountUnknown("The account was removed.")
        users = [_User(row=account, limits=rows.limits(account).over(defaults), who="You")]
        if account["class"] is not None:
            found = connection.execute(self._sql["class"], {**values, "class": account["class"]}).fetchone()
            who = f"Your class '{account['class']}'"
            users.append(_User(row=found, limits=rows.limits(found), who=who))
        return users

    def estimate(self, connection: Connection, kind: str) -> float:
        """Return the engine-seconds that a job of a kind is expected to take."""
        row = connection.execute(self._sql["estimate"], {"kind": kind, "unknown": UNKNOWN_SECONDS}).fetchone()
        return float(row[0])


@dataclass(frozen=True, kw_only=True)
class _User:
    """Who uses something: an account, or all accounts of a class together."""

    row: Row
    limits: Limits
    #: As a sentence about it begins.
    who: str

    @property
    def over(self) -> int:
        """Bytes that have to go before there is room for any more; 0 or less where there is."""
        most = self.limits.storage_bytes
        return 0 if most is None else int(self.row["kept"]) - most + 1


def _require_room(user: _User, images: int, seconds: float, now: float) -> None:
    """Refuse a job for which there is no room."""
    row, limits, who = user.row, user.limits, user.who
    have = "have" if who == "You" else "has"
    if limits.queued is not None and row["queued"] >= limits.queued:
        raise QueueFull(
            f"{who} {have} {row['queued']} jobs waiting, and may have {limits.queued}: "
            "wait until one has begun, or cancel one.",
            retry_after=max(1.0, seconds),
        )
    tomorrow = DAY - now % DAY
    if limits.images_per_day is not None and row["images_today"] + images > limits.images_per_day:
        raise QuotaExceeded(
            f"{who} may make {limits.images_per_day} pictures a day, and {have} made or queued "
            f"{row['images_today']}; this workflow makes up to {images}. "
            "The next day begins at midnight, UTC.",
            retry_after=tomorrow,
        )
    used = row["seconds_today"]
    most = limits.engine_seconds_per_day
    # The first job of a day is only expected to be short enough: it may be one that nobody measured yet.
    if most is not None and used + seconds > most and (used > 0 or most <= 0):
        raise QuotaExceeded(
            f"{who} may use {most:g} seconds of the engines a day, and {have} used or promised {used:.0f}; "
            f"this workflow takes about {seconds:.0f}. The next day begins at midnight, UTC.",
            retry_after=tomorrow,
        )
    if limits.storage_bytes is not None and user.over > 0:
        raise StorageFull(
            f"{who} {have} {row['kept']:,} bytes of files, and may keep {limits.storage_bytes:,}: "
            "delete some first."
        )
