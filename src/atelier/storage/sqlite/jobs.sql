-- get --
-- For the service itself; nothing is hidden from it.
SELECT * FROM jobs WHERE id = :id

-- find --
-- For an account, by the name that it knows; a job that it cleared is not there for it.
SELECT * FROM jobs WHERE account_id = :account_id AND public_id = :public_id AND NOT hidden

-- list --
-- The latest first, from the index, without a look at other accounts' jobs.
SELECT * FROM jobs
WHERE account_id = :account_id AND (:hidden OR NOT hidden) AND state IN (SELECT value FROM json_each(:states))
ORDER BY number DESC
LIMIT :limit OFFSET :offset

-- cancel --
-- A waiting job ends here and now; a running one is only marked, for its worker to stop.
SELECT number, state FROM jobs WHERE account_id = :account_id AND public_id = :public_id

-- request_cancel --
-- The worker learns of it when it renews its lease.
UPDATE jobs SET cancel_requested = 1 WHERE number = :number

-- end_waiting --
-- Nothing was made; triggers give back what was reserved.
UPDATE jobs SET state = :state, ended_at = :now, images_made = 0, engine_seconds = 0.0, failure = :failure
WHERE number = :number AND state = 'queued'
RETURNING *

-- waiting_of --
-- In their order.
SELECT number FROM jobs WHERE state = 'queued' AND account_id = :account_id ORDER BY place

-- waiting --
-- Whether a job still waits.
SELECT number FROM jobs WHERE id = :id AND state = 'queued'

-- hide --
-- What runs or waits is not history yet.
UPDATE jobs SET hidden = 1
WHERE account_id = :account_id AND NOT hidden AND state IN ('succeeded', 'failed', 'cancelled')
    AND (:public_ids IS NULL OR public_id IN (SELECT value FROM json_each(:public_ids)))

-- unfinished --
-- From the counters.
SELECT queued + running FROM accounts WHERE id = :account_id

-- forget_ended --
-- A bounded number at a time, so that other writes do not wait behind it.
DELETE FROM jobs WHERE number IN (
    SELECT number FROM jobs
    WHERE ended_at < :before AND (:account_id IS NULL OR account_id = :account_id)
    ORDER BY ended_at LIMIT :limit
)

-- waiting_kinds --
-- From an index that has nothing else.
SELECT kind, min(created_at) AS oldest FROM jobs WHERE state = 'queued' GROUP BY kind

-- waiting_of_kind --
-- The oldest first.
SELECT * FROM jobs WHERE state = 'queued' AND kind = :kind ORDER BY created_at, number LIMIT :limit

-- counts --
-- First by account, from an index; the roles are few.
SELECT accounts.role, counted.state, sum(counted.jobs) AS jobs
FROM (SELECT account_id, state, count(*) AS jobs FROM jobs GROUP BY account_id, state) AS counted
JOIN accounts ON accounts.id = counted.account_id
GROUP BY accounts.role, counted.state

-- standing_of --
-- The job's account and place.
SELECT account_id, place FROM jobs WHERE id = :id AND state = 'queued'

-- standing_before --
-- Jobs of the same account before it.
SELECT count(*) FROM jobs WHERE state = 'queued' AND account_id = :account_id AND place < :place

-- standing_accounts --
-- Everybody who waits.
SELECT
    id, virtual_time, weight, queued,
    (SELECT lesson_until FROM classes WHERE classes.name = accounts.class) AS lesson_until
FROM accounts WHERE queued > 0

-- standing_running --
-- How long each running job has run.
SELECT :now - started_at AS seconds FROM jobs WHERE state = 'running'

-- standing_mean --
-- Nothing where nothing was measured.
SELECT measured_seconds / measured_jobs AS mean FROM queue WHERE measured_jobs > 0
