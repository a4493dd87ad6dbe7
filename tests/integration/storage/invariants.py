"""What holds in a SQLite database at every moment, read from the file by another connection."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

#: Each gives a row for every violation.
VIOLATIONS = {
    "counters are not the counts": """
        SELECT id, queued, running FROM accounts
        WHERE queued <> (SELECT count(*) FROM jobs WHERE account_id = accounts.id AND state = 'queued')
            OR running <> (SELECT count(*) FROM jobs WHERE account_id = accounts.id AND state = 'running')
    """,
    "kept bytes are not the files": """
        SELECT id, kept FROM accounts
        WHERE kept <> (SELECT total(size) FROM files WHERE account_id = accounts.id AND area <> 'temp')
    """,
    "use is not what the jobs reserved and made": """
        SELECT usage.account_id, usage.day FROM usage
        LEFT JOIN (
            SELECT account_id, day,
                total(images * (ended_at IS NULL)) AS reserved_images,
                total(reserved_seconds * (ended_at IS NULL)) AS reserved_seconds,
                total(images_made) AS images,
                total(engine_seconds) AS seconds
            FROM jobs GROUP BY account_id, day
        ) AS summed ON summed.account_id = usage.account_id AND summed.day = usage.day
        WHERE usage.reserved_images <> summed.reserved_images OR usage.images <> summed.images
            OR abs(usage.engine_seconds - summed.seconds) > 1e-6
            OR abs(usage.reserved_seconds - summed.reserved_seconds) > 1e-6
    """,
    "a state and what goes with it disagree": """
        SELECT id, state FROM jobs
        WHERE (state = 'running') <> (worker IS NOT NULL AND lease_until IS NOT NULL)
            OR (state IN ('succeeded', 'failed', 'cancelled')) <> (ended_at IS NOT NULL)
            OR (ended_at IS NOT NULL) <> (images_made IS NOT NULL AND engine_seconds IS NOT NULL)
    """,
    "the attempts of a job are not those that were counted": """
        SELECT id, attempt FROM jobs
        WHERE attempt <> (SELECT count(*) FROM attempts WHERE job_number = jobs.number)
            OR (state = 'running') <> EXISTS (
                SELECT 1 FROM attempts WHERE job_number = jobs.number AND ended_at IS NULL
            )
    """,
}


def require_sound(path: Path) -> None:
    """Fail where something that always holds does not."""
    with closing(sqlite3.connect(path)) as connection:
        for name, sql in VIOLATIONS.items():
            assert connection.execute(sql).fetchall() == [], name
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
