-- get --
-- A name within an account; there is no way to ask for one without an account.
SELECT * FROM files
WHERE account_id = :account_id AND area = :area AND subfolder = :subfolder AND filename = :filename

-- list --
-- In the order of the key.
SELECT * FROM files
WHERE account_id = :account_id AND area = :area AND (:subfolder IS NULL OR subfolder = :subfolder)
ORDER BY subfolder, filename

-- of_job --
-- In the order in which they were named.
SELECT * FROM files WHERE job_id = :job_id ORDER BY number

-- held --
-- Whether a worker still holds the job whose output it names; a late one adds nothing.
SELECT 1 FROM jobs WHERE id = :job_id AND worker = :worker AND state = 'running'

-- put --
-- A name that is there gets the new content; whoever does not want that has looked before.
INSERT INTO files (account_id, area, subfolder, filename, digest, size, media_type, job_id, created_at)
VALUES (:account_id, :area, :subfolder, :filename, :digest, :size, :media_type, :job_id, :now)
ON CONFLICT (account_id, area, subfolder, filename) DO UPDATE SET
    digest = excluded.digest, size = excluded.size, media_type = excluded.media_type,
    job_id = excluded.job_id, created_at = excluded.created_at
RETURNING *

-- next_number --
-- Numbers go on after files were deleted: a name that was seen once never means another picture.
INSERT INTO file_numbers (account_id, area, subfolder, prefix, number)
VALUES (:account_id, :area, :subfolder, :prefix, 1)
ON CONFLICT (account_id, area, subfolder, prefix) DO UPDATE SET number = number + 1
RETURNING number

-- room --
-- What the account and its class keep, and may keep.
SELECT
    accounts.kept, accounts.class, classes.storage_bytes AS class_bytes,
    (SELECT total(members.kept) FROM accounts AS members WHERE members.class = accounts.class) AS class_kept
FROM accounts
LEFT JOIN classes ON classes.name = accounts.class
WHERE accounts.id = :account_id

-- move --
-- Within the area.
UPDATE files SET subfolder = :to_subfolder, filename = :to_filename
WHERE account_id = :account_id AND area = :area AND subfolder = :subfolder AND filename = :filename
RETURNING *

-- delete --
-- The name only; content that nothing names any more is swept later.
DELETE FROM files
WHERE account_id = :account_id AND area = :area AND subfolder = :subfolder AND filename = :filename

-- expire --
-- By the time at which the name was given.
DELETE FROM files WHERE area = :area AND created_at < :before

-- kept --
-- From the counter.
SELECT kept FROM accounts WHERE id = :account_id

-- unnamed --
-- One look into an index for each digest.
SELECT value FROM json_each(:digests) AS asked
WHERE NOT EXISTS (SELECT 1 FROM files WHERE files.digest = asked.value)
