"""What a container has to read can be read by its user, or the command says what cannot."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from atelier.deploy.deployment import checked
from atelier.deploy.readable import make_readable, require_readable_models
from atelier.deploy.secrets import prepare
from atelier.errors import DeployError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX's")

USER = 10001


def put(path: Path, mode: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("content")
    path.chmod(mode)
    return path


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_was_rendered_under_a_strict_umask_can_be_read_by_containers(tmp_path: Path) -> None:
    for name in ("atelier.toml", "gateway/health/healthcheck.py", "grafana/dashboards/mine.json"):
        put(tmp_path / name, 0o600)
    (tmp_path / "gateway/health").chmod(0o700)
    make_readable(tmp_path)
    assert mode(tmp_path / "atelier.toml") == 0o644
    assert mode(tmp_path / "gateway/health") == 0o755
    assert mode(tmp_path / "gateway/health/healthcheck.py") == 0o644
    assert mode(tmp_path / "grafana/dashboards/mine.json") == 0o644


def test_keys_and_what_belongs_to_this_machine_stay_as_they_are(tmp_path: Path) -> None:
    names = (".env", ".secrets/store.json", "proxy/tls/key.pem", "backups/studio.tar.gz")
    for name in names:
        put(tmp_path / name, 0o600)
    make_readable(tmp_path)
    assert {mode(tmp_path / name) for name in names} == {0o600}


def test_a_model_that_the_containers_user_cannot_read_is_named_with_the_way_out(tmp_path: Path) -> None:
    put(tmp_path / "models/vae/public.safetensors", 0o644)
    put(tmp_path / "models/vae/begun.safetensors.part", 0o600)
    require_readable_models(tmp_path / "models", USER)
    hidden = put(tmp_path / "models/vae/hidden.safetensors", 0o600)
    with pytest.raises(DeployError, match=r"user 10001.*vae/hidden\.safetensors.*chmod -R a\+rX"):
        require_readable_models(tmp_path / "models", USER)
    require_readable_models(tmp_path / "models", hidden.stat().st_uid)


def test_a_folder_of_models_that_cannot_be_entered_is_named(tmp_path: Path) -> None:
    put(tmp_path / "models/vae/public.safetensors", 0o644)
    (tmp_path / "models/vae").chmod(0o700)
    with pytest.raises(DeployError, match="vae"):
        require_readable_models(tmp_path / "models", USER)


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o077)
    yield
    os.umask(before)


@pytest.mark.usefixtures("strict_umask")
def test_under_a_strict_umask_containers_read_their_secrets_and_nobody_else_does(tmp_path: Path) -> None:
    chosen = checked({"device": "cpu", "engine": "embedded"}, "here")
    prepare(tmp_path, chosen)
    assert mode(tmp_path / ".secrets") == 0o700
    assert mode(tmp_path / ".secrets/containers/gateway") == 0o755
    assert mode(tmp_path / ".secrets/containers/gateway/admin-token") == 0o644
