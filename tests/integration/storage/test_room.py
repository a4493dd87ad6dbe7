"""What makes room where storage is full, and only where that is wished."""

from __future__ import annotations

import pytest

from atelier.errors import QueueFull, StorageFull
from atelier.storage.account import Group, Limits
from atelier.storage.contract import Storage
from atelier.storage.file import Area
from tests.integration.storage.makers import add_accounts, artifact, claim, submit, worker

FULL = Limits(storage_bytes=100)


async def keep(storage: Storage, name: str, *, area: Area = Area.OUTPUT, account: str = "ada") -> None:
    """Keep 50 bytes; for uploads, as many as may be kept are 100."""
    limit = FULL.storage_bytes if area is Area.INPUT else None
    content = artifact(name, size=50)
    await storage.files.put(account, area, "", name, content, media_type="image/png", limit=limit)


async def kept(storage: Storage, area: Area = Area.OUTPUT, account: str = "ada") -> list[str]:
    return [each.filename for each in await storage.files.list(account, area)]


async def test_the_oldest_pictures_make_room_for_a_job(making_room: Storage) -> None:
    await add_accounts(making_room, "ada")
    for name in ("b", "a", "c"):
        await keep(making_room, name)
    await submit(making_room, "ada", defaults=FULL)
    assert await kept(making_room) == ["c"]
    assert await making_room.files.kept("ada") == 50


async def test_the_oldest_pictures_make_room_for_an_upload_and_uploads_for_none(making_room: Storage) -> None:
    await add_accounts(making_room, "ada")
    await keep(making_room, "mine", area=Area.INPUT)
    await keep(making_room, "drawn")
    await keep(making_room, "other", area=Area.INPUT)
    assert (await kept(making_room), await kept(making_room, Area.INPUT)) == ([], ["mine", "other"])
    with pytest.raises(StorageFull, match="You"):
        await keep(making_room, "third", area=Area.INPUT)
    with pytest.raises(StorageFull, match="You"):
        await submit(making_room, "ada", defaults=FULL)


async def test_nothing_is_removed_where_it_would_not_be_enough(making_room: Storage) -> None:
    await add_accounts(making_room, "ada")
    await keep(making_room, "mine", area=Area.INPUT)
    await keep(making_room, "drawn")
    too_large = artifact("x", size=101)
    with pytest.raises(StorageFull):
        await making_room.files.put(
            "ada", Area.INPUT, "", "x", too_large, media_type="image/png", limit=FULL.storage_bytes
        )
    assert await kept(making_room) == ["drawn"]


async def test_nothing_is_removed_for_a_job_that_is_refused_after_all(making_room: Storage) -> None:
    await add_accounts(making_room, "ada")
    for name in ("a", "b"):
        await keep(making_room, name)
    with pytest.raises(QueueFull):
        await submit(making_room, "ada", defaults=Limits(storage_bytes=100, queued=0))
    assert await kept(making_room) == ["a", "b"]


async def test_a_class_makes_room_with_the_pictures_of_who_wants_it(making_room: Storage) -> None:
    await making_room.accounts.put_group(Group(name="3b", limits=FULL))
    await add_accounts(making_room, "ada", "ben", group="3b")
    await keep(making_room, "hers")
    await keep(making_room, "his", account="ben")
    await submit(making_room, "ada")
    assert (await kept(making_room), await kept(making_room, account="ben")) == ([], ["his"])
    await keep(making_room, "more", account="ben")
    with pytest.raises(StorageFull, match="'3b'"):
        await submit(making_room, "ada")


async def test_what_a_running_job_made_so_far_stays(making_room: Storage) -> None:
    await add_accounts(making_room, "ada")
    await submit(making_room, "ada")
    by = worker()
    job = await claim(making_room, by)
    assert job is not None
    await making_room.files.put(
        "ada", Area.OUTPUT, "", "new", artifact("n", 60), media_type="image/png", job_id=job.id, worker=by
    )
    await keep(making_room, "old")
    await submit(making_room, "ada", defaults=FULL)
    assert await kept(making_room) == ["new"]


async def test_nothing_makes_room_unless_that_is_wished(storage: Storage) -> None:
    await add_accounts(storage, "ada")
    for name in ("a", "b"):
        await keep(storage, name)
    with pytest.raises(StorageFull):
        await submit(storage, "ada", defaults=FULL)
    with pytest.raises(StorageFull):
        await keep(storage, "mine", area=Area.INPUT)
    assert await kept(storage) == ["a", "b"]
