"""What belongs to this machine alone: `.env` beside the compose file, never committed."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from atelier.credentials import env_file, private_file
from atelier.errors import DeploymentInvalid, DockerUnusable

FILE = ".env"
TAG = "ATELIER_TAG"

#: The user in the containers where root deploys: nobody's on the machine.
NOBODY = 10001

#: Where pip looks while an image is built; taken from the environment of the command, and kept.
PASSED_ON = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "ATELIER_BUILD_NETWORK", "PYTHON_IMAGE", "DEBIAN_IMAGE")


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The values of `.env`."""

    values: Mapping[str, str]

    @property
    def tag(self) -> str | None:
        """The tag of the images that run; None before the first start."""
        return self.values.get(TAG)


def read_machine(directory: Path) -> Machine:
    """Return what `.env` says; nothing where it is missing."""
    try:
        text = (directory / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        text = ""
    except (OSError, UnicodeError) as error:
        raise DeploymentInvalid(f"{directory / FILE} cannot be read: {error}.") from error
    found = {piece.name: piece.raw.strip().strip("'\"") for piece in env_file.pieces(text) if piece.name}
    return Machine(values=found)


def set_up_machine(directory: Path, name: str, environment: Mapping[str, str], *, folders: bool) -> Machine:
    """Write the user of the containers and what pip needs into `.env`; its other lines stay.

    Args:
        name: The deployment's name.
        environment: The command's own; what it says of pip is passed on to the builds.
        folders: Whether data lives in folders of this machine, whose owner the containers then are.

    Raises:
        DockerUnusable: an index of packages has a password in its address, which every image would show.
    """
    user = operator_id() if folders else NOBODY
    values = {"COMPOSE_PROJECT_NAME": name, "ATELIER_UID": str(user), "ATELIER_GID": str(user)}
    before = read_machine(directory).values
    values = {key: before.get(key, value) for key, value in values.items()}
    for key in PASSED_ON:
        if environment.get(key):
            values[key] = environment[key]
            if key.startswith("PIP_") and any("@" in url for url in environment[key].split()):
                raise DockerUnusable(
                    f"{key} has a user or password in it, which everybody who has the image could read: name "
                    "an index without one, or put wheels into gateway/wheels."
                )
    change(directory, values)
    return read_machine(directory)


def operator_id() -> int:
    """Return the user id of whoever deploys; another one than root's, and one that exists everywhere."""
    if sys.platform == "win32":
        return NOBODY
    return os.getuid() or NOBODY


def change(directory: Path, values: Mapping[str, str]) -> None:
    """Write values into `.env`, with mode 600; its other lines stay."""
    file = directory / FILE
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    for key, value in values.items():
        text = env_file.with_entry(text, key, value)
    private_file.write(file, text.encode())
