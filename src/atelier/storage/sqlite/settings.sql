-- all --
-- What the page asks for when it opens.
SELECT key, value FROM settings WHERE account_id = :account_id

-- put --
-- One key at a time: pages that are open twice do not undo each other's other keys.
INSERT INTO settings (account_id, key, value) VALUES (:account_id, :key, :value)
ON CONFLICT (account_id, key) DO UPDATE SET value = excluded.value
