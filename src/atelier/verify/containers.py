"""How a deployment's containers are, as `docker ps` tells it."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container."""

    name: str
    #: Docker's `State`: running, restarting, exited, created, paused, dead.
    state: str
    #: Docker's `Status`, such as `Up 3 hours (healthy)`.
    status: str

    @property
    def well(self) -> bool:
        return self.state == "running" and "unhealthy" not in self.status


def containers_in(text: str) -> tuple[Container, ...]:
    """Return the containers in the answer of `docker ps --all --format '{{json .}}'`.

    Raises:
        ValueError, KeyError: it is not of Docker's form.
    """
    found = []
    for line in text.splitlines():
        if line.strip():
            document = json.loads(line)
            found.append(
                Container(name=document["Names"], state=document["State"], status=document["Status"])
            )
    return tuple(found)
