"""The commands' way to the API of a service that runs."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from atelier.cli.service.access import Access, part
from atelier.errors import NotAllowed, NotFound, NotSignedIn, RequestRefused, UsageError
from tests.integration.gateway.conftest import House


async def test_names_travel_whole_in_both_directions(house: House) -> None:
    async with Access(server=house.url, token=house.tokens["root"]).opened() as api:
        for name in ("Jürgen Groß", "100% Ada?", "a&b=c#d", "日本"):
            await api.call("POST", "/accounts", document={"name": name})
            assert (await api.call("GET", f"/accounts/{part(name)}"))["name"] == name
            assert (await api.call("GET", "/tokens", params={"account": name})) == []


async def test_the_service_refuses_in_its_own_words(house: House) -> None:
    async with Access(server=house.url, token=house.tokens["root"]).opened() as api:
        with pytest.raises(NotFound, match=r"^There is no account 'nobody'\.$"):
            await api.call("GET", "/accounts/nobody")
        with pytest.raises(RequestRefused, match="line 1"):
            await api.call("POST", "/roster", content=b"nom\nAda\n")
    async with Access(server=house.url, token=house.tokens["ada"]).opened() as api:
        with pytest.raises(NotAllowed, match="accounts:read"):
            await api.call("GET", "/accounts")
    async with Access(server=house.url, token=None).opened() as api:
        with pytest.raises(NotSignedIn):
            await api.call("GET", "/accounts")


async def test_an_archive_is_written_once(house: House, picture: bytes, tmp_path: Path) -> None:
    await house.upload("ada", picture, "photo.png")
    out = tmp_path / "ada.zip"
    async with Access(server=house.url, token=house.tokens["root"]).opened() as api:
        size = await api.save("/accounts/ada/export", out)
        assert out.stat().st_size == size
        assert zipfile.ZipFile(out).read("input/photo.png") == picture
        with pytest.raises(UsageError, match="is there already"):
            await api.save("/accounts/ada/export", out)
