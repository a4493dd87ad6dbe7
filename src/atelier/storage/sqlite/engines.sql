-- report --
-- Idleness keeps its beginning, for it says how long a job was left for this engine.
INSERT INTO engines (name, address, state, model, idle_since, detail, reported_at)
VALUES (:name, :address, :state, :model, CASE WHEN :idle THEN :now END, :detail, :now)
ON CONFLICT (name) DO UPDATE SET
    address = excluded.address,
    state = excluded.state,
    model = excluded.model,
    idle_since = CASE WHEN :idle THEN coalesce(engines.idle_since, :now) END,
    detail = excluded.detail,
    reported_at = excluded.reported_at

-- list --
-- With what it runs, as far as the queue knows.
SELECT
    name, address, state, model, idle_since IS NOT NULL AS idle, detail, draining, reported_at,
    (SELECT count(*) FROM jobs WHERE jobs.state = 'running' AND jobs.engine = engines.name) AS running
FROM engines
ORDER BY name

-- drain --
-- Outlives a restart, until somebody takes the engine back in.
UPDATE engines SET draining = :draining WHERE name = :name
