-- next --
-- Walks the accounts with waiting jobs in the order of their virtual time, from an index, and stops at the first
-- that may run and has a job for this engine: its cost does not grow with the number of waiting jobs.
WITH full_classes (name) AS MATERIALIZED (
    SELECT classes.name FROM classes
    WHERE classes.running_limit IS NOT NULL AND classes.running_limit <= (
        SELECT total(running) FROM accounts WHERE accounts.class = classes.name AND accounts.running > 0
    )
),
-- Idle engines that hold a model; a job waits for them only a little, lest it wait for one that cannot run it.
holders (model, idle_since) AS MATERIALIZED (
    SELECT model, max(idle_since) FROM engines
    WHERE name <> :engine AND model IS NOT NULL AND idle_since IS NOT NULL
        AND reported_at > :now - :report_counts AND NOT draining
        AND model IS NOT (SELECT own.model FROM engines AS own WHERE own.name = :engine)
    GROUP BY model
)
SELECT
    job.number, job.kind, accounts.id AS account_id, accounts.virtual_time, accounts.weight,
    (SELECT lesson_until FROM classes WHERE classes.name = accounts.class) AS lesson_until
FROM accounts INDEXED BY accounts_waiting
CROSS JOIN jobs AS job ON job.number = (
    SELECT waiting.number FROM jobs AS waiting INDEXED BY jobs_waiting
    WHERE waiting.state = 'queued' AND waiting.account_id = accounts.id
        AND waiting.kind NOT IN (SELECT value FROM json_each(:unable))
        AND NOT EXISTS (
            SELECT 1 FROM holders
            WHERE holders.model = waiting.model
                AND max(holders.idle_since, waiting.queued_at) > :now - :patience
        )
    ORDER BY waiting.place
    LIMIT 1
)
WHERE accounts.queued > 0
    AND NOT accounts.disabled
    AND accounts.running < coalesce(
        accounts.running_limit, json_extract(:running_limits, '$.' || accounts.role), 9223372036854775807
    )
    AND (accounts.class IS NULL OR accounts.class NOT IN (SELECT name FROM full_classes))
    AND NOT EXISTS (SELECT 1 FROM engines WHERE name = :engine AND draining)
ORDER BY accounts.virtual_time, accounts.last_claim, accounts.active_since
LIMIT 1

-- claim --
-- The worker's name is the fence: it is never used again, so no late word of another counts.
UPDATE jobs SET
    state = 'running', engine = :engine, worker = :worker, lease_until = :now + :lease, orphaned = 0,
    started_at = :now, attempt = attempt + 1, charged = :estimate, weight = :weight
WHERE number = :number
RETURNING *

-- clock --
-- A number for the claim, and the virtual time that newcomers begin at, which never goes back.
UPDATE queue SET claims = claims + 1, virtual_time = max(virtual_time, :start)
RETURNING claims

-- lag --
-- Up to where an account that was kept from running is brought before it runs.
SELECT virtual_time - :credit FROM queue

-- charge --
-- At the claim, so that an account with many engines does not run ahead before the first job ends.
UPDATE accounts SET virtual_time = :start + :estimate / :weight, last_claim = :claim WHERE id = :account_id

-- begin_attempt --
-- The number is that of the counted attempts; one that never began is taken out again.
INSERT INTO attempts (job_number, number, engine, worker, started_at)
VALUES (:number, :attempt, :engine, :worker, :now)

-- occupy --
-- Until it reports itself idle again.
UPDATE engines SET idle_since = NULL WHERE name = :engine

-- adopt --
-- No attempt is counted: what runs on the engine goes on under a new worker.
UPDATE jobs SET worker = :worker, lease_until = :now + :lease, orphaned = 0
WHERE state = 'running' AND engine = :engine AND (orphaned OR lease_until < :now)
RETURNING *

-- renew --
-- Returns nothing where the job is not this worker's any more.
UPDATE jobs SET lease_until = :now + :lease
WHERE id = :id AND worker = :worker AND state = 'running'
RETURNING cancel_requested

-- finish --
-- From running, by its worker, and so exactly once. Triggers settle the day.
UPDATE jobs SET
    state = :state, ended_at = :now, worker = NULL, lease_until = NULL, images_made = :images,
    engine_seconds = :engine_seconds, outputs = :outputs, messages = :messages, extra = :extra,
    failure = :failure
WHERE id = :id AND worker = :worker AND state = 'running'
RETURNING *

-- held --
-- The job, where it is this worker's.
SELECT * FROM jobs WHERE id = :id AND worker = :worker AND state = 'running'

-- lost_leases --
-- The oldest first.
SELECT * FROM jobs WHERE state = 'running' AND lease_until < :now ORDER BY lease_until

-- end_attempt --
-- Without a reason where the attempt was the last.
UPDATE attempts SET ended_at = :now, reason = :reason
WHERE job_number = :number AND number = :attempt

-- forget_attempt --
-- It never began.
DELETE FROM attempts WHERE job_number = :number AND number = :attempt

-- requeue --
-- In its old place: the place is never changed. What it says of attempts is that of the latest one that counts.
UPDATE jobs SET
    state = 'queued', queued_at = :now, worker = NULL, lease_until = NULL, charged = NULL, weight = NULL,
    attempt = :attempts,
    engine = (SELECT attempts.engine FROM attempts WHERE job_number = jobs.number ORDER BY number DESC LIMIT 1),
    started_at = (
        SELECT attempts.started_at FROM attempts WHERE job_number = jobs.number ORDER BY number DESC LIMIT 1
    )
WHERE number = :number
RETURNING *

-- end_lost --
-- Nobody made anything of it, so nothing is charged.
UPDATE jobs SET
    state = :state, ended_at = :now, worker = NULL, lease_until = NULL, images_made = 0, engine_seconds = 0.0,
    failure = :failure, attempt = :attempts,
    engine = (SELECT attempts.engine FROM attempts WHERE job_number = jobs.number ORDER BY number DESC LIMIT 1),
    started_at = (
        SELECT attempts.started_at FROM attempts WHERE job_number = jobs.number ORDER BY number DESC LIMIT 1
    )
WHERE number = :number
RETURNING *

-- settle --
-- The measure instead of the estimate, at the weight of the claim.
UPDATE accounts SET virtual_time = virtual_time + :difference WHERE id = :account_id RETURNING virtual_time

-- note_finish --
-- From here the next busy period begins.
UPDATE queue SET finish = max(finish, :virtual_time)

-- measure_kind --
-- Of jobs that succeeded: one that failed at once says nothing about the next.
INSERT INTO kinds (kind, jobs, seconds) VALUES (:kind, 1, :engine_seconds)
ON CONFLICT (kind) DO UPDATE SET jobs = jobs + 1, seconds = seconds + excluded.seconds

-- measure_all --
-- For kinds that nobody has run yet.
UPDATE queue SET measured_jobs = measured_jobs + 1, measured_seconds = measured_seconds + :engine_seconds

-- attempts --
-- In their order.
SELECT attempts.* FROM attempts JOIN jobs ON jobs.number = attempts.job_number
WHERE jobs.id = :id ORDER BY attempts.number

-- orphan --
-- At the start of the service: every worker of before is gone. Whoever serves the engine now has a while to look
-- there for what it runs, before the job is queued again.
UPDATE jobs SET orphaned = 1, lease_until = max(lease_until, :until) WHERE state = 'running'

-- shift_leases --
-- All by the same.
UPDATE jobs SET lease_until = lease_until + :seconds WHERE state = 'running'
