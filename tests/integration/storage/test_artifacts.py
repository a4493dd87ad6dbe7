"""Content under its own digest: whole or not at all, and swept when nobody names it."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Collection
from pathlib import Path

import pytest
from blake3 import blake3

from atelier.errors import ArtifactUnusable, BodyTooLarge, StorageFull
from atelier.storage import artifacts as module
from atelier.storage.artifacts import PIECE, UNNAMED_FOR, ArtifactStore
from atelier.storage.contract import Storage
from atelier.storage.file import Area
from tests.integration.storage.makers import Clock, add_accounts

CONTENT = bytes(range(256)) * 20_000


class Unnamed:
    """Nobody names anything; somebody may do something while the sweep asks."""

    def __init__(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        self.asked: list[str] = []
        self._meanwhile = meanwhile

    async def unnamed(self, digests: Collection[str]) -> frozenset[str]:
        self.asked += digests
        self._meanwhile()
        return frozenset(digests)


async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


def kept(store: ArtifactStore) -> set[str]:
    """The names of all files in the directory."""
    return {path.name for path in store.directory.rglob("*") if path.is_file()}


@pytest.fixture
def store(directory: Path, clock: Clock) -> ArtifactStore:
    return ArtifactStore(directory / "artifacts", clock=clock)


@pytest.mark.parametrize("size", [1, 1000, PIECE, len(CONTENT)])
async def test_content_comes_back_whatever_pieces_it_came_in(store: ArtifactStore, size: int) -> None:
    content = CONTENT if size > 1 else CONTENT[:3000]
    artifact = await store.put(pieces(content, size))
    assert (artifact.digest, artifact.size) == (blake3(content).hexdigest(), len(content))
    assert await store.bytes_of(artifact.digest, verify=True) == content
    assert b"".join([each async for each in store.read(artifact.digest)]) == content


async def test_nothing_is_content_too(store: ArtifactStore) -> None:
    artifact = await store.put(pieces(b"", 1))
    assert artifact.size == 0
    assert await store.bytes_of(artifact.digest) == b""
    assert [each async for each in store.read(artifact.digest)] == []


@pytest.mark.parametrize(
    ("start", "end"), [(0, 10), (5, 5), (9, 3), (PIECE - 1, PIECE + 1), (100, None), (len(CONTENT), None)]
)
async def test_a_part_of_it_can_be_read(store: ArtifactStore, start: int, end: int | None) -> None:
    artifact = await store.put_bytes(CONTENT)
    read = b"".join([each async for each in store.read(artifact.digest, start=start, end=end)])
    assert read == CONTENT[start:end]


async def test_the_same_content_is_kept_once(store: ArtifactStore) -> None:
    artifacts = await asyncio.gather(*(store.put_bytes(CONTENT) for _ in range(10)))
    assert len(set(artifacts)) == 1
    assert kept(store) == {artifacts[0].digest}


async def test_too_much_is_refused_as_soon_as_it_is_too_much(store: ArtifactStore) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield CONTENT

    with pytest.raises(BodyTooLarge, match="9,999,999"):
        await store.put(endless(), limit=9_999_999)
    assert kept(store) == set()
    assert (await store.put_bytes(CONTENT, limit=len(CONTENT))).size == len(CONTENT)


async def test_an_upload_that_breaks_off_leaves_nothing(store: ArtifactStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield CONTENT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await store.put(broken())
    assert kept(store) == set()


async def test_an_upload_that_is_cancelled_leaves_nothing(store: ArtifactStore) -> None:
    arrived = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield CONTENT
        yield CONTENT
        arrived.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(store.put(stuck()))
    await asyncio.wait_for(arrived.wait(), 30)
    assert len(kept(store)) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert kept(store) == set()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EFBIG])
@pytest.mark.parametrize("call", ["fsync", "utime"])
async def test_a_full_disk_keeps_no_half_file(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch, code: int, call: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, full)
        with pytest.raises(StorageFull, match="full"):
            await store.put_bytes(CONTENT)
    assert kept(store) == set()
    await store.put_bytes(CONTENT)


#: Writes with at most 100,000 bytes a file, as on a disk that runs full in the middle.
LITTLE_ROOM = """
import asyncio, resource, signal, sys
from pathlib import Path
from atelier.errors import StorageFull
from atelier.storage.artifacts import ArtifactStore
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
async def main():
    store = ArtifactStore(Path(sys.argv[1]))
    try:
        await store.put_bytes(b"x" * 100_001)
    except StorageFull:
        print("full")
    await store.put_bytes(b"y" * 100_000)
asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on a file's size")
def test_a_write_that_the_system_cuts_short_keeps_no_half_file(directory: Path) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", LITTLE_ROOM, str(directory)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert answer.stdout == "full\n"
    assert kept(ArtifactStore(directory)) == {blake3(b"y" * 100_000).hexdigest()}


