"""A store with one secret of each kind, and a copy in each format."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from atelier.credentials.check import check
from atelier.credentials.copies import EnvCopy, LoginCopy, TokenCopy, write_copies
from atelier.credentials.drift import Drift
from atelier.credentials.kind import Kind
from atelier.credentials.making import new_gateway_token
from atelier.credentials.store import Store
from atelier.credentials.sync import Done, sync


@dataclass(kw_only=True)
class Vault:
    """A store and its copies, all in step."""

    base: Path
    store: Store

    @property
    def env(self) -> Path:
        return self.base / "notebooks/.env"

    @property
    def engine_token(self) -> Path:
        return self.base / "engine.token"

    @property
    def password(self) -> Path:
        return self.base / "login/PASSWORD"

    def value(self, name: str) -> str:
        return self.store.get(name).get_secret_value()

    def secrets(self) -> dict[str, str]:
        """Return all that must never be shown, what was before included if `before` was called for it."""
        return {name: self.value(name) for name in self.store.names()}

    def drifts(self) -> tuple[Drift, ...]:
        return check(self.store).drifts

    def reasons(self) -> dict[str, list[str]]:
        """Return what the check names: file and entry to reasons."""
        found: dict[str, list[str]] = {}
        for each in self.drifts():
            place = each.file if each.entry is None else f"{each.file} {each.entry}"
            found.setdefault(place, []).append(each.reason.value)
        return found

    def mended(self) -> bool:
        """Sync, and return whether all is as it should be afterwards."""
        return all(each.done is not Done.FAILED for each in sync(self.store)) and not self.drifts()


@pytest.fixture(scope="session")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store and its copies, made once: bcrypt is slow on purpose."""
    base = tmp_path_factory.mktemp("vault") / "pattern"
    store = Store.create(base / ".secrets")
    store.put("student-token", new_gateway_token(), kind=Kind.GATEWAY, account="ada")
    store.put("huggingface-token", "hf_abcdefghijklmnopqrstuvwxyz")
    store.put("comfyui-password", "correct horse battery", kind=Kind.LOGIN)
    for folder in ("notebooks", "login"):
        (base / folder).mkdir()
    built = Vault(base=base, store=store)
    built.env.write_text("# mine\nPATH_TO=/somewhere\n", encoding="utf-8")
    write_copies(
        store,
        [
            EnvCopy(
                file="notebooks/.env",
                secrets={
                    "ATELIER_TOKEN": "student-token",
                    "HF_TOKEN": "huggingface-token",
                    "COMFYUI_TOKEN": "comfyui-token",
                },
                values={"ATELIER_SERVER": "https://atelier.example"},
            ),
            TokenCopy(file="engine.token", secret="comfyui-token", restart="the gateway"),
            LoginCopy(file="login/PASSWORD", secret="comfyui-token", restart="ComfyUI"),
        ],
    )
    assert built.mended()
    return base


@pytest.fixture
def vault(pattern: Path, tmp_path: Path) -> Vault:
    """A store of one's own with its copies, all in step."""
    shutil.copytree(pattern, tmp_path / "vault")
    return Vault(base=tmp_path / "vault", store=Store.open(tmp_path / "vault/.secrets"))
