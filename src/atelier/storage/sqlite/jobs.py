"""The queue in SQLite."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from sqlite3 import Connection, Row
from typing import Any

from atelier.storage.account import Limits, Role
from atelier.storage.contract import Deed
from atelier.storage.fairness import Waiting, effective_weight, place_in_queue
from atelier.storage.job import Attempt, Cancellation, End, Hold, Job, JobState, NewJob, Standing
from atelier.storage.sqlite import rows
from atelier.storage.sqlite.audit import Audit
from atelier.storage.sqlite.database import Database
from atelier.storage.sqlite.dispatch import Dispatch
from atelier.storage.sqlite.room import Room
from atelier.storage.sqlite.submission import Submission
from atelier.storage.statements import statements


class Jobs:
    """See `atelier.storage.contract.Jobs`."""

    def __init__(self, database: Database, clock: Callable[[], float], audit: Audit, room: Room) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._sql = statements(__package__, "jobs")
        self._submission = Submission(room)
        self._dispatch = Dispatch(self._submission)

    # --- coming in ---------------------------------------------------------------------------------------

    async def submit(self, job: NewJob, defaults: Limits) -> Job:
        values = self._submission.values(job)
        return await self._database.write(
            lambda connection: self._submission.submit(
                connection, values, front=job.front, defaults=defaults, now=self._clock()
            )
        )

    # --- running -----------------------------------------------------------------------------------------

    async def claim(
        self,
        engine: str,
        worker: str,
        *,
        unable: Collection[str],
        lease: float,
        defaults: Mapping[Role, Limits],
    ) -> Job | None:
        return await self._database.write(
            lambda connection: self._dispatch.claim(
                connection,
                engine,
                worker,
                unable=unable,
                lease=lease,
                defaults=defaults,
                now=self._clock(),
            )
        )

    async def adopt(self, engine: str, worker: str, *, lease: float) -> Sequence[Job]:
        return await self._database.write(
            lambda connection: self._dispatch.adopt(
                connection, engine, worker, lease=lease, now=self._clock()
            )
        )

    async def renew(self, job_id: str, worker: str, *, lease: float) -> Hold:
        return await self._database.write(
            lambda connection: self._dispatch.renew(
                connection, job_id, worker, lease=lease, now=self._clock()
            )
        )

    async def finish(self, job_id: str, worker: str, end: End) -> Job | None:
        values = self._dispatch.end_values(end)
        return await self._database.write(
            lambda connection: self._dispatch.finish(connection, job_id, worker, values, now=self._clock())
        )

    async def give_back(self, job_id: str, worker: str, reason: str, *, counted: bool) -> Job | None:
        return await self._database.write(
            lambda connection: self._dispatch.give_back(
                connection, job_id, worker, reason, counted=counted, now=self._clock()
            )
        )

    async def reclaim(self) -> Sequence[Job]:
        return await self._database.write(
            lambda connection: self._dispatch.reclaim(connection, now=self._clock())
        )

    async def shift_leases(self, seconds: float) -> None:
        await self._database.write(lambda connection: self._dispatch.shift_leases(connection, seconds))

    # --- ending without having run -----------------------------------------------------------------------

    async def cancel(self, account_id: str, public_id: str, *, deed: Deed | None = None) -> Cancellation:
        values = {"account_id": account_id, "public_id": public_id}

        def operation(connection: Connection) -> Cancellation:
            row = connection.execute(self._sql["cancel"], values).fetchone()
            if row is None:
                return Cancellation.UNKNOWN
            outcome = self._cancel(connection, row)
            if deed is not None:
                told = replace(deed, detail={**deed.detail, "outcome": outcome.value})
                self._audit.write(connection, told)
            return outcome

        return await self._database.write(operation)

    def _cancel(self, connection: Connection, row: Row) -> Cancellation:
        match JobState(row["state"]):
            case JobState.QUEUED:
                self._end_waiting(connection, row["number"], JobState.CANCELLED)
                return Cancellation.DONE
            case JobState.RUNNING:
                connection.execute(self._sql["request_cancel"], {"number": row["number"]})
                return Cancellation.REQUESTED
            case _:
                return Cancellation.TOO_LATE

    async def cancel_waiting(self, account_id: str) -> Sequence[Job]:
        def operation(connection: Connection) -> list[Job]:
            waiting = connection.execute(self._sql["waiting_of"], {"account_id": account_id}).fetchall()
            return [self._end_waiting(connection, row["number"], JobState.CANCELLED) for row in waiting]

        return await self._database.write(operation)

    async def fail(self, job_id: str, reason: str) -> Job | None:
        def operation(connection: Connection) -> Job | None:
            row = connection.execute(self._sql["waiting"], {"id": job_id}).fetchone()
            if row is None:
                return None
            return self._end_waiting(connection, row["number"], JobState.FAILED, reason)

        return await self._database.write(operation)

    def _end_waiting(
        self, connection: Connection, number: int, state: JobState, failure: str | None = None
    ) -> Job:
        values = {"number": number, "state": state.value, "failure": failure, "now": self._clock()}
        return rows.job(connection.execute(self._sql["end_waiting"], values).fetchone())

    # --- looking -----------------------------------------------------------------------------------------

    async def get(self, job_id: str) -> Job | None:
        return await self._one("get", {"id": job_id})

    async def find(self, account_id: str, public_id: str) -> Job | None:
        return await self._one("find", {"account_id": account_id, "public_id": public_id})

    async def list(
        self,
        account_id: str,
        *,
        states: Collection[JobState] = frozenset(JobState),
        limit: int = 64,
        offset: int = 0,
        hidden: bool = False,
    ) -> Sequence[Job]:
        values = {
            "account_id": account_id,
            "states": rows.to_json(sorted(states)),
            "limit": limit,
            "offset": offset,
            "hidden": hidden,
        }
        return await self._database.read(
            lambda connection: [rows.job(row) for row in connection.execute(self._sql["list"], values)]
        )

    async def hide(self, account_id: str, public_ids: Collection[str] | None) -> int:
        chosen = None if public_ids is None else rows.to_json(sorted(public_ids))
        values = {"account_id": account_id, "public_ids": chosen}
        return await self._database.write(
            lambda connection: connection.execute(self._sql["hide"], values).rowcount
        )

    async def unfinished(self, account_id: str) -> int:
        row = await self._database.read(
            lambda connection: connection.execute(
                self._sql["unfinished"], {"account_id": account_id}
            ).fetchone()
        )
        return 0 if row is None else int(row[0])

    async def standing(self, job_id: str, *, engines: int) -> Standing | None:
        now = self._clock()

        def operation(connection: Connection) -> Standing | None:
            job = connection.execute(self._sql["standing_of"], {"id": job_id}).fetchone()
            if job is None:
                return None
            waiting = [
                Waiting(
                    account_id=row["id"],
                    virtual_time=row["virtual_time"],
                    weight=effective_weight(row["weight"], lesson_until=row["lesson_until"], now=now),
                    queued=row["queued"],
                )
                for row in connection.execute(self._sql["standing_accounts"])
            ]
            running = connection.execute(self._sql["standing_running"], {"now": now}).fetchall()
            mean = connection.execute(self._sql["standing_mean"]).fetchone()
            return place_in_queue(
                waiting,
                job["account_id"],
                before_it=connection.execute(self._sql["standing_before"], dict(job)).fetchone()[0],
                mean=None if mean is None else mean["mean"],
                running_for=[row["seconds"] for row in running],
                engines=engines,
            )

        return await self._database.read(operation)

    async def waiting_kinds(self) -> Mapping[str, float]:
        found = await self._database.read(
            lambda connection: connection.execute(self._sql["waiting_kinds"]).fetchall()
        )
        return {row["kind"]: row["oldest"] for row in found}

    async def waiting(self, kind: str, *, limit: int = 100) -> Sequence[Job]:
        values = {"kind": kind, "limit": limit}
        return await self._database.read(
            lambda connection: [
                rows.job(row) for row in connection.execute(self._sql["waiting_of_kind"], values)
            ]
        )

    async def attempts(self, job_id: str) -> Sequence[Attempt]:
        found = await self._database.read(lambda connection: self._dispatch.attempts(connection, job_id))
        return [rows.attempt(row) for row in found]

    async def counts(self) -> Mapping[tuple[str, JobState], int]:
        found = await self._database.read(
            lambda connection: connection.execute(self._sql["counts"]).fetchall()
        )
        return {(row["role"], JobState(row["state"])): row["jobs"] for row in found}

    async def forget_ended(self, *, before: float, limit: int, account_id: str | None = None) -> int:
        values = {"before": before, "limit": limit, "account_id": account_id}
        return await self._database.write(
            lambda connection: connection.execute(self._sql["forget_ended"], values).rowcount
        )

    def orphan(self, connection: Connection, *, grace: float) -> None:
        """Note at the start that every worker of before is gone; jobs may be adopted for `grace` seconds."""
        self._dispatch.orphan(connection, until=self._clock() + grace)

    async def _one(self, statement: str, values: Mapping[str, Any]) -> Job | None:
        row = await self._database.read(
            lambda connection: connection.execute(self._sql[statement], values).fetchone()
        )
        return None if row is None else rows.job(row)
