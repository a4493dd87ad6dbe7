"""The step that brings the models, from a stand-in hub."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from atelier.credentials.store import FOLDER, Store
from atelier.deploy.deployment import checked
from atelier.errors import DownloadRefused, ModelFileMissing
from atelier.setup import models
from atelier.setup.setting import Setting
from tests.integration.deploy.models.conftest import BODY, KEY, WANTED
from tests.integration.deploy.models.stand_in_hub import TOKEN, StandInHub


@pytest.fixture
async def hub() -> AsyncIterator[StandInHub]:
    stand_in = StandInHub(files={KEY: BODY}, gated={KEY.rpartition("/split")[0]})
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


def setting(tmp_path: Path, hub: StandInHub | None = None, **chosen: object) -> Setting:
    return Setting(
        directory=tmp_path,
        deployment=checked({"device": "cpu", "engine": "comfyui", **chosen}, "the test"),
        mirror=None if hub is None else hub.hub_url,
        tell=lambda text, /, **_: None,
        progress=lambda label, value, maximum: None,
    )


@pytest.fixture(autouse=True)
def no_token_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)


async def test_what_was_refused_comes_once_the_store_has_the_token_and_then_nobody_is_asked(
    hub: StandInHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "_wanted", lambda _: (WANTED,))
    chosen = setting(tmp_path, hub, model_sets=["qwen-image"])
    store = Store.create(tmp_path / FOLDER)
    assert [each.wanted for each in models.missing(chosen)] == [WANTED]
    assert WANTED.key in await models.plan(chosen)
    assert not (tmp_path / "models").exists()
    with pytest.raises(DownloadRefused):
        await models.carry_out(chosen, ())
    store.put("huggingface-token", TOKEN)
    assert (await models.carry_out(chosen, ())).changed
    assert (tmp_path / "models/loras/model.safetensors").read_bytes() == BODY
    asked = len(hub.seen)
    assert not (await models.carry_out(chosen, ())).changed
    assert len(hub.seen) == asked
    assert "nothing to fetch" in await models.plan(chosen)


async def test_an_engine_that_brings_its_model_says_so(tmp_path: Path) -> None:
    done = await models.carry_out(setting(tmp_path, engine="embedded"), ())
    assert "comes with it: nothing to fetch" in done.told
    assert not done.changed


async def test_a_comfyui_without_any_model_is_no_service_that_draws(tmp_path: Path) -> None:
    with pytest.raises(ModelFileMissing, match="--skip-models"):
        await models.carry_out(setting(tmp_path), ())
