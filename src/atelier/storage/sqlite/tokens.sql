-- issue --
-- Only the digest is kept: a stolen database opens no door.
INSERT INTO tokens (id, account_id, kind, digest, hint, scopes, created_at, expires_at, parent)
VALUES (:id, :account_id, :kind, :digest, :hint, :scopes, :now, :expires_at, :parent)
RETURNING *

-- grant --
-- All of it is asked at once, so that no part can be forgotten: token, the token it came from, account.
SELECT
    accounts.*, tokens.id AS token_id, tokens.kind AS kind, tokens.scopes AS scopes,
    tokens.last_used_at AS last_used_at
FROM tokens
JOIN accounts ON accounts.id = tokens.account_id
LEFT JOIN tokens AS origin ON origin.id = tokens.parent
WHERE tokens.digest = :digest
    AND (tokens.expires_at IS NULL OR tokens.expires_at > :now)
    AND (tokens.revoked_at IS NULL OR tokens.revoked_at > :now)
    AND (origin.expires_at IS NULL OR origin.expires_at > :now)
    AND (origin.revoked_at IS NULL OR origin.revoked_at > :now)
    AND (accounts.expires_at IS NULL OR accounts.expires_at > :now)
    AND NOT accounts.disabled

-- use --
-- To the minute, so that requests do not write.
UPDATE tokens SET last_used_at = :now WHERE id = :id

-- list --
-- All, or those of an account.
SELECT * FROM tokens WHERE :account_id IS NULL OR account_id = :account_id ORDER BY created_at, id

-- revoke --
-- A token that is over stays as it was. What came from it is looked up with it, and ends by itself.
UPDATE tokens SET revoked_at = :at
WHERE id = :id
    AND (expires_at IS NULL OR expires_at > :now)
    AND (revoked_at IS NULL OR revoked_at > :now)

-- forget_expired --
-- Sessions are made at each signing in; the tokens of people stay in their lists.
DELETE FROM tokens
WHERE kind = 'session' AND (
    expires_at <= :now OR revoked_at <= :now
    OR parent IN (SELECT id FROM tokens WHERE expires_at <= :now OR revoked_at <= :now)
)
