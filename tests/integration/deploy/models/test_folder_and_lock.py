"""What is recorded of a file holds from then on; what lies there is judged by it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from atelier.deploy.models import (
    Fetching,
    HubFile,
    ModelFolder,
    ModelLock,
    OfflineFolder,
    Wanted,
    link,
    recorded_or_there,
    verify,
    wanted_address,
)
from atelier.errors import (
    DeployError,
    ModelFileDamaged,
    ModelFileMissing,
    ModelLockInvalid,
    UsageError,
)
from tests.integration.deploy.models.conftest import BODY, KEY, SHA256, WANTED, Bench
from tests.integration.deploy.models.stand_in_hub import COMMIT

OTHER = bytes(reversed(BODY))


def quiet(event: object) -> None:
    pass


# --- the lock file --------------------------------------------------------------------------------


async def test_a_recorded_file_is_fetched_again_as_it_was_recorded(bench: Bench) -> None:
    await bench.fetch()
    recorded = bench.lock.path.read_bytes()
    bench.target.unlink()
    bench.hub.seen.clear()
    await bench.fetch()
    assert bench.hub.seen[0].path == f"/org/weights/resolve/{COMMIT}/split/model.safetensors"
    assert bench.lock.path.read_bytes() == recorded


async def test_a_hub_that_changed_a_recorded_file_is_refused(bench: Bench) -> None:
    await bench.fetch()
    bench.target.unlink()
    bench.hub.files[KEY] = OTHER
    with pytest.raises(ModelFileDamaged, match="another file than the one known"):
        await bench.fetch()
    assert not bench.target.exists()


async def test_a_lock_file_that_contradicts_a_pin_is_told(bench: Bench) -> None:
    await bench.fetch()
    with pytest.raises(ModelLockInvalid, match="has the SHA-256"):
        await bench.fetch([replace(WANTED, sha256="0" * 64)])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("not JSON", "no lock file"),
        ('{"version": 2}', "version"),
        ('{"version": 1, "files": {}, "more": 1}', "more"),
        ('{"version": 1, "files": {"vae/x": {"size": 1}}}', "vae/x.origin"),
        ("{}{", "no lock file"),
    ],
)
def test_a_lock_file_that_is_none_is_told_with_the_place(bench: Bench, text: str, told: str) -> None:
    bench.lock.path.write_text(text, encoding="utf-8")
    with pytest.raises(ModelLockInvalid, match=told):
        ModelLock(bench.lock.path)


@pytest.mark.parametrize(
    "key", ["../../etc/passwd", "vae/../../x", "vae//x", "vae/C:x", "/vae/x", "vae/.hidden"]
)
async def test_a_lock_file_names_nothing_outside_the_folder(bench: Bench, key: str) -> None:
    await bench.fetch()
    document = json.loads(bench.lock.path.read_bytes())
    document["files"] = {key: document["files"]["loras/model.safetensors"]}
    bench.lock.path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(ModelLockInvalid, match="cannot be"):
        ModelLock(bench.lock.path)


# --- what is there --------------------------------------------------------------------------------


async def test_what_is_there_is_not_fetched_again(bench: Bench) -> None:
    await bench.fetch()
    bench.hub.seen.clear()
    assert await bench.fetch() == ()
    assert bench.hub.seen == []


async def test_a_file_that_was_there_before_is_read_once_and_recorded(bench: Bench) -> None:
    bench.target.parent.mkdir(parents=True)
    bench.target.write_bytes(BODY)
    assert await bench.fetch() == ()
    assert bench.lock.files["loras/model.safetensors"].sha256 == SHA256
    assert not bench.hub.gets()


async def test_a_file_in_a_sub_folder_counts(bench: Bench) -> None:
    place = bench.folder.root / "loras/ours/model.safetensors"
    place.parent.mkdir(parents=True)
    place.write_bytes(BODY)
    assert await bench.fetch() == ()
    assert not bench.target.exists()


@pytest.mark.parametrize("wrong", [OTHER, BODY[:-1], b""])
async def test_a_damaged_file_is_replaced_and_said_so(bench: Bench, wrong: bytes) -> None:
    bench.target.parent.mkdir(parents=True)
    bench.target.write_bytes(wrong)
    (step,) = (await bench.plan()).steps
    assert step.replaces
    await bench.fetch()
    assert bench.target.read_bytes() == BODY


async def test_a_recorded_file_that_was_damaged_since_is_replaced_on_a_second_look(bench: Bench) -> None:
    await bench.fetch()
    bench.target.write_bytes(OTHER)
    assert await bench.fetch() == ()
    await bench.fetch(recheck=True)
    assert bench.target.read_bytes() == BODY


async def test_a_link_to_a_file_that_is_gone_is_replaced(bench: Bench) -> None:
    bench.target.parent.mkdir(parents=True)
    bench.target.symlink_to(bench.root / "gone")
    assert bench.folder.look(WANTED).standing == "dangling link"
    await bench.fetch()
    assert not bench.target.is_symlink()
    assert bench.target.read_bytes() == BODY


async def test_a_linked_file_is_replaced_without_touching_what_it_leads_to(bench: Bench) -> None:
    elsewhere = bench.root / "elsewhere"
    elsewhere.write_bytes(OTHER)
    bench.target.parent.mkdir(parents=True)
    bench.target.hardlink_to(elsewhere)
    await bench.fetch()
    assert bench.target.read_bytes() == BODY
    assert elsewhere.read_bytes() == OTHER


def test_how_a_file_stands_is_told_from_its_size(bench: Bench) -> None:
    known = replace(WANTED, size=len(BODY))
    assert bench.folder.look(known).standing == "missing"
    bench.target.parent.mkdir(parents=True)
    bench.part.write_bytes(BODY[:7])
    begun = bench.folder.look(known)
    assert (begun.standing, begun.size) == ("begun", 7)
    bench.target.write_bytes(BODY[:9])
    assert bench.folder.look(known).standing == "wrong size"
    bench.target.write_bytes(BODY)
    assert bench.folder.look(known).standing == "unchecked"
    assert bench.folder.look(known, recorded=True).standing == "there"
    assert bench.folder.look(Wanted(folder="vae", name="own.onnx")).standing == "included"


def test_comfyuis_older_folders_count(bench: Bench) -> None:
    old = bench.folder.root / "clip/clip_l.safetensors"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"x")
    assert bench.folder.find(Wanted(folder="text_encoders", name="clip_l.safetensors")) == old


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("..", "x"),
        ("vae", "../x"),
        ("vae", ""),
        ("vae", "a\\b"),
        ("vae", "a:b"),
        ("vae", "x/"),
        ("vae", "x\n"),
    ],
)
def test_no_name_leads_out_of_the_folder(folder: str, name: str) -> None:
    with pytest.raises(UsageError):
        Wanted(folder=folder, name=name)


# --- addresses ------------------------------------------------------------------------------------


def test_an_address_of_the_hub_is_looked_up_there() -> None:
    wanted = wanted_address("https://huggingface.co/org/weights/blob/v2/a/b%20c.safetensors", folder="loras")
    assert wanted.name == "b c.safetensors"
    assert wanted.source == HubFile(repository="org/weights", path="a/b c.safetensors", revision="v2")
    assert isinstance(wanted.source, HubFile)
    assert wanted.source.url() == "https://huggingface.co/org/weights/resolve/v2/a/b%20c.safetensors"


@pytest.mark.parametrize(
    "address",
    [
        "x",
        "ftp://a/b",
        "https://",
        "https://a.example/",
        "https://a.example:99999/x",
        "https://[::1/x",
        "https://a..example/x",
        "https://huggingface.co/org/weights",
        "https://a.example/..",
    ],
)
def test_what_is_no_address_of_a_file_is_refused(address: str) -> None:
    with pytest.raises(UsageError):
        wanted_address(address, folder="loras")


def test_formats_that_can_run_code_are_known() -> None:
    assert Wanted(folder="vae", name="x.ckpt").may_run_code
    assert not Wanted(folder="vae", name="x.safetensors").may_run_code


# --- a folder instead of the net ------------------------------------------------------------------


async def fetch_offline(bench: Bench, wanted: Wanted) -> None:
    source = OfflineFolder.of(bench.root / "stick", [wanted], without=bench.folder.root)
    fetching = Fetching(bench.folder, bench.lock, source, bench.events.append)
    await fetching.carry_out(await fetching.plan([wanted]))


async def test_a_file_is_copied_from_a_folder_and_nobody_is_asked(bench: Bench) -> None:
    stick = bench.root / "stick/deep/model.safetensors"
    stick.parent.mkdir(parents=True)
    stick.write_bytes(BODY)
    await fetch_offline(bench, replace(WANTED, sha256=SHA256, size=len(BODY)))
    assert bench.target.read_bytes() == BODY
    assert stick.read_bytes() == BODY
    assert not bench.target.samefile(stick)
    assert bench.lock.files["loras/model.safetensors"].sha256_from == "atelier"
    assert bench.hub.seen == []


async def test_other_bytes_in_the_folder_are_refused(bench: Bench) -> None:
    (bench.root / "stick").mkdir()
    (bench.root / "stick/model.safetensors").write_bytes(OTHER)
    with pytest.raises(ModelFileMissing, match=f"instead of {SHA256}"):
        await fetch_offline(bench, replace(WANTED, sha256=SHA256))
    with pytest.raises(ModelFileMissing, match="bytes instead of 5"):
        await fetch_offline(bench, replace(WANTED, size=5))
    assert not bench.target.exists()


async def test_what_the_folder_lacks_is_named_with_its_address(bench: Bench) -> None:
    (bench.root / "stick").mkdir()
    with pytest.raises(ModelFileMissing, match=r"huggingface.co/org/weights/resolve/main/split/model"):
        await fetch_offline(bench, WANTED)


async def test_a_copy_goes_on_where_it_ended(bench: Bench) -> None:
    from atelier.deploy.models.events import Meter
    from atelier.deploy.models.part import Identity, Part

    (bench.root / "stick").mkdir()
    (bench.root / "stick/model.safetensors").write_bytes(BODY)
    with Part(bench.target) as part:
        await part.open(Identity(address="x", sha256=SHA256), Meter(quiet, "x", "checking", None))
        part.write(BODY[:1234])
    await fetch_offline(bench, replace(WANTED, sha256=SHA256))
    assert bench.target.read_bytes() == BODY


# --- links ----------------------------------------------------------------------------------------


async def test_a_file_elsewhere_is_linked_and_not_copied(bench: Bench) -> None:
    other = bench.root / "ComfyUI/models/loras/model.safetensors"
    other.parent.mkdir(parents=True)
    other.write_bytes(BODY)
    outcome = await link(
        [replace(WANTED, sha256=SHA256, size=len(BODY))], [bench.root], bench.folder, bench.lock, quiet
    )
    (linked,) = outcome.linked
    assert (linked.kind, linked.proved) == ("hard", True)
    assert bench.target.samefile(other)
    assert bench.target.stat().st_nlink == 2
    assert bench.lock.files["loras/model.safetensors"].sha256 == SHA256


async def test_the_hubs_cache_is_linked_past_its_own_links(bench: Bench) -> None:
    cache = bench.root / "hub/models--org--weights"
    (cache / "blobs").mkdir(parents=True)
    (cache / "blobs" / SHA256).write_bytes(BODY)
    shown = cache / f"snapshots/{COMMIT}/split/model.safetensors"
    shown.parent.mkdir(parents=True)
    shown.symlink_to(f"../../../blobs/{SHA256}")
    await link(
        [replace(WANTED, sha256=SHA256)],
        [bench.root / "hub"],
        bench.folder,
        bench.lock,
        quiet,
        kind="symbolic",
    )
    assert bench.target.readlink() == (cache / "blobs" / SHA256).resolve()


async def test_another_file_of_the_same_name_is_left_alone(bench: Bench) -> None:
    for place, content in (("a", OTHER), ("b", BODY[:5]), ("c", BODY)):
        (bench.root / "old" / place).mkdir(parents=True)
        (bench.root / "old" / place / "model.safetensors").write_bytes(content)
    outcome = await link(
        [replace(WANTED, sha256=SHA256, size=len(BODY))],
        [bench.root / "old"],
        bench.folder,
        bench.lock,
        quiet,
    )
    assert [each.path.parent.name for each in outcome.others] == ["a", "b"]
    assert outcome.linked[0].to.parent.name == "c"


async def test_of_several_files_without_a_known_checksum_none_is_guessed(bench: Bench) -> None:
    for place in ("a", "b"):
        (bench.root / "old" / place).mkdir(parents=True)
        (bench.root / "old" / place / "model.safetensors").write_bytes(place.encode())
    outcome = await link([WANTED], [bench.root / "old"], bench.folder, bench.lock, quiet)
    assert not outcome.linked
    assert len(outcome.others) == 2


async def test_a_file_that_is_there_is_not_linked_over(bench: Bench) -> None:
    await bench.fetch()
    (bench.root / "old").mkdir()
    (bench.root / "old/model.safetensors").write_bytes(BODY)
    outcome = await link([WANTED], [bench.root / "old"], bench.folder, bench.lock, quiet)
    assert len(outcome.present) == 1
    assert bench.target.stat().st_nlink == 1


async def test_on_another_disk_a_link_is_symbolic_unless_hard_ones_are_asked_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno
    import os

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    (bench.root / "old").mkdir()
    (bench.root / "old/model.safetensors").write_bytes(BODY)
    monkeypatch.setattr(os, "link", refuse)
    wanted = [replace(WANTED, sha256=SHA256)]
    with pytest.raises(DeployError, match="--symbolic"):
        await link(wanted, [bench.root / "old"], bench.folder, bench.lock, quiet, kind="hard")
    assert bench.files == set()
    outcome = await link(wanted, [bench.root / "old"], bench.folder, bench.lock, quiet)
    assert outcome.linked[0].kind == "symbolic"
    assert bench.target.is_symlink()


async def test_a_folder_that_is_not_there_is_told(bench: Bench) -> None:
    with pytest.raises(UsageError, match="is no folder"):
        await link([WANTED], [bench.root / "none"], bench.folder, bench.lock, quiet)


# --- reading everything again ---------------------------------------------------------------------


async def test_every_verdict_is_reached(bench: Bench) -> None:
    bench.hub.files |= {f"org/weights/{name}": name.encode() for name in "abcd"}
    wanted = {
        name: Wanted(folder="vae", name=name, source=HubFile(repository="org/weights", path=name))
        for name in "abcd"
    }
    await bench.fetch(list(wanted.values()))
    bench.folder.target(wanted["b"]).write_bytes(b"B")
    bench.folder.target(wanted["c"]).write_bytes(b"longer")
    bench.folder.target(wanted["d"]).unlink()
    unknown = Wanted(folder="vae", name="e", source=HubFile(repository="org/weights", path="e"))
    bench.folder.target(unknown).write_bytes(b"e")
    checked = await verify([*wanted.values(), unknown], bench.folder, bench.lock, quiet)
    assert [each.verdict for each in checked] == ["sound", "damaged", "damaged", "missing", "unknown"]
    assert [each.good for each in checked] == [True, False, False, False, False]
    assert all(each.detail for each in checked[1:])


async def test_a_single_flipped_bit_is_found(bench: Bench) -> None:
    await bench.fetch()
    content = bytearray(BODY)
    content[len(content) // 2] ^= 1
    bench.target.write_bytes(content)
    (checked,) = await verify([WANTED], bench.folder, bench.lock, quiet)
    assert checked.verdict == "damaged"


async def test_recorded_files_of_no_set_are_verified_too(bench: Bench) -> None:
    await bench.fetch([wanted_address(bench.hub.direct(KEY), folder="loras", name="own.safetensors")])
    found = recorded_or_there([WANTED], bench.folder, bench.lock)
    assert [each.key for each in found] == ["loras/own.safetensors"]
    (checked,) = await verify(found, bench.folder, bench.lock, quiet)
    assert checked.good


def test_an_empty_folder_has_nothing_to_verify(bench: Bench) -> None:
    assert recorded_or_there([WANTED], ModelFolder(bench.root / "none"), bench.lock) == ()
