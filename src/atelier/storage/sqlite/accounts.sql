-- add --
-- The counters and the place in the fair order begin at their defaults.
INSERT INTO accounts (
    id, name, role, class, weight, images_per_day, engine_seconds_per_day, storage_bytes, running_limit,
    queued_limit, expires_at, disabled, created_at
) VALUES (
    :id, :name, :role, :class, :weight, :images_per_day, :engine_seconds_per_day, :storage_bytes,
    :running_limit, :queued_limit, :expires_at, :disabled, :created_at
)

-- change --
-- Leaves the counters and the place in the fair order alone.
UPDATE accounts SET
    name = :name, role = :role, class = :class, weight = :weight, images_per_day = :images_per_day,
    engine_seconds_per_day = :engine_seconds_per_day, storage_bytes = :storage_bytes,
    running_limit = :running_limit, queued_limit = :queued_limit, expires_at = :expires_at,
    disabled = :disabled, created_at = :created_at
WHERE id = :id

-- get --
-- By id, as tokens and jobs refer to it.
SELECT * FROM accounts WHERE id = :id

-- named --
-- By name, as people refer to it.
SELECT * FROM accounts WHERE name = :name

-- list --
-- All, or those of a class.
SELECT * FROM accounts WHERE :class IS NULL OR class = :class ORDER BY name

-- remove --
-- Tokens, jobs, files, numbers, settings and use go with it, by their references.
DELETE FROM accounts WHERE id = :id

-- put_group --
-- A class is named by its teacher, and changed under its name.
INSERT INTO classes (
    name, images_per_day, engine_seconds_per_day, storage_bytes, running_limit, queued_limit, shows_pictures,
    lesson_until
) VALUES (
    :name, :images_per_day, :engine_seconds_per_day, :storage_bytes, :running_limit, :queued_limit,
    :shows_pictures, :lesson_until
)
ON CONFLICT (name) DO UPDATE SET
    images_per_day = excluded.images_per_day,
    engine_seconds_per_day = excluded.engine_seconds_per_day,
    storage_bytes = excluded.storage_bytes,
    running_limit = excluded.running_limit,
    queued_limit = excluded.queued_limit,
    shows_pictures = excluded.shows_pictures,
    lesson_until = excluded.lesson_until

-- group --
-- One class.
SELECT * FROM classes WHERE name = :name

-- groups --
-- All of them.
SELECT * FROM classes ORDER BY name
