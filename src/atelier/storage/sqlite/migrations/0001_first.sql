-- What the service stores. Times are seconds since 1970, UTC; days are ISO dates, UTC.

CREATE TABLE classes (
    name TEXT PRIMARY KEY,
    images_per_day INTEGER,
    engine_seconds_per_day REAL,
    storage_bytes INTEGER,
    running_limit INTEGER,
    queued_limit INTEGER,
    shows_pictures INTEGER NOT NULL,
    lesson_until REAL
) STRICT, WITHOUT ROWID;

CREATE TABLE accounts (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    class TEXT REFERENCES classes (name),
    weight REAL NOT NULL CHECK (weight > 0),
    images_per_day INTEGER,
    engine_seconds_per_day REAL,
    storage_bytes INTEGER,
    running_limit INTEGER,
    queued_limit INTEGER,
    expires_at REAL,
    disabled INTEGER NOT NULL,
    created_at REAL NOT NULL,
    -- Engine-seconds over weight: who has the least is next.
    virtual_time REAL NOT NULL DEFAULT 0,
    -- The number of its last claim; 0 since it became active, so that newcomers go first among equals.
    last_claim INTEGER NOT NULL DEFAULT 0,
    -- The number of the job with which it became active.
    active_since INTEGER NOT NULL DEFAULT 0,
    -- Kept by triggers.
    queued INTEGER NOT NULL DEFAULT 0 CHECK (queued >= 0),
    running INTEGER NOT NULL DEFAULT 0 CHECK (running >= 0),
    kept INTEGER NOT NULL DEFAULT 0 CHECK (kept >= 0)
) STRICT;

-- A claim walks this one in order, past the accounts that may not run, to the first that may.
CREATE INDEX accounts_waiting ON accounts (virtual_time, last_claim, active_since) WHERE queued > 0;
CREATE INDEX accounts_running ON accounts (class, running) WHERE running > 0;
CREATE INDEX accounts_of_class ON accounts (class);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    digest BLOB NOT NULL UNIQUE,
    hint TEXT NOT NULL,
    scopes TEXT,
    created_at REAL NOT NULL,
    expires_at REAL,
    revoked_at REAL,
    last_used_at REAL,
    parent TEXT REFERENCES tokens (id) ON DELETE CASCADE
) STRICT;

CREATE INDEX tokens_of_account ON tokens (account_id);
CREATE INDEX tokens_of_parent ON tokens (parent) WHERE parent IS NOT NULL;

-- One row: the counters of the queue, and its clock.
CREATE TABLE queue (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- The number of the latest job, and of the latest claim.
    number INTEGER NOT NULL,
    claims INTEGER NOT NULL,
    -- The virtual time at which the latest job was claimed, and the latest at which one ended.
    virtual_time REAL NOT NULL,
    finish REAL NOT NULL,
    -- Jobs that succeeded so far, and their engine-seconds together.
    measured_jobs INTEGER NOT NULL,
    measured_seconds REAL NOT NULL
) STRICT;

INSERT INTO queue VALUES (1, 0, 0, 0.0, 0.0, 0, 0.0);

