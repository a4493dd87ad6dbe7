"""What is stored when a job is accepted, and when it is not."""

from __future__ import annotations

import asyncio

import pytest

from atelier.errors import AccountUnknown, JobIdTaken, QueueFull, QuotaExceeded, StorageFull
from atelier.storage.account import Group, Limits, Role
from atelier.storage.contract import Storage
from atelier.storage.file import Area
from atelier.storage.job import Cancellation, Job, JobState
from tests.integration.storage.makers import (
    DAY,
    NO_LIMITS,
    Clock,
    account,
    add_accounts,
    artifact,
    claim,
    end,
    needs,
    new_job,
    run_next,
    submit,
    worker,
)


async def test_an_accepted_job_is_stored_as_it_was_sent(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    new = new_job("ada", given_id="mine", kind="k", model="m.safetensors", images=3)
    job = await storage.jobs.submit(new, NO_LIMITS)
    assert job == Job(
        id=new.id,
        account_id="ada",
        given_id="mine",
        client_id="client",
        workflow=new.workflow,
        targets=("1",),
        extra_data=new.extra_data,
        needs=needs("k", "m.safetensors"),
        images=3,
        state=JobState.QUEUED,
        number=1,
        attempt=0,
        engine=None,
        cancel_requested=False,
        created_at=clock(),
        started_at=None,
        ended_at=None,
        engine_seconds=None,
    )
    assert await storage.jobs.get(new.id) == job
    assert await storage.jobs.find("ada", "mine") == job


async def test_a_job_is_found_only_under_the_name_that_its_account_sees(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    job = await submit(storage, "ada", given_id="mine")
    unnamed = await submit(storage, "ada")
    assert await storage.jobs.find("ada", job.id) is None
    assert await storage.jobs.find("ben", "mine") is None
    assert await storage.jobs.find("ben", unnamed.id) is None
    assert await storage.jobs.find("ada", unnamed.id) == unnamed


async def test_sending_a_job_again_under_its_id_runs_it_once(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    first = await submit(storage, "ada", given_id="mine")
    again = await submit(storage, "ada", given_id="mine")
    assert again == first
    assert await storage.jobs.unfinished("ada") == 1
    done = await run_next(storage)
    assert await submit(storage, "ada", given_id="mine") == done
    assert await storage.jobs.unfinished("ada") == 0


async def test_an_id_means_one_workflow(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await submit(storage, "ada", given_id="mine", body_digest="one")
    with pytest.raises(JobIdTaken, match="'mine'"):
        await submit(storage, "ada", given_id="mine", body_digest="another")


async def test_two_accounts_may_choose_the_same_id(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    first = await submit(storage, "ada", given_id="same", body_digest="one")
    second = await submit(storage, "ben", given_id="same", body_digest="another")
    assert (await storage.jobs.find("ada", "same")) == first
    assert (await storage.jobs.find("ben", "same")) == second


async def test_nobody_passes_a_job_off_as_an_earlier_one_of_his_own(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    first = await submit(storage, "ada", body_digest="one")
    with pytest.raises(JobIdTaken):
        await submit(storage, "ada", given_id=first.id, body_digest="another")


async def test_an_account_that_was_removed_meanwhile_submits_nothing(storage: Storage) -> None:
    with pytest.raises(AccountUnknown):
        await submit(storage, "nobody")


async def test_numbers_tell_the_order_of_arrival_and_never_come_again(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    assert [(await submit(storage, name)).number for name in ("ada", "ben", "ben")] == [1, 2, 3]
    await storage.accounts.remove("ben")
    assert (await submit(storage, "ada")).number == 4


async def test_a_queue_that_is_full_says_when_to_come_back(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    limits = Limits(queued=2)
    for _ in range(2):
        await submit(storage, "ada", defaults=limits)
    with pytest.raises(QueueFull) as refused:
        await submit(storage, "ada", defaults=limits)
    assert refused.value.retry_after > 0
    assert await claim(storage) is not None
    await submit(storage, "ada", defaults=limits)


async def test_an_accounts_own_limit_comes_before_the_default(storage: Storage) -> None:
    await storage.accounts.add(account("ada", limits=Limits(queued=1)))
    await submit(storage, "ada", defaults=Limits(queued=5))
    with pytest.raises(QueueFull):
        await submit(storage, "ada", defaults=Limits(queued=5))


async def test_a_class_has_one_queue_limit_for_all_its_accounts(storage: Storage) -> None:
    await storage.accounts.put_group(Group(name="3b", limits=Limits(queued=2)))
    await add_accounts(storage, "ada", "ben", group="3b")
    await add_accounts(storage, "cem")
    await submit(storage, "ada")
    await submit(storage, "ben")
    with pytest.raises(QueueFull, match="'3b'"):
        await submit(storage, "ada")
    await submit(storage, "cem")


async def test_pictures_are_reserved_when_a_job_is_accepted(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    limits = Limits(images_per_day=4)
    await submit(storage, "ada", images=3, defaults=limits)
    with pytest.raises(QuotaExceeded) as refused:
        await submit(storage, "ada", images=2, defaults=limits)
    assert 0 < refused.value.retry_after <= DAY
    await submit(storage, "ada", images=1, defaults=limits)
    [use] = await storage.usage.of(since="2000-01-01")
    assert (use.images, use.reserved_images) == (0, 4)


async def test_what_was_reserved_and_not_made_is_free_again(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    limits = Limits(images_per_day=4)
    await submit(storage, "ada", images=4, defaults=limits)
    by = worker()
    job = await claim(storage, by)
    assert job is not None
    await storage.jobs.finish(job.id, by, end(images=1))
    await submit(storage, "ada", images=3, defaults=limits)
    with pytest.raises(QuotaExceeded):
        await submit(storage, "ada", images=1, defaults=limits)


@pytest.mark.parametrize("how", ["cancelled", "cancelled with all", "failed"])
async def test_a_waiting_job_that_ends_gives_back_what_it_reserved(storage: Storage, how: str) -> None:
    await add_accounts(storage, "ada")
    limits = Limits(images_per_day=1)
    job = await submit(storage, "ada", defaults=limits)
    match how:
        case "cancelled":
            assert await storage.jobs.cancel("ada", job.public_id) is Cancellation.DONE
        case "cancelled with all":
            assert [each.id for each in await storage.jobs.cancel_waiting("ada")] == [job.id]
        case _:
            assert await storage.jobs.fail(job.id, "no engine has the model") is not None
    [use] = await storage.usage.of(since="2000-01-01")
    assert (use.images, use.reserved_images, use.reserved_seconds, use.jobs) == (0, 0, 0.0, 0)
    await submit(storage, "ada", defaults=limits)


async def test_a_new_day_begins_at_midnight_utc(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    limits = Limits(images_per_day=1)
    await submit(storage, "ada", defaults=limits)
    with pytest.raises(QuotaExceeded) as refused:
        await submit(storage, "ada", defaults=limits)
    clock.pass_by(refused.value.retry_after - 1)
    with pytest.raises(QuotaExceeded):
        await submit(storage, "ada", defaults=limits)
    clock.pass_by(1)
    await submit(storage, "ada", defaults=limits)


async def test_a_job_counts_for_the_day_on_which_it_was_accepted(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    await submit(storage, "ada")
    clock.pass_by(DAY)
    await run_next(storage)
    [use] = await storage.usage.of(since="2000-01-01")
    assert (use.images, use.reserved_images, use.jobs) == (1, 0, 1)


async def test_a_class_has_one_day_quota_for_all_its_accounts(storage: Storage) -> None:
    await storage.accounts.put_group(Group(name="3b", limits=Limits(images_per_day=3)))
    await add_accounts(storage, "ada", "ben", group="3b")
    await submit(storage, "ada", images=2)
    with pytest.raises(QuotaExceeded, match="'3b'"):
        await submit(storage, "ben", images=2)
    await submit(storage, "ben", images=1)


async def test_engine_time_is_reserved_by_the_mean_of_its_kind(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    for seconds in (3.0, 5.0):
        await submit(storage, "ben", kind="measured")
        await run_next(storage, seconds=seconds)
    limits = Limits(engine_seconds_per_day=8.0)
    await submit(storage, "ada", kind="measured", defaults=limits)
    await submit(storage, "ada", kind="measured", defaults=limits)
    with pytest.raises(QuotaExceeded):
        await submit(storage, "ada", kind="measured", defaults=limits)
    [use] = await storage.usage.of(since="2000-01-01", account_id="ada")
    assert use.reserved_seconds == 8.0


async def test_the_first_job_of_a_day_is_not_refused_for_a_guess(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    limits = Limits(engine_seconds_per_day=1.0)
    await submit(storage, "ada", defaults=limits)
    with pytest.raises(QuotaExceeded):
        await submit(storage, "ada", defaults=limits)


async def test_no_engine_time_means_none(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    with pytest.raises(QuotaExceeded):
        await submit(storage, "ada", defaults=Limits(engine_seconds_per_day=0.0))


async def test_who_keeps_as_much_as_he_may_makes_no_more(storage: Storage) -> None:
    await storage.accounts.put_group(Group(name="3b", limits=Limits(storage_bytes=100)))
    await add_accounts(storage, "ada", "ben", group="3b")
    await storage.files.put("ada", Area.OUTPUT, "", "a.png", artifact(size=50), media_type="image/png")
    with pytest.raises(StorageFull, match="You"):
        await submit(storage, "ada", defaults=Limits(storage_bytes=50))
    await submit(storage, "ben", defaults=Limits(storage_bytes=50))
    await storage.files.put("ben", Area.OUTPUT, "", "a.png", artifact(size=50), media_type="image/png")
    with pytest.raises(StorageFull, match="'3b'"):
        await submit(storage, "ben")


async def test_two_hundred_at_the_edge_of_a_quota_overspend_by_nothing(storage: Storage) -> None:
    await storage.accounts.put_group(Group(name="3b", limits=Limits(images_per_day=50)))
    names = [f"account-{number}" for number in range(4)]
    await add_accounts(storage, *names, group="3b")
    answers = await asyncio.gather(
        *(
            submit(storage, names[number % 4], images=1 + number % 3, defaults=Limits(images_per_day=20))
            for number in range(200)
        ),
        return_exceptions=True,
    )
    accepted = [each for each in answers if isinstance(each, Job)]
    assert all(isinstance(each, Job | QuotaExceeded) for each in answers)
    uses = await storage.usage.of(since="2000-01-01")
    assert sum(each.reserved_images for each in uses) == sum(each.images for each in accepted) == 50
    assert max(each.reserved_images for each in uses) <= 20


async def test_two_hundred_at_the_edge_of_the_queue_do_not_pass_it(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    answers = await asyncio.gather(
        *(submit(storage, "ada", defaults=Limits(queued=7)) for _ in range(200)), return_exceptions=True
    )
    assert sum(isinstance(each, Job) for each in answers) == 7
    assert sum(isinstance(each, QueueFull) for each in answers) == 193


async def test_two_hundred_of_the_same_id_are_one_job(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    answers = await asyncio.gather(*(submit(storage, "ada", given_id="mine") for _ in range(200)))
    assert len({each.id for each in answers}) == 1
    assert await storage.jobs.counts() == {(Role.STUDENT, JobState.QUEUED): 1}
