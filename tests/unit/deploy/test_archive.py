"""A backup comes back byte by byte, or not at all."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atelier.deploy import sealing
from atelier.deploy.archive import Writing, read_archive
from atelier.deploy.sealing import open_sealed, seal
from atelier.errors import ArchiveUnusable, DeployError

WORDS = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "_N", 2**14)


def make(path: Path, members: dict[str, bytes]) -> Path:
    with path.open("wb") as file:
        writing = Writing(file, {"name": "studio", "atelier": "1.0"})
        for name, content in members.items():
            writing.add(name, io.BytesIO(content), len(content))
        writing.finish(b"the secrets", WORDS)
    return path


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    return make(tmp_path / "a.tar.gz", {"gateway/picture.png": b"\x89PNG" * 5000, "files/a.toml": b"a = 1\n"})


def test_what_was_saved_comes_back(archive: Path) -> None:
    read = read_archive(archive, WORDS)
    assert read.secret == b"the secrets"
    found = {member.name: content.read() for member, content in read.members("gateway/")}
    assert found == {"picture.png": b"\x89PNG" * 5000}


def test_a_wrong_passphrase_is_said_to_be_one(archive: Path) -> None:
    with pytest.raises(ArchiveUnusable, match="passphrase is wrong"):
        read_archive(archive, "another passphrase")


def test_the_secrets_cannot_be_read_without_the_passphrase(archive: Path) -> None:
    assert b"the secrets" not in gzip.decompress(archive.read_bytes())


@settings(max_examples=10)
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_single_changed_bit_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, where: float, bit: int
) -> None:
    path = make(tmp_path_factory.mktemp("a") / "a.tar.gz", {"gateway/x": bytes(range(256)) * 8})
    content = bytearray(path.read_bytes())
    # The head of gzip has a time and a system, which mean nothing here.
    place = 10 + int(where * (len(content) - 10))
    content[place] ^= 1 << bit
    path.write_bytes(content)
    try:
        read = read_archive(path, WORDS)
    except ArchiveUnusable:
        return
    # Some bits mean nothing, such as those that pad a stream; then everything is there as it was.
    assert [each.read() for _, each in read.members("gateway/")] == [bytes(range(256)) * 8]
    assert read.secret == b"the secrets"


@pytest.mark.parametrize("end", [0, 100, -2000, -9, -8, -1])
def test_a_backup_whose_end_is_missing_is_refused(archive: Path, end: int) -> None:
    archive.write_bytes(archive.read_bytes()[:end])
    with pytest.raises(ArchiveUnusable):
        read_archive(archive, WORDS)


@pytest.mark.parametrize("change", ["replaced", "added", "removed"])
def test_a_backup_that_somebody_changed_and_packed_anew_is_refused(
    archive: Path, tmp_path: Path, change: str
) -> None:
    forged = tmp_path / "forged.tar.gz"
    with tarfile.open(archive) as before, tarfile.open(forged, "w:gz") as after:
        for member in before:
            content = before.extractfile(member)
            assert content is not None
            if member.name == "gateway/picture.png" and change == "removed":
                continue
            if member.name == "gateway/picture.png" and change == "replaced":
                content, member.size = io.BytesIO(b"mine"), 4
            after.addfile(member, content)
        if change == "added":
            after.addfile(tarfile.TarInfo("gateway/more"))
    with pytest.raises(ArchiveUnusable, match="damaged"):
        read_archive(forged, WORDS)


def test_a_manifest_that_fits_a_changed_content_does_not_fit_the_seal(archive: Path, tmp_path: Path) -> None:
    other = make(tmp_path / "b.tar.gz", {"gateway/picture.png": b"mine"})
    forged = tmp_path / "forged.tar.gz"
    with tarfile.open(archive) as real, tarfile.open(other) as fake, tarfile.open(forged, "w:gz") as out:
        for member in fake:
            if member.name != "sealed":
                out.addfile(member, fake.extractfile(member))
        out.addfile(real.getmember("sealed"), real.extractfile("sealed"))
    with pytest.raises(ArchiveUnusable, match="changed after it was made"):
        read_archive(forged, WORDS)


@pytest.mark.parametrize("place", ["first", "last"])
def test_a_member_that_is_there_twice_is_refused(archive: Path, tmp_path: Path, place: str) -> None:
    forged = tmp_path / "forged.tar.gz"
    second = tarfile.TarInfo("files/a.toml")
    with tarfile.open(archive) as before, tarfile.open(forged, "w:gz") as after:
        if place == "first":
            after.addfile(second)
        for member in before:
            after.addfile(member, before.extractfile(member))
        if place == "last":
            after.addfile(second)
    with pytest.raises(ArchiveUnusable, match=r"files/a\.toml' is in it twice"):
        read_archive(forged, WORDS)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_nothing_but_files_is_in_a_backup(archive: Path, tmp_path: Path, kind: bytes) -> None:
    forged = tmp_path / "forged.tar.gz"
    odd = tarfile.TarInfo("files/odd")
    odd.type, odd.linkname = kind, "/etc/passwd"
    with tarfile.open(archive) as before, tarfile.open(forged, "w:gz") as after:
        after.addfile(odd)
        for member in before:
            after.addfile(member, before.extractfile(member))
    with pytest.raises(ArchiveUnusable, match="files/odd' does not belong"):
        read_archive(forged, WORDS)


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "files/../../outside", "files\\..\\x"])
def test_no_member_leads_out_of_where_it_is_restored(tmp_path: Path, name: str) -> None:
    with pytest.raises(ArchiveUnusable, match="does not belong"):
        read_archive(make(tmp_path / "a.tar.gz", {name: b"x"}), WORDS)


def test_something_else_is_no_backup(tmp_path: Path) -> None:
    (tmp_path / "a.tar.gz").write_bytes(b"hello")
    for path in (tmp_path / "a.tar.gz", tmp_path / "none.tar.gz"):
        with pytest.raises(ArchiveUnusable):
            read_archive(path, WORDS)


@given(st.binary(max_size=200), st.text(min_size=12, max_size=30), st.binary(max_size=40))
@settings(max_examples=10)
def test_what_is_sealed_opens_with_the_same_words_alone(content: bytes, words: str, bound: bytes) -> None:
    sealed = seal(content, words, bound_to=bound)
    assert open_sealed(sealed, words, bound_to=bound) == content
    with pytest.raises(ArchiveUnusable):
        open_sealed(sealed, words + "x", bound_to=bound)
    with pytest.raises(ArchiveUnusable):
        open_sealed(sealed, words, bound_to=bound + b"x")


def test_a_short_passphrase_is_refused_before_anything_is_saved() -> None:
    with pytest.raises(DeployError, match="fewer than 12"):
        seal(b"x", "short", bound_to=b"")


def test_an_archive_cannot_ask_for_more_memory_than_there_is() -> None:
    sealed = seal(b"x", WORDS, bound_to=b"").replace(b'"n": 16384', b'"n": 1073741824')
    with pytest.raises(ArchiveUnusable, match="damaged"):
        open_sealed(sealed, WORDS, bound_to=b"")
