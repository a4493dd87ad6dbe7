"""The store makes the first admin's token, and the gateway issues it at its first start."""

from __future__ import annotations

from pathlib import Path

import aiohttp
import pytest

from atelier.credentials.copies import TokenCopy, write_copies
from atelier.credentials.kind import Kind
from atelier.credentials.making import new_gateway_token
from atelier.credentials.store import Store
from atelier.credentials.sync import sync
from atelier.errors import ConfigInvalid
from atelier.gateway.administration import Administration
from atelier.gateway.config import Config, Engine
from atelier.gateway.config_file import read_config
from atelier.gateway.serve import running
from atelier.storage.sqlite import SqliteStorage
from atelier.storage.token import well_formed


def config_in(folder: Path, token_file: Path) -> Config:
    return Config(
        directory=folder / "service",
        first_admin_token_file=token_file,
        listen={"port": 0},  # type: ignore[arg-type]
        engines=(Engine(name="nobody", address="http://127.0.0.1:9"),),
    )


def test_the_store_makes_tokens_in_the_gateway_s_form() -> None:
    assert all(well_formed(new_gateway_token()) for _ in range(100))


async def test_the_first_admin_comes_in_with_the_token_of_the_store(tmp_path: Path) -> None:
    store = Store.create(tmp_path / ".secrets")
    store.put("admin-token", new_gateway_token(), kind=Kind.GATEWAY, account="admin")
    write_copies(store, [TokenCopy(file="admin-token", secret="admin-token")])
    sync(store)
    token = store.get("admin-token").get_secret_value()
    config = config_in(tmp_path, tmp_path / "admin-token")
    for _ in range(2):
        async with (
            running(config) as service,
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
            session.get(f"{service.url}/atelier/api/me") as answer,
        ):
            document = await answer.json()
            assert (document["name"], document["role"]) == ("admin", "admin")
    assert not (config.directory / "admin-token").exists()


@pytest.mark.parametrize("content", ["", "hunter2-hunter2-hunter2\n"])
async def test_without_a_token_in_the_file_the_service_does_not_start(tmp_path: Path, content: str) -> None:
    (tmp_path / "token").write_text(content)
    with pytest.raises(ConfigInvalid, match="first_admin_token_file") as caught:
        async with running(config_in(tmp_path, tmp_path / "token")):
            pass
    assert "hunter2" not in str(caught.value)


async def test_a_token_that_has_ended_is_not_issued_again(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(new_gateway_token())
    config = config_in(tmp_path, tmp_path / "token")
    async with running(config):
        pass
    storage = SqliteStorage(config.database_file)
    (token,) = await storage.tokens.list()
    await Administration(storage, now=lambda: 0.0).revoke("test", token.id)
    await storage.close()
    with pytest.raises(ConfigInvalid, match="rotate admin-token --offline"):
        async with running(config):
            pass


def test_the_file_s_path_starts_at_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "atelier.toml").write_text('first_admin_token_file = "secrets/admin"\n')
    assert read_config(tmp_path / "atelier.toml").first_admin_token_file == tmp_path / "secrets/admin"
