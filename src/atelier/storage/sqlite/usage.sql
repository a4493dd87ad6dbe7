-- of --
-- Days stand first in an index, so that old ones cost nothing.
SELECT * FROM usage
WHERE day >= :since AND (:account_id IS NULL OR account_id = :account_id)
ORDER BY day, account_id
