"""How large an installation is."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]


def megabytes(requirement: str) -> float:
    """Return the size of a fresh installation in MB, without pip, compiled bytecode and model weights."""
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile"]
        subprocess.run([*pip, "--target", str(target), requirement], check=True, cwd=REPOSITORY)
        files = (path for path in target.rglob("*") if path.is_file() and not path.is_symlink())
        return (
            sum(
                path.stat().st_size
                for path in files
                if path.suffix != ".pyc" and "atelier/engine/weights" not in path.as_posix()
            )
            / 1e6
        )