-- What jobs of a kind took so far.
CREATE TABLE kinds (
    kind TEXT PRIMARY KEY,
    jobs INTEGER NOT NULL,
    seconds REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE jobs (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    -- Order within the account: the number, or below zero for jobs that go to the front.
    place INTEGER NOT NULL,
    kind TEXT NOT NULL,
    model TEXT,
    hidden INTEGER NOT NULL DEFAULT 0,
    cancel_requested INTEGER NOT NULL DEFAULT 0,
    given_id TEXT,
    public_id TEXT NOT NULL,
    body_digest TEXT NOT NULL,
    client_id TEXT,
    created_at REAL NOT NULL,
    queued_at REAL NOT NULL,
    started_at REAL,
    ended_at REAL,
    -- Counted attempts, the running one included.
    attempt INTEGER NOT NULL DEFAULT 0,
    engine TEXT,
    worker TEXT,
    lease_until REAL,
    -- Whether its worker is one of before the latest start of the service.
    orphaned INTEGER NOT NULL DEFAULT 0,
    -- Seconds that were charged at the claim, and the weight that they were divided by.
    charged REAL,
    weight REAL,
    -- The day that it counts for, and what it reserves of it until it ends.
    day TEXT NOT NULL,
    images INTEGER NOT NULL CHECK (images >= 0),
    reserved_seconds REAL NOT NULL,
    images_made INTEGER,
    engine_seconds REAL,
    failure TEXT,
    -- JSON.
    needs TEXT NOT NULL,
    targets TEXT NOT NULL,
    workflow TEXT NOT NULL,
    extra_data TEXT NOT NULL,
    outputs TEXT NOT NULL DEFAULT '{}',
    messages TEXT NOT NULL DEFAULT '[]',
    extra TEXT NOT NULL DEFAULT '{}',
    UNIQUE (account_id, public_id)
) STRICT;

-- The head of an account's queue, without a look at the jobs themselves.
CREATE INDEX jobs_waiting ON jobs (account_id, place, kind, model, queued_at) WHERE state = 'queued';
CREATE INDEX jobs_waiting_by_kind ON jobs (kind, created_at) WHERE state = 'queued';
CREATE INDEX jobs_leased ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_at_engine ON jobs (engine) WHERE state = 'running';
CREATE INDEX jobs_of_account ON jobs (account_id, number, state, hidden);
CREATE INDEX jobs_ended ON jobs (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE attempts (
    job_number INTEGER NOT NULL REFERENCES jobs (number) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    engine TEXT NOT NULL,
    worker TEXT NOT NULL,
    started_at REAL NOT NULL,
    ended_at REAL,
    reason TEXT,
    PRIMARY KEY (job_number, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    day TEXT NOT NULL,
    images INTEGER NOT NULL DEFAULT 0,
    engine_seconds REAL NOT NULL DEFAULT 0,
    jobs INTEGER NOT NULL DEFAULT 0,
    reserved_images INTEGER NOT NULL DEFAULT 0 CHECK (reserved_images >= 0),
    reserved_seconds REAL NOT NULL DEFAULT 0,
    PRIMARY KEY (account_id, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_by_day ON usage (day, account_id);

-- A job makes no other moves than these, whatever a statement says.
CREATE TRIGGER jobs_move BEFORE UPDATE OF state ON jobs
WHEN NOT (
    OLD.state = 'queued' AND NEW.state IN ('running', 'cancelled', 'failed')
    OR OLD.state = 'running' AND NEW.state IN ('queued', 'succeeded', 'failed', 'cancelled')
)
BEGIN
    SELECT RAISE(ABORT, 'a job cannot make this move');
END;

-- Counters and reservations follow the jobs by themselves, so that they cannot drift from them.
CREATE TRIGGER jobs_added AFTER INSERT ON jobs
BEGIN
    UPDATE accounts SET queued = queued + 1 WHERE id = NEW.account_id;
    INSERT INTO usage (account_id, day, reserved_images, reserved_seconds)
    VALUES (NEW.account_id, NEW.day, NEW.images, NEW.reserved_seconds)
    ON CONFLICT (account_id, day) DO UPDATE SET
        reserved_images = reserved_images + excluded.reserved_images,
        reserved_seconds = reserved_seconds + excluded.reserved_seconds;
END;

CREATE TRIGGER jobs_moved AFTER UPDATE OF state ON jobs
BEGIN
    UPDATE accounts SET
        queued = queued + (NEW.state = 'queued') - (OLD.state = 'queued'),
        running = running + (NEW.state = 'running') - (OLD.state = 'running')
    WHERE id = NEW.account_id;
END;

CREATE TRIGGER jobs_settled AFTER UPDATE OF state ON jobs
WHEN NEW.state IN ('succeeded', 'failed', 'cancelled')
BEGIN
    UPDATE usage SET
        reserved_images = reserved_images - NEW.images,
        reserved_seconds = max(0.0, reserved_seconds - NEW.reserved_seconds),
        images = images + NEW.images_made,
        engine_seconds = engine_seconds + NEW.engine_seconds,
        jobs = jobs + (OLD.state = 'running')
    WHERE account_id = NEW.account_id AND day = NEW.day;
END;

CREATE TABLE engines (
    name TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    state TEXT NOT NULL,
    model TEXT,
    -- Since when it has nothing to do; NULL while it works.
    idle_since REAL,
    detail TEXT NOT NULL,
    draining INTEGER NOT NULL DEFAULT 0,
    reported_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE files (
    -- The order in which names were given.
    number INTEGER PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    area TEXT NOT NULL,
    subfolder TEXT NOT NULL,
    filename TEXT NOT NULL,
    digest TEXT NOT NULL,
    size INTEGER NOT NULL CHECK (size >= 0),
    media_type TEXT NOT NULL,
    job_id TEXT,
    created_at REAL NOT NULL,
    UNIQUE (account_id, area, subfolder, filename)
) STRICT;

CREATE INDEX files_of_job ON files (job_id, number) WHERE job_id IS NOT NULL;
CREATE INDEX files_by_digest ON files (digest);
CREATE INDEX files_by_age ON files (area, created_at);

-- The number that the latest file of a prefix got.
CREATE TABLE file_numbers (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    area TEXT NOT NULL,
    subfolder TEXT NOT NULL,
    prefix TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (account_id, area, subfolder, prefix)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER files_added AFTER INSERT ON files
WHEN NEW.area <> 'temp'
BEGIN
    UPDATE accounts SET kept = kept + NEW.size WHERE id = NEW.account_id;
END;

CREATE TRIGGER files_changed AFTER UPDATE OF size, area ON files
BEGIN
    UPDATE accounts SET
        kept = kept + NEW.size * (NEW.area <> 'temp') - OLD.size * (OLD.area <> 'temp')
    WHERE id = NEW.account_id;
END;

CREATE TRIGGER files_removed AFTER DELETE ON files
WHEN OLD.area <> 'temp'
BEGIN
    UPDATE accounts SET kept = kept - OLD.size WHERE id = OLD.account_id;
END;

CREATE TABLE settings (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (account_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    at REAL NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_stays_as_written BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'lines of the audit log are never changed');
END;

-- REPLACE removes without asking the trigger below.
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
BEGIN
    SELECT RAISE(ABORT, 'lines of the audit log are never replaced');
END;

CREATE TRIGGER audit_stays BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'lines of the audit log are never removed');
END;
