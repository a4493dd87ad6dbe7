-- oldest --
-- What jobs made, the oldest first. What runs still collects.
SELECT number, size FROM files
WHERE account_id = :account_id AND area = 'output'
    AND (job_id IS NULL OR job_id NOT IN (SELECT id FROM jobs WHERE state = 'running'))
ORDER BY created_at, number

-- remove --
-- The name only; content that nothing names any more is swept later.
DELETE FROM files WHERE number = :number
