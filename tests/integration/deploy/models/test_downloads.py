"""A file comes whole or not at all, whatever the server and the connection do."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atelier.deploy.models import HubFile, Progressed, Wanted, wanted_address
from atelier.deploy.models.part import Part
from atelier.errors import (
    DiskTooSmall,
    DownloadFailed,
    DownloadRefused,
    FetchUnderWay,
    ModelFileDamaged,
)
from tests.integration.deploy.models.conftest import BODY, KEY, QUICK, SHA256, WANTED, Bench
from tests.integration.deploy.models.stand_in_hub import COMMIT, StandInHub


def direct(hub: StandInHub, **more: Any) -> Wanted:
    return wanted_address(hub.direct(KEY), folder="loras", **more)


async def test_a_file_comes_with_the_hubs_checksum_and_is_recorded(bench: Bench) -> None:
    (kept,) = await bench.fetch()
    assert bench.target.read_bytes() == BODY
    assert kept.sha256 == SHA256
    locked = bench.lock.files["loras/model.safetensors"]
    assert (locked.size, locked.sha256, locked.sha256_from) == (len(BODY), SHA256, "hub")
    assert (locked.revision, locked.recorded) == (COMMIT, "2026-01-31")
    assert bench.files == {"model.safetensors"}


async def test_the_bytes_asked_for_are_those_of_the_recorded_commit(bench: Bench) -> None:
    await bench.fetch()
    (get,) = bench.hub.gets("hub")
    assert get.path == f"/org/weights/resolve/{COMMIT}/split/model.safetensors"


async def test_after_a_cut_only_the_rest_is_asked_for(bench: Bench) -> None:
    bench.hub.faults += [bench.hub.cut(100_000), bench.hub.cut(50_000)]
    await bench.fetch()
    assert bench.target.read_bytes() == BODY
    first, second, third = bench.hub.gets()
    assert first.range is None
    assert [second.range, third.range] == ["bytes=100000-", "bytes=150000-"]
    assert bench.hub.sent == len(BODY)
    assert [each.attempt for each in bench.retries] == [2, 2]


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, len(BODY) - 1), max_size=3), known=st.booleans())
def test_a_file_survives_cuts_at_any_byte(cuts: list[int], known: bool) -> None:
    async def run() -> None:
        hub = StandInHub(files={KEY: BODY})
        await hub.start()
        try:
            with tempfile.TemporaryDirectory() as place:
                bench = Bench(hub=hub, root=Path(place))
                hub.faults += [hub.cut(each) for each in cuts]
                await bench.fetch([WANTED if known else direct(hub)])
                assert bench.target.read_bytes() == BODY
                assert bench.lock.files["loras/model.safetensors"].sha256 == SHA256
        finally:
            await hub.stop()

    asyncio.run(run())


@settings(max_examples=25)
@given(stop=st.integers(0, len(BODY)))
def test_another_run_goes_on_from_any_byte(stop: int) -> None:
    async def run() -> None:
        hub = StandInHub(files={KEY: BODY})
        await hub.start()
        try:
            with tempfile.TemporaryDirectory() as place:
                bench = Bench(hub=hub, root=Path(place))
                hub.faults += [hub.cut(0)]
                bench.patience = replace(QUICK, tries=1)
                with pytest.raises(DownloadFailed):
                    await bench.fetch()
                bench.part.write_bytes(BODY[:stop])
                await bench.fetch()
                assert bench.target.read_bytes() == BODY
                assert hub.sent == len(BODY) - stop
        finally:
            await hub.stop()

    asyncio.run(run())


async def test_a_failed_run_keeps_what_came_and_the_next_one_goes_on(bench: Bench) -> None:
    bench.patience = replace(QUICK, tries=1)
    bench.hub.faults += [bench.hub.cut(120_000)]
    with pytest.raises(DownloadFailed, match="120,000 bytes are kept"):
        await bench.fetch()
    assert not bench.target.exists()
    assert bench.part.read_bytes() == BODY[:120_000]

    plan = await bench.plan()
    assert plan.left == len(BODY) - 120_000
    await bench.fetch()
    assert bench.target.read_bytes() == BODY
    assert bench.hub.sent == len(BODY)
    assert not bench.part.exists()


async def test_a_stopped_run_leaves_a_part_and_no_file(bench: Bench) -> None:
    never = asyncio.Event()
    bench.hub.faults += [bench.hub.silent_after(70_000, never.wait)]
    task = asyncio.create_task(bench.fetch())
    async with asyncio.timeout(300):
        while not any(  # noqa: ASYNC110
            isinstance(each, Progressed) for each in bench.events
        ):
            await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    never.set()
    assert not bench.target.exists()
    begun = bench.part.stat().st_size
    assert bench.part.read_bytes() == BODY[:begun]
    await bench.fetch()
    assert bench.target.read_bytes() == BODY


async def test_wrong_bytes_are_refused_and_nothing_of_them_stays(bench: Bench) -> None:
    bench.hub.faults += [bench.hub.other_bytes(lambda content: b"x" + content[1:])]
    with pytest.raises(ModelFileDamaged, match=f"instead of {SHA256}"):
        await bench.fetch()
    assert not any(name.startswith("model") for name in bench.files)
    assert not bench.lock.files


async def test_pieces_that_do_not_fit_are_fetched_once_more_from_the_beginning(bench: Bench) -> None:
    bench.hub.faults += [
        bench.hub.cut(100_000),
        bench.hub.other_bytes(lambda content: content[:-1] + b"x"),
    ]
    await bench.fetch()
    assert bench.target.read_bytes() == BODY
    assert len(bench.started_over) == 1


async def test_a_damaged_part_is_found_out_and_fetched_once_more(bench: Bench) -> None:
    bench.patience = replace(QUICK, tries=1)
    bench.hub.faults += [bench.hub.cut(100_000)]
    with pytest.raises(DownloadFailed):
        await bench.fetch()
    bench.part.write_bytes(b"\0" * 100_000)
    await bench.fetch()
    assert bench.target.read_bytes() == BODY


async def test_wrong_bytes_twice_end_the_matter(bench: Bench) -> None:
    wrong = bench.hub.other_bytes(lambda content: content[:-1] + b"x")
    bench.hub.faults += [bench.hub.cut(100_000), wrong, wrong]
    with pytest.raises(ModelFileDamaged):
        await bench.fetch()
    assert not bench.part.exists()
    assert len(bench.hub.gets()) == 3


async def test_a_server_that_ignores_ranges_sends_everything_again(bench: Bench) -> None:
    bench.hub.faults += [bench.hub.cut(100_000), bench.hub.without_ranges()]
    await bench.fetch()
    assert bench.target.read_bytes() == BODY
    assert bench.hub.sent == 100_000 + len(BODY)


async def test_another_range_than_asked_for_is_not_appended(bench: Bench) -> None:
    shifted = (
        f"HTTP/1.1 206 Partial Content\nContent-Range: bytes 5-{len(BODY) - 1}/{len(BODY)}\n"
        f"Content-Length: {len(BODY) - 5}\n"
    )
    bench.hub.faults += [bench.hub.cut(100_000), bench.hub.raw(shifted, BODY[5:])]
    await bench.fetch()
    assert bench.target.read_bytes() == BODY


async def test_416_at_the_end_means_that_all_is_there(bench: Bench) -> None:
    # Of this one, no size is known beforehand, so that the server has to be asked.
    bench.hub.head_allowed = False
    bench.patience = replace(QUICK, tries=1)
    bench.hub.faults += [bench.hub.cut(100)]
    with pytest.raises(DownloadFailed):
        await bench.fetch([direct(bench.hub)])
    bench.part.write_bytes(BODY)
    await bench.fetch([direct(bench.hub)])
    assert bench.target.read_bytes() == BODY
    assert bench.hub.gets()[-1].range == f"bytes={len(BODY)}-"


async def test_416_before_the_end_starts_over(bench: Bench) -> None:
    refusal = bench.hub.status(416, Content_Range="bytes */77")
    bench.hub.faults += [bench.hub.cut(100_000), refusal]
    await bench.fetch()
    assert bench.target.read_bytes() == BODY
    assert len(bench.started_over) == 1


async def test_a_page_in_the_files_place_is_refused_before_a_byte_is_kept(bench: Bench) -> None:
    page = b"<html>Sign in to the network</html>"
    head = f"HTTP/1.1 200 OK\nContent-Type: text/html\nContent-Length: {len(page)}\n"
    bench.hub.faults += [bench.hub.raw(head, page)]
    with pytest.raises(ModelFileDamaged, match="35 bytes of text/html"):
        await bench.fetch()
    assert not bench.target.exists()


async def test_a_body_that_is_longer_than_the_file_is_refused(bench: Bench) -> None:
    body = BODY + b"more"
    head = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n"
    chunked = f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n"
    bench.hub.faults += [bench.hub.raw(head, chunked)]
    with pytest.raises(ModelFileDamaged, match="sends more"):
        await bench.fetch()
    assert not any(name.startswith("model") for name in bench.files)


async def test_a_body_that_ends_early_without_saying_so_is_completed(bench: Bench) -> None:
    body = BODY[:60_000]
    head = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n"
    bench.hub.faults += [bench.hub.raw(head, f"{len(body):x}\r\n".encode() + body + b"\r\n0\r\n\r\n")]
    await bench.fetch()
    assert bench.target.read_bytes() == BODY
    assert bench.hub.gets()[-1].range == "bytes=60000-"


async def test_a_compressed_answer_is_refused(bench: Bench) -> None:
    bench.hub.faults += [bench.hub.status(200, Content_Encoding="gzip")]
    with pytest.raises(DownloadFailed, match="compressed"):
        await bench.fetch()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
async def test_a_server_in_trouble_is_asked_again(bench: Bench, status: int) -> None:
    bench.hub.faults += [bench.hub.status(status, Retry_After="0")]
    bench.hub.hub_faults += [bench.hub.status(status)]
    await bench.fetch()
    assert bench.target.read_bytes() == BODY
    assert [f"answers {status}" in each.reason for each in bench.retries] == [True, True]


async def test_a_pause_longer_than_anybody_waits_is_told_instead(bench: Bench) -> None:
    bench.hub.faults += [bench.hub.status(429, Retry_After="86400")]
    with pytest.raises(DownloadFailed, match="pause of 86400 s"):
        await bench.fetch()


async def test_it_is_given_up_after_the_stated_number_of_tries(bench: Bench) -> None:
    bench.hub.faults += [bench.hub.status(503)] * 10
    with pytest.raises(DownloadFailed, match="Given up after 4 tries"):
        await bench.fetch()
    assert len(bench.hub.gets()) == 4


async def test_tries_that_bring_something_do_not_count(bench: Bench) -> None:
    bench.hub.faults += [bench.hub.cut(2000)] * 20
    await bench.fetch()
    assert bench.target.read_bytes() == BODY


async def test_a_server_that_ignores_ranges_and_cuts_does_not_go_on_for_ever(bench: Bench) -> None:
    async def fault(request: Any, content: bytes) -> Any:
        return await bench.hub.serve(request, content, cut_after=150_000, ranges=False)

    bench.hub.faults += [fault] * 10
    with pytest.raises(DownloadFailed, match="Given up"):
        await bench.fetch()
    assert len(bench.hub.gets()) == 4


async def test_silence_counts_as_a_cut(bench: Bench) -> None:
    never = asyncio.Event()
    bench.patience = replace(QUICK, silence=0.3, tries=20)
    bench.hub.faults += [bench.hub.silent_after(1000, never.wait)]
    await bench.fetch()
    never.set()
    assert bench.target.read_bytes() == BODY
    assert "nothing came for 0.3 s" in bench.retries[0].reason


@pytest.mark.parametrize(("status", "text"), [(401, "token"), (403, "token"), (404, "no such file")])
async def test_a_refusal_of_the_bytes_is_told_at_once(bench: Bench, status: int, text: str) -> None:
    bench.hub.faults += [bench.hub.status(status)]
    with pytest.raises(DownloadRefused, match=text):
        await bench.fetch()
    assert not bench.retries


async def test_nobody_listens(bench: Bench) -> None:
    await bench.hub.stop()
    other = replace(WANTED, name="other.safetensors")
    with pytest.raises(DownloadFailed, match="cannot be reached"):
        await bench.fetch([WANTED, other])
    assert {each.key for each in bench.retries} == {WANTED.key}


async def test_one_file_that_fails_does_not_keep_the_others_from_coming(bench: Bench) -> None:
    bench.hub.files["org/weights/other.safetensors"] = b"other"
    other = replace(
        WANTED, name="other.safetensors", source=HubFile(repository="org/weights", path="other.safetensors")
    )
    bench.hub.faults += [bench.hub.status(403)]
    with pytest.raises(DownloadRefused):
        await bench.fetch([WANTED, other])
    assert bench.folder.target(other).read_bytes() == b"other"


# --- addresses without a hub ----------------------------------------------------------------------


async def test_an_address_of_its_own_is_resumed_by_its_validator(bench: Bench) -> None:
    bench.hub.faults += [bench.hub.cut(100_000)]
    (kept,) = await bench.fetch([direct(bench.hub)])
    assert kept.sha256_from == "content"
    assert bench.target.read_bytes() == BODY
    rest = bench.hub.gets()[-1]
    assert rest.range == "bytes=100000-"
    assert rest.headers["if-range"] == bench.hub.etag(BODY)
    assert bench.hub.sent == len(BODY)


async def test_a_file_that_changed_in_between_is_fetched_from_its_beginning(bench: Bench) -> None:
    changed = bytes(reversed(BODY))
    bench.patience = replace(QUICK, tries=1)
    bench.hub.faults += [bench.hub.cut(100_000)]
    with pytest.raises(DownloadFailed):
        await bench.fetch([direct(bench.hub)])
    bench.hub.files[KEY] = changed
    await bench.fetch([direct(bench.hub)])
    assert bench.target.read_bytes() == changed


async def test_a_rest_of_another_file_is_not_appended(bench: Bench) -> None:
    changed = bytes(reversed(BODY))
    rest = (
        f"HTTP/1.1 206 Partial Content\nContent-Range: bytes 100000-{len(BODY) - 1}/{len(BODY)}\n"
        f'ETag: "changed"\nContent-Length: {len(BODY) - 100_000}\n'
    )
    bench.hub.faults += [bench.hub.cut(100_000), bench.hub.raw(rest, changed[100_000:])]
    wanted = direct(bench.hub)
    await bench.fetch([wanted])
    assert bench.target.read_bytes() == BODY
    assert [each.reason for each in bench.started_over] == ["the server's file has changed"]


async def test_without_a_validator_nothing_is_pieced_together(bench: Bench) -> None:
    bench.hub.etag = lambda content: 'W/"weak"'
    bench.hub.faults += [bench.hub.cut(100_000)]
    await bench.fetch([direct(bench.hub)])
    assert bench.target.read_bytes() == BODY
    assert all(each.range is None for each in bench.hub.gets())


async def test_a_given_checksum_allows_to_resume_without_a_validator(bench: Bench) -> None:
    bench.hub.etag = lambda content: None
    bench.hub.faults += [bench.hub.cut(100_000)]
    (kept,) = await bench.fetch([direct(bench.hub, sha256=SHA256.upper())])
    assert kept.sha256_from == "user"
    assert bench.hub.sent == len(BODY)


async def test_a_server_that_does_not_answer_head_is_asked_for_the_file(bench: Bench) -> None:
    bench.hub.head_allowed = False
    plan = await bench.plan([direct(bench.hub)])
    assert plan.unknown == ("loras/model.safetensors",)
    await bench.fetch([direct(bench.hub)])
    assert bench.target.read_bytes() == BODY


async def test_without_length_or_checksum_a_cut_could_not_be_told_from_the_end(bench: Bench) -> None:
    bench.hub.head_allowed = False
    endless = bench.hub.raw("HTTP/1.1 200 OK\nConnection: close\n", BODY)
    bench.hub.faults += [endless]
    with pytest.raises(DownloadFailed, match="names no length"):
        await bench.fetch([direct(bench.hub)])
    bench.hub.faults += [endless]
    await bench.fetch([direct(bench.hub, sha256=SHA256)])
    assert bench.target.read_bytes() == BODY


async def test_a_signature_in_an_address_is_kept_nowhere(bench: Bench) -> None:
    bench.patience = replace(QUICK, tries=1)
    wanted = wanted_address(f"{bench.hub.direct(KEY)}?token=hush", folder="loras")
    bench.hub.faults += [bench.hub.cut(1000)]
    with pytest.raises(DownloadFailed) as refusal:
        await bench.fetch([wanted])
    kept = [each.read_bytes() for each in bench.root.rglob("*") if each.is_file()]
    await bench.fetch([wanted])
    kept += [bench.lock.path.read_bytes()]
    assert len(kept) > 2
    assert not any(b"hush" in each for each in kept)
    assert "hush" not in f"{refusal.value}{bench.events}"


# --- the disk -------------------------------------------------------------------------------------


async def test_a_disk_without_room_is_told_before_a_byte_is_asked_for(bench: Bench) -> None:
    plan = await bench.plan()
    with pytest.raises(DiskTooSmall, match="make room for"):
        plan.check_space(reserve=2**60)
    assert not bench.hub.gets()


async def test_a_disk_that_fills_keeps_what_came(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        """A file on a disk that has room for 100,000 bytes; a real full disk needs a mount."""

        def __init__(self, file: Any) -> None:
            self._file = file

        def write(self, data: bytes) -> int:
            room = 100_000 - self._file.tell()
            self._file.write(data[:room])
            if room < len(data):
                raise OSError(errno.ENOSPC, "No space left on device")
            return len(data)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

    opened = Part._opened
    with monkeypatch.context() as patch:
        patch.setattr(Part, "_opened", lambda part: Full(opened(part)))
        with pytest.raises(DiskTooSmall, match="The disk is full"):
            await bench.fetch()
    assert not bench.target.exists()
    await bench.fetch()
    assert bench.target.read_bytes() == BODY
    assert bench.hub.gets()[-1].range == "bytes=100000-"


async def test_two_fetches_into_one_folder_exclude_each_other(bench: Bench) -> None:
    with bench.folder.held(), pytest.raises(FetchUnderWay), bench.folder.held():
        pass
    with bench.folder.held():
        pass


def test_what_is_hashed_on_the_way_is_what_is_written(tmp_path: Path) -> None:
    from atelier.deploy.models.events import Meter
    from atelier.deploy.models.part import Identity

    async def run() -> str:
        meter = Meter(lambda event: None, "x", "checking", None)
        with Part(tmp_path / "x") as part:
            await part.open(Identity(address="a", sha256="b" * 64), meter)
            part.write(b"half")
        with Part(tmp_path / "x") as part:
            await part.open(Identity(address="elsewhere", sha256="b" * 64), meter)
            part.write(b" and half")
            digest = part.digest()
            part.keep()
        return digest

    assert asyncio.run(run()) == hashlib.sha256(b"half and half").hexdigest()
    assert (tmp_path / "x").read_bytes() == b"half and half"
