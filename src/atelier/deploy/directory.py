"""Writes what was rendered into a deployment's directory, and leaves alone what somebody has edited."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from atelier.deploy.deployment import FILE, Deployment, checked, read_deployment
from atelier.errors import DeploymentExists, DeploymentInvalid

#: The choices that were rendered, and the files by digest; committed with them.
RENDERED = "rendered.json"


@dataclass(frozen=True, kw_only=True)
class Written:
    """What became of the rendered files, by path."""

    changed: tuple[str, ...]
    #: Edited by somebody, and different from what is rendered now; the new text is beside it in `PATH.new`.
    kept: tuple[str, ...]


def require_empty(directory: Path) -> None:
    """Return if a new deployment can go into a directory, which need not be there.

    Raises:
        DeploymentExists: the directory has something in it.
    """
    if directory.exists() and any(each.name != ".git" for each in directory.iterdir()):
        raise DeploymentExists(
            f"{directory} is not empty: name a new directory. A deployment that is there is changed in its "
            f"{FILE}, and with `atelier deploy update`."
        )


def move(source: Path, directory: Path) -> None:
    """Move what lies in one directory into another, new or empty; `deployment.toml` goes last."""
    directory.mkdir(parents=True, exist_ok=True)
    for each in sorted(source.iterdir(), key=lambda path: path.name == FILE):
        each.rename(directory / each.name)


def write(directory: Path, rendered: Mapping[str, str]) -> Written:
    """Write what is rendered over what was rendered before; `deployment.toml` only where it is missing.

    Raises:
        DeploymentInvalid: the list of what was rendered before cannot be read.
    """
    before = _digests_before(directory)
    changed, kept = [], []
    digests = {}
    for path, text in sorted(rendered.items()):
        target, digest = directory / path, _digest(text)
        digests[path] = digest
        found = _digest(target.read_text(encoding="utf-8")) if target.exists() else None
        if found == digest or (path == FILE and found is not None):
            continue
        if found is not None and found != before.get(path):
            beside = target.with_name(target.name + ".new")
            _write(beside, text)
            kept.append(path)
            continue
        _write(target, text)
        changed.append(path)
    for path in sorted(before.keys() - digests.keys()):
        target = directory / path
        if target.exists() and _digest(target.read_text(encoding="utf-8")) == before[path]:
            target.unlink()
            changed.append(path)
    document = {"choices": rendered[FILE], "files": digests}
    _write(directory / RENDERED, json.dumps(document, indent=1, sort_keys=True) + "\n")
    return Written(changed=tuple(changed), kept=tuple(kept))


def edited(directory: Path) -> tuple[str, ...]:
    """Return the rendered files that are no longer as they were rendered, missing ones included."""
    before = _digests_before(directory)
    return tuple(
        path
        for path, digest in sorted(before.items())
        if path != FILE
        and (
            not (directory / path).exists()
            or _digest((directory / path).read_text(encoding="utf-8")) != digest
        )
    )


def rendered_deployment(directory: Path) -> Deployment:
    """Return what the files were rendered from, which runs: `deployment.toml` may have been changed since.

    Where `rendered.json` was removed, `deployment.toml` is taken at its word.

    Raises:
        DeploymentInvalid: there is no deployment here, or what is there cannot be read.
    """
    before = _rendered_before(directory)
    if before is None:
        return read_deployment(directory)
    try:
        return checked(tomllib.loads(before[0]), RENDERED)
    except tomllib.TOMLDecodeError as error:
        raise _unreadable(directory) from error


def _digests_before(directory: Path) -> dict[str, str]:
    before = _rendered_before(directory)
    return {} if before is None else before[1]


def _rendered_before(directory: Path) -> tuple[str, dict[str, str]] | None:
    """Return the choices that were rendered, and the digests of the files."""
    file = directory / RENDERED
    if not file.exists():
        return None
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        digests = {str(path): str(digest) for path, digest in document["files"].items()}
        return str(document["choices"]), digests
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(directory) from error


def _unreadable(directory: Path) -> DeploymentInvalid:
    return DeploymentInvalid(
        f"{directory / RENDERED} cannot be read: restore it, or remove it; then all rendered files count as "
        "edited."
    )


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
