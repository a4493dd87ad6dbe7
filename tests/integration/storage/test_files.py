"""The names that accounts have for artifacts."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from atelier.errors import AccountUnknown, FileExists, LeaseLost, StorageFull
from atelier.storage.account import Group, Limits
from atelier.storage.contract import Storage
from atelier.storage.file import Area, Artifact, OnClash, StoredFile
from tests.integration.storage.makers import Clock, add_accounts, artifact, claim, end, submit, worker


async def put(storage: Storage, filename: str, content: Artifact | None = None, **given: Any) -> StoredFile:
    return await storage.files.put(
        given.pop("account_id", "ada"),
        given.pop("area", Area.INPUT),
        given.pop("subfolder", ""),
        filename,
        content or artifact(),
        **{"media_type": "image/png"} | given,
    )


async def test_a_file_comes_back_as_it_was_named(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    stored = await put(storage, "a b.png", subfolder="x/y", job_id="job")
    assert stored == StoredFile(
        account_id="ada",
        area=Area.INPUT,
        subfolder="x/y",
        filename="a b.png",
        artifact=artifact(),
        media_type="image/png",
        job_id="job",
        created_at=clock(),
    )
    assert await storage.files.get("ada", Area.INPUT, "x/y", "a b.png") == stored


async def test_a_file_is_there_for_its_account_in_its_place_alone(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    await put(storage, "a.png")
    assert await storage.files.get("ben", Area.INPUT, "", "a.png") is None
    assert await storage.files.get("ada", Area.OUTPUT, "", "a.png") is None
    assert await storage.files.get("ada", Area.INPUT, "x", "a.png") is None
    assert await storage.files.get("ada", Area.INPUT, "", "A.png") is None


async def test_the_same_content_under_the_same_name_is_one_file(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    first = await put(storage, "a.png")
    clock.pass_by(5)
    for on_clash in (OnClash.RENAME, OnClash.REPLACE, OnClash.REFUSE):
        assert await put(storage, "a.png", on_clash=on_clash) == first
    assert await storage.files.kept("ada") == 10


async def test_other_content_gets_a_name_beside(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    names = [(await put(storage, "a.png", artifact(content))).filename for content in "abcb"]
    assert names == ["a.png", "a (1).png", "a (2).png", "a (1).png"]


async def test_other_content_replaces_what_is_there(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await put(storage, "a.png", artifact("a", 10))
    await put(storage, "a.png", artifact("b", 25), on_clash=OnClash.REPLACE)
    [stored] = await storage.files.list("ada", Area.INPUT)
    assert stored.artifact == artifact("b", 25)
    assert await storage.files.kept("ada") == 25


async def test_other_content_is_refused_where_that_is_wished(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await put(storage, "a.png", subfolder="x")
    with pytest.raises(FileExists, match=r"'x/a\.png'"):
        await put(storage, "a.png", artifact("b"), subfolder="x", on_clash=OnClash.REFUSE)


async def test_outputs_are_numbered_as_save_image_does(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    numbered: dict[str, Any] = {"area": Area.OUTPUT, "on_clash": OnClash.NUMBER}
    names = [(await put(storage, "fox_.png", **numbered)).filename for _ in range(3)]
    assert names == ["fox_00001_.png", "fox_00002_.png", "fox_00003_.png"]
    assert (await put(storage, "fox_.png", account_id="ben", **numbered)).filename == "fox_00001_.png"
    assert (await put(storage, "fox_.png", subfolder="x", **numbered)).filename == "fox_00001_.png"
    assert (await put(storage, "owl_.png", **numbered)).filename == "owl_00001_.png"


async def test_a_number_never_meets_a_name_that_was_given(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await put(storage, "fox_00002_.png", area=Area.OUTPUT)
    numbered: dict[str, Any] = {"area": Area.OUTPUT, "on_clash": OnClash.NUMBER}
    names = [(await put(storage, "fox_.png", **numbered)).filename for _ in range(2)]
    assert names == ["fox_00001_.png", "fox_00003_.png"]
    assert await storage.files.delete("ada", Area.OUTPUT, "", "fox_00003_.png")
    assert (await put(storage, "fox_.png", **numbered)).filename == "fox_00004_.png"


async def test_the_files_of_a_job_are_told_in_their_order(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    for name in ("z.png", "a.png", "m.png"):
        await put(storage, name, job_id="job")
    await put(storage, "other.png", job_id="other")
    assert [each.filename for each in await storage.files.of_job("job")] == ["z.png", "a.png", "m.png"]


async def test_only_the_worker_that_holds_a_job_names_its_outputs(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    job = await submit(storage, "ada")
    by = worker()
    await claim(storage, by)
    await put(storage, "a.png", job_id=job.id, worker=by)
    with pytest.raises(LeaseLost):
        await put(storage, "b.png", job_id=job.id, worker=worker())
    await storage.jobs.finish(job.id, by, end(outputs={"1": {"images": [{"filename": "a.png"}]}}))
    with pytest.raises(LeaseLost):
        await put(storage, "c.png", job_id=job.id, worker=by)
    assert [each.filename for each in await storage.files.of_job(job.id)] == ["a.png"]


async def test_an_upload_has_to_fit(storage: Storage) -> None:
    await storage.accounts.put_group(Group(name="3b", limits=Limits(storage_bytes=25)))
    await add_accounts(storage, "ada", "ben", group="3b")
    await put(storage, "a.png", limit=10)
    with pytest.raises(StorageFull, match="You"):
        await put(storage, "b.png", artifact("b"), limit=19)
    with pytest.raises(StorageFull, match="'3b'"):
        await put(storage, "a.png", artifact("b", 16), account_id="ben", limit=100)
    await put(storage, "a.png", artifact("c", 12), limit=12, on_clash=OnClash.REPLACE)
    assert await storage.files.kept("ada") == 12


async def test_what_a_job_made_is_kept_even_where_it_does_not_fit(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await put(storage, "a.png", artifact(size=10**12), limit=None)
    assert await storage.files.kept("ada") == 10**12


async def test_a_hundred_uploads_at_the_edge_keep_no_byte_too_many(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await asyncio.gather(
        *(put(storage, f"{number}.png", limit=95) for number in range(100)), return_exceptions=True
    )
    assert await storage.files.kept("ada") == 90


async def test_temporary_files_are_not_kept(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await put(storage, "a.png", area=Area.TEMP)
    assert await storage.files.kept("ada") == 0


async def test_a_file_moves_with_its_content(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    stored = await put(storage, "a.json", area=Area.USERDATA)
    moved = await storage.files.move("ada", Area.USERDATA, ("", "a.json"), ("x", "b.json"), replace=False)
    assert moved is not None
    assert (moved.subfolder, moved.filename, moved.artifact) == ("x", "b.json", stored.artifact)
    assert await storage.files.get("ada", Area.USERDATA, "", "a.json") is None
    assert await storage.files.kept("ada") == 10


async def test_a_move_replaces_only_where_that_is_wished(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await put(storage, "a", artifact("a", 10), area=Area.USERDATA)
    await put(storage, "b", artifact("b", 20), area=Area.USERDATA)
    with pytest.raises(FileExists):
        await storage.files.move("ada", Area.USERDATA, ("", "a"), ("", "b"), replace=False)
    assert await storage.files.move("ada", Area.USERDATA, ("", "a"), ("", "b"), replace=True) is not None
    [stored] = await storage.files.list("ada", Area.USERDATA)
    assert (stored.filename, stored.artifact.size) == ("b", 10)
    assert await storage.files.kept("ada") == 10


async def test_a_move_onto_itself_leaves_the_file_alone(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    await put(storage, "a", area=Area.USERDATA)
    assert await storage.files.move("ada", Area.USERDATA, ("", "a"), ("", "a"), replace=True) is not None
    assert await storage.files.get("ada", Area.USERDATA, "", "a") is not None


async def test_there_is_nothing_to_move_or_delete_where_nothing_is(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    assert await storage.files.move("ada", Area.INPUT, ("", "a"), ("", "b"), replace=True) is None
    assert not await storage.files.delete("ada", Area.INPUT, "", "a")


async def test_files_are_listed_by_folder_and_name(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    for subfolder, name in (("x", "b"), ("", "z"), ("x", "a"), ("x/y", "c")):
        await put(storage, name, subfolder=subfolder)
    await put(storage, "other", account_id="ben")
    names = [(each.subfolder, each.filename) for each in await storage.files.list("ada", Area.INPUT)]
    assert names == [("", "z"), ("x", "a"), ("x", "b"), ("x/y", "c")]
    of_one = await storage.files.list("ada", Area.INPUT, subfolder="x")
    assert [each.filename for each in of_one] == ["a", "b"]


async def test_old_names_expire_in_their_area(storage: Storage, clock: Clock) -> None:
    await add_accounts(storage, "ada")
    await put(storage, "old", area=Area.OUTPUT)
    await put(storage, "old", area=Area.INPUT)
    clock.pass_by(10)
    await put(storage, "new", artifact("b"), area=Area.OUTPUT)
    assert await storage.files.expire(Area.OUTPUT, before=clock()) == 1
    assert [each.filename for each in await storage.files.list("ada", Area.OUTPUT)] == ["new"]
    assert len(await storage.files.list("ada", Area.INPUT)) == 1


async def test_content_is_named_as_long_as_anybody_names_it(storage: Storage) -> None:
    await add_accounts(storage, "ada", "ben")
    a, b = artifact("a").digest, artifact("b").digest
    await put(storage, "a")
    await put(storage, "a", account_id="ben")
    assert await storage.files.unnamed([a, b]) == {b}
    await storage.files.delete("ada", Area.INPUT, "", "a")
    assert await storage.files.unnamed([a, b]) == {b}
    await storage.accounts.remove("ben")
    assert await storage.files.unnamed([a, b]) == {a, b}
    assert await storage.files.unnamed([]) == frozenset()


async def test_nobody_names_a_file_who_has_no_account(storage: Storage) -> None:
    with pytest.raises(AccountUnknown):
        await put(storage, "a", account_id="nobody")
