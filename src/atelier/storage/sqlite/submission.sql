-- stored_before --
-- A submission whose answer was lost is sent again under the same id, and must not run twice.
SELECT * FROM jobs WHERE account_id = :account_id AND public_id = :public_id

-- account --
-- What the account has in the queue and on the disk, and what of the day is used or promised.
SELECT
    accounts.*,
    coalesce(usage.images + usage.reserved_images, 0) AS images_today,
    coalesce(usage.engine_seconds + usage.reserved_seconds, 0.0) AS seconds_today
FROM accounts
LEFT JOIN usage ON usage.account_id = accounts.id AND usage.day = :day
WHERE accounts.id = :account_id

-- class --
-- The same for all accounts of a class together; counted each time, since accounts change classes.
SELECT
    classes.*,
    sum(accounts.queued) AS queued,
    sum(accounts.kept) AS kept,
    coalesce(sum(usage.images + usage.reserved_images), 0) AS images_today,
    coalesce(sum(usage.engine_seconds + usage.reserved_seconds), 0.0) AS seconds_today
FROM classes
JOIN accounts ON accounts.class = classes.name
LEFT JOIN usage ON usage.account_id = accounts.id AND usage.day = :day
WHERE classes.name = :class
GROUP BY classes.name

-- estimate --
-- The mean of its kind so far, or of all kinds.
SELECT coalesce(
    (SELECT seconds / jobs FROM kinds WHERE kind = :kind),
    (SELECT measured_seconds / measured_jobs FROM queue WHERE measured_jobs > 0),
    :unknown
)

-- number --
-- From a counter of its own, so that no number comes twice, even when the latest job was removed.
UPDATE queue SET number = number + 1 RETURNING number

-- add --
-- Triggers count it, and reserve what it needs of the day.
INSERT INTO jobs (
    number, id, account_id, state, place, kind, model, given_id, public_id, body_digest, client_id, created_at,
    queued_at, day, images, reserved_seconds, needs, targets, workflow, extra_data
) VALUES (
    :number, :id, :account_id, 'queued', :place, :kind, :model, :given_id, :public_id, :body_digest, :client_id,
    :now, :now, :day, :images, :reserved_seconds, :needs, :targets, :workflow, :extra_data
)
RETURNING *

-- begin_busy_period --
-- When nothing waits or runs, all that was used counts as even: nobody pays later for engines that stood idle.
UPDATE queue SET virtual_time = max(virtual_time, finish)
WHERE NOT EXISTS (SELECT 1 FROM accounts WHERE queued > 0)
    AND NOT EXISTS (SELECT 1 FROM accounts WHERE running > 0)

-- activate --
-- A newcomer begins where the others are, gets nothing for the time that it was away, and is first among equals.
UPDATE accounts SET
    virtual_time = max(virtual_time, (SELECT virtual_time FROM queue)), last_claim = 0, active_since = :number
WHERE id = :account_id AND queued = 0 AND running = 0
