"""The helper that looks for secrets finds them wherever they hide, and says nothing where there are none."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.secrets import assert_no_secret, traces

SECRET = '$2b$12$dTx/tco"ZlilgqWwNTlDhe'


def tarred(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def zipped(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return buffer.getvalue()


RAW = SECRET.encode()
HIDDEN = {
    "in clear": b"token=" + RAW + b";",
    "as JSON": json.dumps({"token": SECRET}).encode(),
    "in an address": f"/?token={quote(SECRET, safe='')}".encode(),
    "in base64, first": base64.b64encode(RAW + b" and more"),
    "in base64, after one": base64.b64encode(b"a" + RAW + b"bc"),
    "in base64, after two": base64.b64encode(b"ab" + RAW + b"c"),
    "in base64 for addresses": base64.urlsafe_b64encode(b"user:" + RAW),
    "as UTF-16": f"x{SECRET}".encode("utf-16"),
    "in hexadecimal": RAW.hex().encode(),
    "cut off": RAW[:20] + b"...",
    "in gzip": gzip.compress(RAW),
    "in zip": zipped("report.html", RAW),
    "in a layer of an image": tarred("layer.tar", gzip.compress(tarred("etc/token", RAW))),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_a_secret_is_found_and_not_repeated(tmp_path: Path, how: str) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep/file").write_bytes(HIDDEN[how])
    for place in (tmp_path, tmp_path / "deep/file", HIDDEN[how]):
        found = traces({"the-token": SECRET}, place)
        assert found
        assert all("the-token" in each and SECRET not in each for each in found)


def test_a_secret_in_a_file_s_name_is_found(tmp_path: Path) -> None:
    (tmp_path / "token-hunter2-hunter2").touch()
    assert traces(["hunter2-hunter2"], tmp_path)


def test_where_there_is_none_nothing_is_found(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"nothing" * 100)
    assert_no_secret([SECRET], tmp_path, "atelier: nothing", gzip.compress(b"nothing"))


def test_looking_for_nothing_is_an_error() -> None:
    with pytest.raises(AssertionError, match="no secret"):
        traces([], "text")
    with pytest.raises(AssertionError, match="too short"):
        traces(["abc"], "text")
