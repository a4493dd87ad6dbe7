"""A job's way through workers, under leases, to exactly one end."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from atelier.storage.account import Group, Limits, Role
from atelier.storage.contract import Storage
from atelier.storage.file import Area
from atelier.storage.job import ATTEMPTS, Attempt, Cancellation, Hold, Job, JobState
from tests.integration.storage.makers import (
    Clock,
    account,
    add_accounts,
    artifact,
    claim,
    end,
    run_next,
    submit,
    worker,
)


async def one_running(storage: Storage, by: str) -> Job:
    await add_accounts(storage, "ada")
    await submit(storage, "ada")
    job = await claim(storage, by)
    assert job is not None
    return job


async def test_an_empty_queue_has_nothing_to_give(storage: Storage) -> None:
    assert await claim(storage) is None


async def test_a_claimed_job_runs_for_its_worker_alone(storage: Storage, clock: Clock) -> None:
    job = await one_running(storage, worker())
    assert (job.state, job.engine, job.attempt, job.started_at) == (
        JobState.RUNNING,
        "engine",
        1,
        clock(),
    )
    assert await claim(storage) is None
    assert await storage.jobs.attempts(job.id) == [Attempt(number=1, engine="engine", started_at=clock())]


async def test_a_finished_job_keeps_what_it_made(storage: Storage, clock: Clock) -> None:
    by = worker()
    job = await one_running(storage, by)
    clock.pass_by(5)
    done = await storage.jobs.finish(
        job.id,
        by,
        end(
            outputs={"9": {"images": [{"filename": "a_00001_.png"}]}},
            messages=(("execution_start", {"timestamp": 1}), ("execution_success", {})),
            extra={"meta": {"9": {}}},
        ),
    )
    assert done is not None
    assert done == await storage.jobs.get(job.id)
    assert (done.state, done.ended_at, done.engine_seconds) == (JobState.SUCCEEDED, clock(), 2.0)
    assert done.outputs == {"9": {"images": [{"filename": "a_00001_.png"}]}}
    assert done.messages == (("execution_start", {"timestamp": 1}), ("execution_success", {}))
    assert done.extra == {"meta": {"9": {}}}
    assert await storage.jobs.attempts(job.id) == [
        Attempt(number=1, engine="engine", started_at=clock() - 5, ended_at=clock())
    ]


async def test_a_failed_job_says_why(storage: Storage) -> None:
    by = worker()
    job = await one_running(storage, by)
    done = await storage.jobs.finish(
        job.id, by, end(JobState.FAILED, failure="the sampler fell over", images=0)
    )
    assert done is not None
    assert (done.state, done.failure) == (JobState.FAILED, "the sampler fell over")


async def test_a_job_ends_once_and_is_charged_once(storage: Storage) -> None:
    by = worker()
    job = await one_running(storage, by)
    assert await storage.jobs.finish(job.id, by, end()) is not None
    for state in (JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED):
        assert await storage.jobs.finish(job.id, by, end(state)) is None
    assert await storage.jobs.give_back(job.id, by, "late", counted=True) is None
    assert await storage.jobs.cancel("ada", job.public_id) is Cancellation.TOO_LATE
    assert await storage.jobs.fail(job.id, "late") is None
    stored = await storage.jobs.get(job.id)
    assert stored is not None
    assert stored.state is JobState.SUCCEEDED
    [use] = await storage.usage.of(since="2000-01-01")
    assert (use.images, use.engine_seconds, use.jobs) == (1, 2.0, 1)


async def test_nobody_ends_a_job_as_still_running(storage: Storage) -> None:
    by = worker()
    job = await one_running(storage, by)
    with pytest.raises(ValueError, match="running"):
        await storage.jobs.finish(job.id, by, end(JobState.RUNNING))


async def test_another_workers_word_counts_for_nothing(storage: Storage) -> None:
    job = await one_running(storage, worker())
    other = worker()
    assert await storage.jobs.renew(job.id, other, lease=9.0) is Hold.LOST
    assert await storage.jobs.finish(job.id, other, end()) is None
    assert await storage.jobs.give_back(job.id, other, "mine", counted=False) is None
    stored = await storage.jobs.get(job.id)
    assert stored is not None
    assert stored.state is JobState.RUNNING


async def test_a_late_answer_of_an_earlier_attempt_changes_nothing(storage: Storage, clock: Clock) -> None:
    early, late = worker(), worker()
    job = await one_running(storage, early)
    clock.pass_by(31)
    assert [each.state for each in await storage.jobs.reclaim()] == [JobState.QUEUED]
    again = await claim(storage, late)
    assert again is not None
    assert (again.id, again.attempt) == (job.id, 2)
    assert await storage.jobs.renew(job.id, early, lease=9.0) is Hold.LOST
    assert await storage.jobs.finish(job.id, early, end(images=9)) is None
    done = await storage.jobs.finish(job.id, late, end())
    assert done is not None
    [use] = await storage.usage.of(since="2000-01-01")
    assert use.images == 1


async def test_a_lease_holds_as_long_as_it_is_renewed(storage: Storage, clock: Clock) -> None:
    by = worker()
    job = await one_running(storage, by)
    for _ in range(5):
        clock.pass_by(20)
        assert await storage.jobs.reclaim() == []
        assert await storage.jobs.renew(job.id, by, lease=30.0) is Hold.KEPT
    clock.pass_by(30)
    assert await storage.jobs.reclaim() == []
    clock.pass_by(1)
    assert [each.id for each in await storage.jobs.reclaim()] == [job.id]
    assert await storage.jobs.reclaim() == []


async def test_a_jump_of_the_clock_takes_no_lease_away(storage: Storage, clock: Clock) -> None:
    by = worker()
    job = await one_running(storage, by)
    clock.pass_by(3600)
    await storage.jobs.shift_leases(3600)
    assert await storage.jobs.reclaim() == []
    assert await storage.jobs.renew(job.id, by, lease=30.0) is Hold.KEPT


async def test_a_job_fails_with_the_reasons_after_its_last_attempt(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    job = await submit(storage, "ada")
    lost: Job | None = None
    for number in range(1, ATTEMPTS + 1):
        by = worker()
        assert await claim(storage, by, engine=f"engine-{number}") is not None
        clock.pass_by(1)
        lost = await storage.jobs.give_back(job.id, by, f"reason {number}", counted=True)
        assert lost is not None
        assert lost.state is (JobState.FAILED if number == ATTEMPTS else JobState.QUEUED)
    assert lost is not None
    assert lost.failure is not None
    for number in range(1, ATTEMPTS + 1):
        assert f"engine-{number}: reason {number}" in lost.failure
    assert [each.reason for each in await storage.jobs.attempts(job.id)] == [
        "reason 1",
        "reason 2",
        "reason 3",
    ]
    [use] = await storage.usage.of(since="2000-01-01")
    assert (use.images, use.engine_seconds, use.reserved_images) == (0, 0.0, 0)


@pytest.mark.parametrize("how", ["lost", "failed", "cancelled while it waits again"])
async def test_a_job_that_ended_without_outputs_keeps_no_file(storage: Storage, how: str) -> None:
    by = worker()
    job = await one_running(storage, by)
    for area, name in ((Area.OUTPUT, "fox_.png"), (Area.TEMP, "preview.png")):
        await storage.files.put(
            "ada", area, "", name, artifact(name), media_type="image/png", job_id=job.id, worker=by
        )
    await storage.files.put("ada", Area.INPUT, "", "hers.png", artifact("hers"), media_type="image/png")
    if how == "lost":
        for number in range(ATTEMPTS):
            await storage.jobs.give_back(job.id, by, "lost", counted=True)
            # What the next attempt may use again stays until the last one.
            assert len(await storage.files.of_job(job.id)) == (0 if number == ATTEMPTS - 1 else 2)
            by = worker()
            await claim(storage, by)
    elif how == "failed":
        await storage.jobs.finish(job.id, by, end(JobState.FAILED, images=0))
    else:
        await storage.jobs.give_back(job.id, by, "lost", counted=True)
        assert await storage.jobs.cancel("ada", job.public_id) is Cancellation.DONE
    assert await storage.files.of_job(job.id) == []
    assert await storage.files.kept("ada") == artifact("hers").size


async def test_a_job_that_ended_keeps_the_files_that_its_outputs_name(storage: Storage) -> None:
    by = worker()
    job = await one_running(storage, by)
    await storage.files.put(
        "ada", Area.OUTPUT, "", "a.png", artifact("a"), media_type="image/png", job_id=job.id, worker=by
    )
    named = {"1": {"images": [{"filename": "a.png", "subfolder": "", "type": "output"}]}}
    await storage.jobs.finish(job.id, by, end(JobState.FAILED, outputs=named))
    assert len(await storage.files.of_job(job.id)) == 1


async def test_an_attempt_that_never_began_is_not_counted(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    job = await submit(storage, "ada")
    for _ in range(2 * ATTEMPTS):
        by = worker()
        assert await claim(storage, by) is not None
        back = await storage.jobs.give_back(job.id, by, "the service stops", counted=False)
        assert back is not None
        assert (back.state, back.attempt, back.engine, back.started_at) == (JobState.QUEUED, 0, None, None)
    assert await storage.jobs.attempts(job.id) == []


async def test_a_job_that_was_given_back_says_where_its_last_attempt_was(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    job = await submit(storage, "ada")
    first, second = worker(), worker()
    await claim(storage, first, engine="one")
    await storage.jobs.give_back(job.id, first, "lost", counted=True)
    await claim(storage, second, engine="two")
    back = await storage.jobs.give_back(job.id, second, "never began", counted=False)
    assert back is not None
    assert (back.attempt, back.engine) == (1, "one")


async def test_a_job_that_was_given_back_is_next_again(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    first = await submit(storage, "ada")
    await submit(storage, "ada")
    by = worker()
    await claim(storage, by)
    await storage.jobs.give_back(first.id, by, "the service stops", counted=False)
    again = await claim(storage)
    assert again is not None
    assert again.id == first.id


async def test_front_jobs_come_before_the_others_of_their_account(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    later, front = await submit(storage, "ada"), await submit(storage, "ada", front=True)
    assert [(await run_next(storage)).id for _ in range(2)] == [front.id, later.id]


async def test_a_waiting_job_is_cancelled_at_once(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada", "ben")
    job = await submit(storage, "ada", given_id="mine")
    assert await storage.jobs.cancel("ben", "mine") is Cancellation.UNKNOWN
    assert await storage.jobs.cancel("ada", job.id) is Cancellation.UNKNOWN
    assert await storage.jobs.cancel("ada", "mine") is Cancellation.DONE
    stored = await storage.jobs.get(job.id)
    assert stored is not None
    assert (stored.state, stored.ended_at, stored.engine_seconds) == (JobState.CANCELLED, clock(), 0.0)
    assert await claim(storage) is None


async def test_a_running_job_is_stopped_by_its_worker(storage: Storage) -> None:
    by = worker()
    job = await one_running(storage, by)
    assert await storage.jobs.cancel("ada", job.public_id) is Cancellation.REQUESTED
    assert await storage.jobs.renew(job.id, by, lease=30.0) is Hold.CANCEL
    stored = await storage.jobs.get(job.id)
    assert stored is not None
    assert (stored.state, stored.cancel_requested) == (JobState.RUNNING, True)
    done = await storage.jobs.finish(job.id, by, end(JobState.CANCELLED, images=0))
    assert done is not None
    assert done.state is JobState.CANCELLED


@pytest.mark.parametrize("counted", [True, False])
async def test_a_job_that_should_stop_does_not_run_again(storage: Storage, counted: bool) -> None:
    by = worker()
    job = await one_running(storage, by)
    await storage.jobs.cancel("ada", job.public_id)
    lost = await storage.jobs.give_back(job.id, by, "the engine vanished", counted=counted)
    assert lost is not None
    assert lost.state is JobState.CANCELLED
    assert lost.attempt == len(await storage.jobs.attempts(job.id)) == (1 if counted else 0)
    assert await claim(storage) is None


async def test_all_waiting_jobs_are_cancelled_and_the_running_one_goes_on(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    jobs = [await submit(storage, "ada") for _ in range(3)]
    await submit(storage, "ben")
    await claim(storage)
    assert [each.id for each in await storage.jobs.cancel_waiting("ada")] == [each.id for each in jobs[1:]]
    assert await storage.jobs.unfinished("ada") == 1
    assert await storage.jobs.unfinished("ben") == 1


async def test_a_restart_lets_the_new_worker_look_first(opened: Callable[[], Storage], clock: Clock) -> None:
    storage = opened()
    before = worker()
    job = await one_running(storage, before)
    await storage.close()
    clock.pass_by(3600)
    storage = opened()
    try:
        assert await storage.jobs.reclaim() == []
        assert await storage.jobs.adopt("another engine", worker(), lease=30.0) == []
        now = worker()
        assert [each.id for each in await storage.jobs.adopt("engine", now, lease=30.0)] == [job.id]
        assert await storage.jobs.adopt("engine", worker(), lease=30.0) == []
        assert await storage.jobs.renew(job.id, before, lease=30.0) is Hold.LOST
        done = await storage.jobs.finish(job.id, now, end())
        assert done is not None
        assert done.attempt == 1
        assert len(await storage.jobs.attempts(job.id)) == 1
    finally:
        await storage.close()


async def test_a_job_that_nobody_adopts_after_a_restart_is_queued_again(
    opened: Callable[[], Storage], clock: Clock
) -> None:
    storage = opened()
    job = await one_running(storage, worker())
    await storage.close()
    storage = opened()
    try:
        clock.pass_by(60)
        assert await storage.jobs.reclaim() == []
        clock.pass_by(1)
        assert [each.id for each in await storage.jobs.reclaim()] == [job.id]
    finally:
        await storage.close()


async def test_a_job_whose_lease_ran_out_is_adopted_rather_than_run_again(
    storage: Storage, clock: Clock
) -> None:
    job = await one_running(storage, worker())
    assert await storage.jobs.adopt("engine", worker(), lease=30.0) == []
    clock.pass_by(31)
    assert [each.id for each in await storage.jobs.adopt("engine", worker(), lease=30.0)] == [job.id]
    assert await storage.jobs.reclaim() == []


async def test_an_account_runs_no_more_at_once_than_it_may(storage: Storage) -> None:
    await storage.accounts.add(account("ada", limits=Limits(running=2)))
    for _ in range(3):
        await submit(storage, "ada")
    first, second = worker(), worker()
    assert await claim(storage, first) is not None
    job = await claim(storage, second)
    assert job is not None
    assert await claim(storage) is None
    await storage.jobs.finish(job.id, second, end())
    assert await claim(storage) is not None


async def test_the_default_limit_of_running_jobs_is_that_of_the_role(storage: Storage) -> None:
    await add_accounts(storage, "student")
    await add_accounts(storage, "teacher", role=Role.TEACHER)
    await storage.accounts.add(account("own", limits=Limits(running=1)))
    for name in ("student", "teacher", "own"):
        for _ in range(3):
            await submit(storage, name)
    defaults = {Role.STUDENT: Limits(running=2), Role.TEACHER: Limits()}
    claimed = [await claim(storage, defaults=defaults) for _ in range(7)]
    assert sorted(each.account_id for each in claimed if each) == ["own"] + ["student"] * 2 + ["teacher"] * 3


async def test_a_class_runs_no_more_at_once_than_it_may(storage: Storage) -> None:
    await storage.accounts.put_group(Group(name="3b", limits=Limits(running=2)))
    await add_accounts(storage, "ada", "ben", "cem", group="3b")
    await add_accounts(storage, "dan")
    for name in ("ada", "ben", "cem", "dan"):
        await submit(storage, name)
    claimed = [await claim(storage, defaults={Role.STUDENT: Limits(running=1)}) for _ in range(4)]
    assert [each.account_id for each in claimed if each] == ["ada", "ben", "dan"]
    assert claimed[3] is None


async def test_an_account_that_is_switched_off_runs_nothing_until_it_is_on_again(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await submit(storage, "ada")
    await storage.accounts.change(account("ada", disabled=True))
    assert await claim(storage) is None
    await storage.accounts.change(account("ada"))
    assert await claim(storage) is not None


async def test_an_engine_gets_no_job_that_it_cannot_run(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    await submit(storage, "ada", kind="large")
    small = await submit(storage, "ada", kind="small")
    await submit(storage, "ben", kind="huge")
    job = await claim(storage, unable=["large", "huge"])
    assert job is not None
    assert job.id == small.id
    assert await claim(storage, unable=["large", "huge"]) is None


async def test_waiting_kinds_are_told_with_their_oldest(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    first = await submit(storage, "ada", kind="large")
    began = clock()
    clock.pass_by(10)
    second = await submit(storage, "ada", kind="large")
    await submit(storage, "ada", kind="small")
    assert await storage.jobs.waiting_kinds() == {"large": began, "small": clock()}
    assert [each.id for each in await storage.jobs.waiting("large")] == [first.id, second.id]
    assert [each.id for each in await storage.jobs.waiting("large", limit=1)] == [first.id]
    assert await storage.jobs.waiting("huge") == []


async def test_a_job_that_no_engine_can_run_fails_with_the_reason(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    job = await submit(storage, "ada")
    failed = await storage.jobs.fail(job.id, "no engine has the model")
    assert failed is not None
    assert (failed.state, failed.failure) == (JobState.FAILED, "no engine has the model")
    running = await submit(storage, "ada")
    await claim(storage)
    assert await storage.jobs.fail(running.id, "too late") is None


async def test_history_is_listed_latest_first_in_pages_and_by_state(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    await submit(storage, "ben")
    jobs = [await submit(storage, "ada") for _ in range(4)]
    await storage.jobs.cancel("ada", jobs[0].public_id)
    ids = [each.id for each in reversed(jobs)]
    assert [each.id for each in await storage.jobs.list("ada")] == ids
    assert [each.id for each in await storage.jobs.list("ada", limit=2, offset=1)] == ids[1:3]
    [cancelled] = await storage.jobs.list("ada", states={JobState.CANCELLED})
    assert cancelled.id == jobs[0].id
    assert await storage.jobs.list("ada", states=set()) == []


async def test_what_an_account_cleared_is_gone_for_it(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    await submit(storage, "ben")
    await run_next(storage)
    first, second, waiting = [await submit(storage, "ada", given_id=name) for name in ("1", "2", "3")]
    for each in (first, second):
        await storage.jobs.cancel("ada", each.public_id)
    assert await storage.jobs.hide("ada", ["1", "3", "unknown"]) == 1
    assert await storage.jobs.find("ada", "1") is None
    assert [each.id for each in await storage.jobs.list("ada")] == [waiting.id, second.id]
    assert len(await storage.jobs.list("ada", hidden=True)) == 3
    assert await storage.jobs.hide("ada", None) == 1
    assert [each.id for each in await storage.jobs.list("ada")] == [waiting.id]
    assert len(await storage.jobs.list("ben")) == 1


async def test_jobs_are_counted_by_role_and_state(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    await add_accounts(storage, "cem", role=Role.TEACHER)
    for name in ("ada", "ben", "cem"):
        await submit(storage, name)
    await run_next(storage)
    await claim(storage)
    assert await storage.jobs.counts() == {
        ("student", JobState.SUCCEEDED): 1,
        ("student", JobState.RUNNING): 1,
        ("teacher", JobState.QUEUED): 1,
    }


async def test_old_jobs_are_forgotten_oldest_first_and_never_those_that_have_not_ended(
    storage: Storage, clock: Clock
) -> None:
    await add_accounts(storage, "ada")
    old = []
    for _ in range(3):
        await submit(storage, "ada")
        old.append(await run_next(storage))
        clock.pass_by(1)
    before = clock()
    waiting = await submit(storage, "ada")
    clock.pass_by(10)
    assert await storage.jobs.forget_ended(before=before, limit=2) == 2
    assert [each.id for each in await storage.jobs.list("ada")] == [waiting.id, old[2].id]
    assert await storage.jobs.forget_ended(before=before, limit=2) == 1
    assert await storage.jobs.forget_ended(before=clock() + 1, limit=2) == 0
    [use] = await storage.usage.of(since="2000-01-01")
    assert (use.jobs, use.reserved_images) == (3, 1)


async def test_a_waiting_job_learns_where_it_stands(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    first = await submit(storage, "ada")
    assert (await storage.jobs.standing(first.id, engines=1)) is not None
    unknown = await storage.jobs.standing(first.id, engines=1)
    assert unknown is not None
    assert (unknown.ahead, unknown.starts_in) == (0, None)
    await run_next(storage, seconds=4.0)
    assert await storage.jobs.standing(first.id, engines=1) is None
    jobs = [await submit(storage, "ada") for _ in range(3)]
    other = await submit(storage, "ben")
    assert await claim(storage) is not None
    places = [await storage.jobs.standing(each.id, engines=1) for each in (other, jobs[1], jobs[2])]
    assert [(each.ahead, each.starts_in) for each in places if each] == [(0, 4.0), (1, 8.0), (2, 12.0)]