async def test_content_that_is_gone_is_told_as_such(store: ArtifactStore) -> None:
    missing = blake3(b"missing").hexdigest()
    with pytest.raises(ArtifactUnusable, match="gone"):
        await store.bytes_of(missing)
    with pytest.raises(ArtifactUnusable, match="gone"):
        async for _ in store.read(missing):
            pass


async def test_content_that_was_changed_is_told_where_it_is_verified(store: ArtifactStore) -> None:
    artifact = await store.put_bytes(CONTENT)
    store.path(artifact.digest).write_bytes(CONTENT[:-1] + b"!")
    with pytest.raises(ArtifactUnusable, match="not what was kept"):
        await store.bytes_of(artifact.digest, verify=True)


async def test_content_that_was_cut_short_is_mended_when_it_is_kept_again(store: ArtifactStore) -> None:
    artifact = await store.put_bytes(CONTENT)
    store.path(artifact.digest).write_bytes(CONTENT[:100])
    await store.put_bytes(CONTENT)
    assert await store.bytes_of(artifact.digest, verify=True) == CONTENT


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n", "é" * 64])
async def test_only_a_digest_leads_to_a_file(store: ArtifactStore, name: str) -> None:
    with pytest.raises(ValueError, match="digest"):
        store.path(name)


async def test_a_directory_that_cannot_be_written_is_told(directory: Path) -> None:
    (directory / "artifacts").write_text("a file stands in the way")
    with pytest.raises(ArtifactUnusable, match="artifacts"):
        await ArtifactStore(directory / "artifacts").put_bytes(CONTENT)


async def test_what_nobody_names_is_swept_after_its_time(
    store: ArtifactStore, storage: Storage, clock: Clock
) -> None:
    await add_accounts(storage, "ada")
    named, unnamed = await store.put_bytes(b"named"), await store.put_bytes(b"unnamed")
    await storage.files.put("ada", Area.INPUT, "", "a.txt", named, media_type="text/plain")
    assert await store.sweep(storage.files) == 0
    clock.pass_by(UNNAMED_FOR + 1)
    young = await store.put_bytes(b"young")
    assert await store.sweep(storage.files) == 1
    assert kept(store) == {named.digest, young.digest}
    await storage.files.delete("ada", Area.INPUT, "", "a.txt")
    clock.pass_by(UNNAMED_FOR + 1)
    assert await store.sweep(storage.files) == 2
    assert kept(store) == set()
    assert unnamed.digest != named.digest


async def test_a_sweep_of_nothing_removes_nothing(store: ArtifactStore) -> None:
    assert await store.sweep(Unnamed()) == 0


@pytest.mark.parametrize("how", ["kept again", "renewed"])
async def test_a_sweep_takes_nothing_that_is_kept_again_meanwhile(
    store: ArtifactStore, clock: Clock, how: str
) -> None:
    artifact = await store.put_bytes(CONTENT)
    clock.pass_by(UNNAMED_FOR + 1)

    def meanwhile() -> None:
        # In a thread of its own, since the sweep waits for the answer in this one.
        again = store.put_bytes(CONTENT) if how == "kept again" else store.renew(artifact.digest)
        thread = threading.Thread(target=lambda: asyncio.run(again))
        thread.start()
        thread.join(30)

    asked = Unnamed(meanwhile)
    assert await store.sweep(asked) == 0
    assert asked.asked == [artifact.digest]
    assert await store.bytes_of(artifact.digest) == CONTENT


async def test_content_that_is_gone_cannot_be_renewed(store: ArtifactStore, clock: Clock) -> None:
    artifact = await store.put_bytes(CONTENT)
    assert await store.renew(artifact.digest)
    clock.pass_by(UNNAMED_FOR + 1)
    await store.sweep(Unnamed())
    assert not await store.renew(artifact.digest)


async def test_many_are_asked_about_in_batches(
    store: ArtifactStore, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_SWEPT_AT_ONCE", 3)
    await asyncio.gather(*(store.put_bytes(bytes([number])) for number in range(10)))
    clock.pass_by(UNNAMED_FOR + 1)
    asked = Unnamed()
    assert await store.sweep(asked) == 10
    assert len(asked.asked) == 10


async def test_what_a_crashed_writer_left_is_swept(store: ArtifactStore, clock: Clock) -> None:
    await store.put_bytes(b"something")
    left = store.directory / "incoming" / "0123"
    left.write_bytes(b"half")
    os.utime(left, (clock(), clock()))
    await store.sweep(Unnamed())
    assert left.exists()
    clock.pass_by(UNNAMED_FOR + 1)
    await store.sweep(Unnamed())
    assert not left.exists()
