"""Sees that the containers' user can read what is built in or mounted, whatever umask it came under."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from atelier.errors import DeployError

#: What images are built from and containers read; there is no secret in it.
_GIVEN = ("atelier.toml", "gateway", "proxy", "comfyui", "prometheus", "grafana")
#: Keys of certificates, and what the Dockerfiles make readable themselves.
_NOT_GIVEN = frozenset({"tls", "source", "wheels"})
_TOLD = 3


def make_readable(directory: Path) -> None:
    """Let everybody on this machine read the rendered files of a deployment.

    Raises:
        DeployError: a file that others cannot read belongs to somebody else.
    """
    for top in _GIVEN:
        for path in _below(directory / top, without=_NOT_GIVEN):
            mode = stat.S_IMODE(path.stat().st_mode)
            wanted = mode | (0o555 if path.is_dir() else 0o444)
            if wanted == mode:
                continue
            try:
                path.chmod(wanted)
            except OSError as error:
                raise DeployError(
                    f"Containers cannot read {path}, and its mode cannot be changed ({error.strerror}): "
                    "let its owner do so, with chmod a+rX."
                ) from error


def require_readable_models(folder: Path, user: int) -> None:
    """Return if the containers' user can read every model file.

    Links are passed over: where they lead in a container, only its own check sees.

    Args:
        user: Number of that user, and of its group.

    Raises:
        DeployError: it cannot read one; with the command that changes it.
    """
    hidden = [
        path
        for path in _below(folder)
        if not path.is_symlink()
        and not path.name.startswith(".")
        and not path.name.endswith((".part", ".part.json"))
        and not _may_read(path.stat(), user)
    ]
    if hidden:
        told = ", ".join(str(path.relative_to(folder)) for path in hidden[:_TOLD])
        more = f" and {len(hidden) - _TOLD} more" if len(hidden) > _TOLD else ""
        raise DeployError(
            f"ComfyUI runs as user {user}, who cannot read in {folder}: {told}{more}. Let everybody read "
            f"models: chmod -R a+rX '{folder}'"
        )


def _below(path: Path, *, without: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Give a file, or a folder and all that is in it; nothing where there is neither."""
    if not path.exists():
        return
    yield path
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(set(folders) - without)
        yield from (Path(folder, name) for name in (*folders, *sorted(names)))


def _may_read(found: os.stat_result, user: int) -> bool:
    wanted = 0o5 if stat.S_ISDIR(found.st_mode) else 0o4
    shift = 6 if found.st_uid == user else 3 if found.st_gid == user else 0
    return (found.st_mode >> shift) & wanted == wanted
