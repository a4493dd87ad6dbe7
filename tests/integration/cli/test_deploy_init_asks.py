"""`atelier deploy init` asks whoever sits at a terminal what no option says, and nobody else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from atelier.deploy.deployment import Deployment, read_deployment

GPU = "GPU-8c187f86-3e33-4c6d-9d5a-0f4b2a5a1c01"
#: As nvidia-smi prints it for one GPU; written by hand.
NVIDIA_SMI = f"""#!/bin/sh
echo "0, {GPU}, NVIDIA GeForce RTX 3090, 00000000:01:00.0, 24576, 11, 580.95.05, 8.6"
"""


def init(folder: Path, *options: str, stdin: int = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
    wheel = folder / "comfy_atelier-0-py3-none-any.whl"
    wheel.write_bytes(b"")
    command = [sys.executable, "-m", "atelier", "deploy", "init", "studio", "--source", str(wheel), *options]
    return subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def answered(folder: Path, *answers: str) -> tuple[Deployment, str]:
    """Answer at a terminal, of which what was typed ahead is read."""
    import pty

    near, far = pty.openpty()
    try:
        os.write(near, "".join(f"{answer}\n" for answer in answers).encode())
        done = init(folder, stdin=far)
    finally:
        os.close(near)
        os.close(far)
    assert done.returncode == 0, done.stderr
    return read_deployment(folder / "studio"), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are POSIX's")
def test_it_asks_for_gpus_models_engines_folder_and_name(tmp_path: Path) -> None:
    (tmp_path / "nvidia-smi").write_text(NVIDIA_SMI)
    (tmp_path / "nvidia-smi").chmod(0o755)
    made, said = answered(
        tmp_path, "y", "qwen-image sdxl-turbo", "far=http://10.0.0.6:8188", "data", "studio.school.example"
    )
    assert (made.device, made.gpus, made.model_sets) == ("gpu", (GPU,), ("qwen-image", "sdxl-turbo"))
    assert [(each.name, each.address) for each in made.engines] == [("far", "http://10.0.0.6:8188")]
    assert (made.storage.folder, made.address.domain) == ("data", "studio.school.example")
    assert "flux-1-dev" in said


@pytest.mark.skipif(sys.platform == "win32", reason="terminals are POSIX's")
def test_whoever_only_presses_return_gets_a_studio_of_one_machine(tmp_path: Path) -> None:
    (tmp_path / "nvidia-smi").write_text("#!/bin/sh\nexit 9\n")
    (tmp_path / "nvidia-smi").chmod(0o755)
    made, _ = answered(tmp_path, "", "", "", "")
    assert (made.device, made.engine, made.address.domain) == ("cpu", "embedded", "localhost")
    assert made.storage.folder == ""


def test_without_a_terminal_it_says_which_options_there_are(tmp_path: Path) -> None:
    done = init(tmp_path)
    assert done.returncode == 2
    assert "--cpu" in done.stderr
    assert not (tmp_path / "studio").exists()
