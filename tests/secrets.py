"""Looks for secrets where none may stand: logs, reports, files, folders, archives and image layers."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, quote_plus

#: Archives within archives: an image saved by Docker is a tar of layers.
_DEPTH = 4
#: Bytes of one file that are looked at.
_LARGEST = 2 * 2**30


def traces(secrets: Mapping[str, str] | Iterable[str], *places: Path | str | bytes) -> list[str]:
    """Return where any of the secrets stands, plainly or in another spelling; never the secret itself.

    Args:
        secrets: Names to values, or values alone.
        places: Texts, contents, files or folders; a `str` is a text, a `Path` is looked into.
    """
    named = (
        secrets if isinstance(secrets, Mapping) else {f"secret {n}": each for n, each in enumerate(secrets)}
    )
    assert named, "no secret to look for"
    assert all(len(each) >= 6 for each in named.values()), "too short to be told from chance"
    needles = [(name, how, needle) for name, value in named.items() for how, needle in _spellings(value)]
    found = []
    for where, content in (each for place in places for each in _contents(place)):
        found += [f"{where}: {name} {how}" for name, how, needle in needles if needle in content]
    return found


def assert_no_secret(secrets: Mapping[str, str] | Iterable[str], *places: Path | str | bytes) -> None:
    """Fail with the places where a secret stands."""
    found = traces(secrets, *places)
    assert not found, "secrets stand in:\n" + "\n".join(found)


def _spellings(value: str) -> Iterator[tuple[str, bytes]]:
    raw = value.encode()
    seen = {raw}
    yield "in clear", raw
    others = [
        ("as JSON", json.dumps(value)[1:-1].encode()),
        ("in an address", quote(value, safe="").encode()),
        ("in a form", quote_plus(value).encode()),
        ("as UTF-16", value.encode("utf-16-le")),
        ("in hexadecimal", raw.hex().encode()),
        ("reversed", raw[::-1]),
    ]
    # Where it begins in a longer text moves its base64: three ways, without what its neighbours change.
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        core = coded[-(-shift * 4 // 3) : (len(raw) + shift) // 3 * 4]
        others += [("in base64", core), ("in base64", core.replace(b"+", b"-").replace(b"/", b"_"))]
    if len(raw) >= 24:
        others.append(("cut off", raw[: len(raw) * 2 // 3]))
    for how, needle in others:
        if needle not in seen and len(needle) >= 6:
            seen.add(needle)
            yield how, needle


def _contents(place: Path | str | bytes) -> Iterator[tuple[str, bytes]]:
    if isinstance(place, str):
        yield "text", place.encode("utf-8", "surrogateescape")
    elif isinstance(place, bytes):
        yield from _opened("bytes", place, _DEPTH)
    elif place.is_dir():
        for folder, _, names in os.walk(place):
            for name in names:
                file = Path(folder, name)
                yield "a file's name", str(file.relative_to(place)).encode("utf-8", "surrogateescape")
                if file.is_file():
                    yield from _contents(file)
    else:
        assert place.stat().st_size <= _LARGEST, f"{place} is too large to look through"
        yield from _opened(str(place), place.read_bytes(), _DEPTH)


def _opened(where: str, content: bytes, depth: int) -> Iterator[tuple[str, bytes]]:
    """Give a content, and what is in it where it is an archive."""
    yield where, content
    if depth == 0:
        return
    if content[:2] == b"\x1f\x8b":
        # As far as it goes: one that is damaged is looked at all the same.
        unpacker = zlib.decompressobj(wbits=31)
        try:
            unpacked = gzip.decompress(content)
        except (OSError, EOFError, zlib.error):
            unpacked = unpacker.decompress(content)
        yield from _opened(f"{where} (unpacked)", unpacked, depth - 1)
    elif content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from _opened(f"{where}/{name}", archive.read(name), depth - 1)
    elif content[257:262] == b"ustar":
        with tarfile.open(fileobj=io.BytesIO(content)) as tar:
            for member in tar:
                taken = tar.extractfile(member) if member.isfile() else None
                if taken is not None:
                    yield from _opened(f"{where}/{member.name}", taken.read(), depth - 1)
