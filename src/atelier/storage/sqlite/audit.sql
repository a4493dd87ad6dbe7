-- append --
-- The only statement that writes here; triggers refuse every other.
INSERT INTO audit (at, actor, action, subject, detail) VALUES (:now, :actor, :action, :subject, :detail)

-- list --
-- The latest first, page by page.
SELECT * FROM audit WHERE :before IS NULL OR number < :before ORDER BY number DESC LIMIT :limit
