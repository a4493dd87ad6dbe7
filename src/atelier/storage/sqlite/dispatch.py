"""Gives jobs to workers and takes their ends, in SQLite; every operation within one transaction."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from sqlite3 import Connection, Row
from typing import Any

from atelier.storage.account import Limits, Role
from atelier.storage.fairness import CREDIT, MODEL_PATIENCE, REPORT_COUNTS, effective_weight
from atelier.storage.job import ATTEMPTS, End, Hold, Job, JobState
from atelier.storage.sqlite import rows
from atelier.storage.sqlite.submission import Submission
from atelier.storage.statements import statements


class Dispatch:
    """The operations by which jobs run and end."""

    def __init__(self, submission: Submission) -> None:
        self._submission = submission
        self._sql = statements(__package__, "dispatch")

    def claim(
        self,
        connection: Connection,
        engine: str,
        worker: str,
        *,
        unable: Collection[str],
        lease: float,
        defaults: Mapping[Role, Limits],
        now: float,
    ) -> Job | None:
        """Give the next job to a worker."""
        values: dict[str, Any] = {
            "engine": engine,
            "worker": worker,
            "unable": rows.to_json(sorted(unable)),
            "lease": lease,
            "running_limits": rows.to_json({role.value: each.running for role, each in defaults.items()}),
            "now": now,
            "patience": MODEL_PATIENCE,
            "report_counts": REPORT_COUNTS,
        }
        chosen = connection.execute(self._sql["next"], values).fetchone()
        if chosen is None:
            return None
        lag = connection.execute(self._sql["lag"], {"credit": CREDIT}).fetchone()[0]
        values |= {
            "number": chosen["number"],
            "account_id": chosen["account_id"],
            "start": max(chosen["virtual_time"], lag),
            "estimate": self._submission.estimate(connection, chosen["kind"]),
            "weight": effective_weight(chosen["weight"], lesson_until=chosen["lesson_until"], now=now),
        }
        values["claim"] = connection.execute(self._sql["clock"], values).fetchone()[0]
        connection.execute(self._sql["charge"], values)
        connection.execute(self._sql["occupy"], values)
        row = connection.execute(self._sql["claim"], values).fetchone()
        connection.execute(self._sql["begin_attempt"], {**values, "attempt": row["attempt"]})
        return rows.job(row)

    def adopt(
        self, connection: Connection, engine: str, worker: str, *, lease: float, now: float
    ) -> Sequence[Job]:
        """Take over what runs on an engine and whose worker is gone."""
        values = {"engine": engine, "worker": worker, "lease": lease, "now": now}
        return [rows.job(row) for row in connection.execute(self._sql["adopt"], values).fetchall()]

    def renew(self, connection: Connection, job_id: str, worker: str, *, lease: float, now: float) -> Hold:
        """Hold a job for longer."""
        values = {"id": job_id, "worker": worker, "lease": lease, "now": now}
        row = connection.execute(self._sql["renew"], values).fetchone()
        if row is None:
            return Hold.LOST
        return Hold.CANCEL if row["cancel_requested"] else Hold.KEPT

    def finish(
        self, connection: Connection, job_id: str, worker: str, end: dict[str, Any], *, now: float
    ) -> Job | None:
        """End a running job, and settle what it used."""
        row = connection.execute(
            self._sql["finish"], {**end, "id": job_id, "worker": worker, "now": now}
        ).fetchone()
        if row is None:
            return None
        self._end_attempt(connection, row, None, now)
        self._settle(connection, row, row["engine_seconds"])
        if row["state"] == JobState.SUCCEEDED:
            connection.execute(self._sql["measure_kind"], dict(row))
            connection.execute(self._sql["measure_all"], dict(row))
        return rows.job(row)

    def end_values(self, end: End) -> dict[str, Any]:
        """Return the columns of an end.

        Raises:
            ValueError: its state is not final.
        """
        if not end.state.final:
            raise ValueError(f"A job does not end as '{end.state}'.")
        return {
            "state": end.state.value,
            "images": end.images,
            "engine_seconds": end.engine_seconds,
            "outputs": rows.to_json(end.outputs),
            "messages": rows.to_json(end.messages),
            "extra": rows.to_json(end.extra),
            "failure": end.failure,
        }

    def give_back(
        self, connection: Connection, job_id: str, worker: str, reason: str, *, counted: bool, now: float
    ) -> Job | None:
        """Queue a running job again, or end it where it had its attempts or is to be cancelled."""
        row = connection.execute(self._sql["held"], {"id": job_id, "worker": worker}).fetchone()
        return None if row is None else self._lose(connection, row, reason, counted=counted, now=now)

    def reclaim(self, connection: Connection, *, now: float) -> Sequence[Job]:
        """Take back every job whose lease ran out."""
        return [
            self._lose(
                connection,
                row,
                "its worker stopped answering, and its lease ran out",
                counted=True,
                now=now,
            )
            for row in connection.execute(self._sql["lost_leases"], {"now": now}).fetchall()
        ]

    def attempts(self, connection: Connection, job_id: str) -> list[Row]:
        """Return a job's attempts."""
        return connection.execute(self._sql["attempts"], {"id": job_id}).fetchall()

    def orphan(self, connection: Connection, *, until: float) -> None:
        """Note that every worker is gone; its jobs may be adopted until a time."""
        connection.execute(self._sql["orphan"], {"until": until})

    def shift_leases(self, connection: Connection, seconds: float) -> None:
        """Move the end of every lease."""
        connection.execute(self._sql["shift_leases"], {"seconds": seconds})

    def _lose(self, connection: Connection, row: Row, reason: str, *, counted: bool, now: float) -> Job:
        values: dict[str, Any] = {
            "number": row["number"],
            "attempts": row["attempt"] if counted else row["attempt"] - 1,
            "now": now,
        }
        if counted:
            self._end_attempt(connection, row, reason, now)
        else:
            connection.execute(self._sql["forget_attempt"], {**values, "attempt": row["attempt"]})
        # What was charged for it is taken back: the loss is none of the account's doing.
        self._settle(connection, row, 0.0)
        if row["cancel_requested"]:
            values |= {"state": JobState.CANCELLED.value, "failure": None}
            return rows.job(connection.execute(self._sql["end_lost"], values).fetchone())
        if counted and row["attempt"] >= ATTEMPTS:
            values |= {"state": JobState.FAILED.value, "failure": self._reasons(connection, row["id"])}
            return rows.job(connection.execute(self._sql["end_lost"], values).fetchone())
        return rows.job(connection.execute(self._sql["requeue"], values).fetchone())

    def _reasons(self, connection: Connection, job_id: str) -> str:
        attempts = self.attempts(connection, job_id)
        told = "; ".join(f"{each['number']}. on {each['engine']}: {each['reason']}" for each in attempts)
        return f"All {len(attempts)} attempts were lost: {told}."

    def _end_attempt(self, connection: Connection, row: Row, reason: str | None, now: float) -> None:
        values = {"number": row["number"], "attempt": row["attempt"], "reason": reason, "now": now}
        connection.execute(self._sql["end_attempt"], values)

    def _settle(self, connection: Connection, row: Row, seconds: float) -> None:
        difference = (seconds - row["charged"]) / row["weight"]
        settled = connection.execute(
            self._sql["settle"], {"difference": difference, "account_id": row["account_id"]}
        ).fetchone()
        connection.execute(self._sql["note_finish"], {"virtual_time": settled["virtual_time"]})
