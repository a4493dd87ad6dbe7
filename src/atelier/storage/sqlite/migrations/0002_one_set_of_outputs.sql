-- A job has one set of outputs: what its history names. One that ended without any keeps no file of an attempt that
-- was lost, or stopped, on the way; its content goes with the next sweep.

CREATE TRIGGER jobs_ended_without_outputs AFTER UPDATE OF state ON jobs
WHEN NEW.state IN ('succeeded', 'failed', 'cancelled') AND NEW.outputs = '{}'
BEGIN
    DELETE FROM files WHERE job_id = NEW.id;
END;

DELETE FROM files WHERE job_id IN (
    SELECT id FROM jobs WHERE state IN ('succeeded', 'failed', 'cancelled') AND outputs = '{}'
);
