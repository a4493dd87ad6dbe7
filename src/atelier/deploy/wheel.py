"""Where the images get Atelier from: a wheel of the source that this process runs, or the package index."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from atelier.errors import DeployError

PACKAGE = "comfy-atelier"
_DEADLINE = 300.0


def provide_wheel(folder: Path, source: Path | None = None) -> Path | None:
    """Put Atelier's wheel into a folder, in place of other wheels of Atelier's.

    Args:
        source: A wheel, or a checkout to build one from; None for what this Atelier was installed from.

    Returns:
        The wheel, or None where Atelier came from a package index; the image gets it from there, too.

    Raises:
        DeployError: there is no such source, or no wheel comes of it.
    """
    source = _own_source() if source is None else source
    folder.mkdir(parents=True, exist_ok=True)
    for each in folder.glob(f"{PACKAGE.replace('-', '_')}-*.whl"):
        each.unlink()
    if source is None:
        return None
    if source.suffix == ".whl" and source.is_file():
        return Path(shutil.copy(source, folder))
    if not (source / "pyproject.toml").is_file():
        raise DeployError(f"{source} is neither a wheel nor a checkout of Atelier: name another --source.")
    return _built(source, folder)


def _own_source() -> Path | None:
    """Return what this Atelier was installed from (PEP 610); None for a package index."""
    recorded = distribution(PACKAGE).read_text("direct_url.json")
    if recorded is None:
        return None
    url = urlsplit(json.loads(recorded)["url"])
    path = Path(url2pathname(url.path))
    if url.scheme != "file" or not path.exists():
        raise DeployError(
            f"Atelier was installed from {url.geturl()}, which is not here: name a wheel or a checkout with "
            "--source."
        )
    return path


def _built(source: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--disable-pip-version-check"]
    try:
        done = subprocess.run(  # noqa: S603
            [*command, "--wheel-dir", str(folder), str(source)],
            capture_output=True,
            text=True,
            timeout=_DEADLINE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise DeployError(f"Building a wheel of {source} took more than {_DEADLINE:.0f} seconds.") from error
    made = sorted(folder.glob(f"{PACKAGE.replace('-', '_')}-*.whl"))
    if done.returncode or len(made) != 1:
        raise DeployError(f"No wheel could be built from {source}: {done.stderr.strip()[-2000:]}")
    return made[0]


def constraints() -> str:
    """Return the versions of Atelier's dependencies that this process runs with, in pip's format."""
    pins = dict(sorted(_pins(PACKAGE, frozenset({"local", "page"}))))
    lines = [f"{name}=={version}" for name, version in pins.items() if name != PACKAGE]
    head = "# The versions beside which this deployment was rendered; the image is built with the same.\n"
    return head + "".join(f"{line}\n" for line in lines)


def _pins(name: str, extras: frozenset[str], seen: set[str] | None = None) -> Iterator[tuple[str, str]]:
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    seen = set() if seen is None else seen
    try:
        found: Distribution = distribution(name)
    except PackageNotFoundError:
        # An extra that is not installed here; pip chooses in the image.
        return
    yield canonicalize_name(name), found.version
    for line in found.requires or ():
        requirement = Requirement(line)
        wanted = canonicalize_name(requirement.name)
        applies = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("", *extras)
        )
        key = f"{wanted}[{','.join(sorted(requirement.extras))}]"
        if applies and key not in seen:
            seen.add(key)
            yield from _pins(wanted, frozenset(requirement.extras), seen)
