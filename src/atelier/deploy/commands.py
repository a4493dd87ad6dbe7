"""Runs other programs, each with a deadline, and says what went wrong."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from atelier.errors import DockerUnusable

#: Characters of a failed program's output that are told.
_TOLD = 3000


def run(
    command: Sequence[str],
    *,
    deadline: float,
    directory: Path | None = None,
    environment: Mapping[str, str] | None = None,
    given: bytes | None = None,
) -> bytes:
    """Return what a program prints.

    Args:
        deadline: Seconds after which it is killed.
        given: What it reads; None for nothing.

    Raises:
        DockerUnusable: it is missing, fails, or takes too long.
    """
    name = " ".join(command[:4])
    try:
        done = subprocess.run(  # noqa: S603
            list(command),
            cwd=directory,
            env=None if environment is None else dict(environment),
            input=b"" if given is None else given,
            capture_output=True,
            timeout=deadline,
            check=False,
        )
    except FileNotFoundError as error:
        raise DockerUnusable(f"'{command[0]}' is not installed, or not on the PATH.") from error
    except OSError as error:
        raise DockerUnusable(f"'{command[0]}' cannot be run: {error.strerror or error}.") from error
    except subprocess.TimeoutExpired as error:
        raise DockerUnusable(f"`{name}` did not end within {deadline:.0f} seconds.") from error
    if done.returncode:
        said = (done.stderr or done.stdout).decode(errors="replace").strip()
        raise DockerUnusable(f"`{name}` failed with status {done.returncode}: {said[-_TOLD:]}")
    return done.stdout


def stream(
    command: Sequence[str],
    *,
    deadline: float,
    directory: Path,
    environment: Mapping[str, str],
    log: Path,
) -> None:
    """Run a program that says much and takes long; what it says goes to a file.

    Raises:
        DockerUnusable: as `run`, with the last lines of the file.
    """
    with log.open("ab") as file:
        file.write(f"$ {' '.join(command)}\n".encode())
        file.flush()
        try:
            done = subprocess.run(  # noqa: S603
                list(command),
                cwd=directory,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                timeout=deadline,
                check=False,
            )
        except FileNotFoundError as error:
            raise DockerUnusable(f"'{command[0]}' is not installed, or not on the PATH.") from error
        except subprocess.TimeoutExpired as error:
            raise DockerUnusable(
                f"`{' '.join(command[:4])}` did not end within {deadline:.0f} seconds; see {log}."
            ) from error
    if done.returncode:
        said = log.read_text(encoding="utf-8", errors="replace").strip()
        raise DockerUnusable(
            f"`{' '.join(command[:4])}` failed with status {done.returncode}; all of it is in {log}, and it "
            f"ended with:\n{said[-_TOLD:]}"
        )
