"""A set-up on a machine with a stand-in for Docker."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.stand_in_docker import StandInDocker

if sys.platform == "win32":
    pytest.skip("the stand-in is a script", allow_module_level=True)


@pytest.fixture
def docker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInDocker:
    made = StandInDocker(tmp_path)
    monkeypatch.setenv("PATH", made.path)
    return made
