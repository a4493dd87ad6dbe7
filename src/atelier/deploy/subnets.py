"""Chooses subnets for a deployment's networks, and says beforehand where one clashes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

from atelier.deploy.commands import run
from atelier.deploy.deployment import Deployment, Network
from atelier.errors import DockerUnusable, PlaceTaken

_SOON = 30.0
_ROUTES = Path("/proc/net/route")

#: Where free ones are looked for; private addresses (RFC 1918) that few home and school networks use.
_RANGE = IPv4Network("172.30.0.0/16")
_PREFIX = 27
_PROJECT = "com.docker.compose.project"


def taken_subnets(project: str) -> dict[IPv4Network, str]:
    """Return the subnets that this machine uses, each with what uses it; not those of the project itself.

    Raises:
        DockerUnusable: Docker does not answer.
    """
    taken: dict[IPv4Network, str] = {}
    bridges: set[str] = set()
    for each in _networks():
        own = _labels(each).get(_PROJECT) == project
        bridge = (each.get("Options") or {}).get("com.docker.network.bridge.name", f"br-{each['Id'][:12]}")
        bridges.add(bridge)
        for subnet in _subnets(each):
            if not own:
                taken[subnet] = f"Docker's network {each['Name']}"
    if sys.platform == "linux" and _ROUTES.exists():
        for subnet, interface in routes(_ROUTES.read_text(encoding="ascii")):
            # Docker's bridges have been seen above, whoever's they are.
            if interface not in bridges:
                taken.setdefault(subnet, f"the route over {interface}")
    return taken


def has_its_networks(deployment: Deployment) -> bool:
    """Return whether the deployment's networks, where they are there, have the subnets that were chosen.

    Raises:
        DockerUnusable: Docker does not answer.
    """
    chosen = {key: [getattr(deployment.network, key)] for key in ("door", "engines")}
    own = [each for each in _networks() if _labels(each).get(_PROJECT) == deployment.name]
    return all(
        list(_subnets(each)) == chosen.get(_labels(each)["com.docker.compose.network"]) for each in own
    )


def _networks() -> list[dict[str, Any]]:
    ids = run(["docker", "network", "ls", "--quiet"], deadline=_SOON).decode().split()
    found: list[dict[str, Any]] = (
        json.loads(run(["docker", "network", "inspect", *ids], deadline=_SOON)) if ids else []
    )
    return found


def _labels(network: Mapping[str, Any]) -> dict[str, str]:
    return network.get("Labels") or {}


def _subnets(network: Mapping[str, object]) -> Iterator[IPv4Network]:
    ipam = network.get("IPAM")
    configured = (ipam.get("Config") or []) if isinstance(ipam, dict) else []
    for each in configured:
        subnet = each.get("Subnet", "")
        if subnet and ":" not in subnet:
            yield IPv4Network(subnet, strict=False)


def routes(table: str) -> Iterator[tuple[IPv4Network, str]]:
    """Give destination and interface of each route but the default one.

    Args:
        table: Linux' /proc/net/route: numbers in hexadecimal, in the byte order of the machine.
    """
    for line in table.splitlines()[1:]:
        columns = line.split()
        destination, mask = (int(columns[index], 16).to_bytes(4, sys.byteorder) for index in (1, 7))
        if any(mask):
            yield IPv4Network((IPv4Address(destination), str(IPv4Address(mask))), strict=False), columns[0]


def free_network(taken: Sequence[IPv4Network]) -> Network:
    """Return two subnets beside each other that overlap none of those that are taken.

    Raises:
        PlaceTaken: there are none.
    """
    for pair in _RANGE.subnets(new_prefix=_PREFIX - 1):
        if not any(pair.overlaps(each) for each in taken):
            door, engines = pair.subnets(new_prefix=_PREFIX)
            return Network(door=door, engines=engines)
    raise PlaceTaken(f"No two free subnets in {_RANGE}: name some in deployment.toml, section [network].")


def require_free_subnets(deployment: Deployment) -> None:
    """Return if nothing on this machine uses the deployment's subnets.

    Raises:
        PlaceTaken: something does, with its name.
        DockerUnusable: Docker does not answer.
    """
    taken = taken_subnets(deployment.name)
    for key in ("door", "engines"):
        wanted: IPv4Network = getattr(deployment.network, key)
        for subnet, user in taken.items():
            if wanted.overlaps(subnet):
                free = free_network(list(taken))
                raise PlaceTaken(
                    f"The subnet {wanted} (network.{key}) overlaps {subnet}, which {user} uses: choose "
                    f'another in deployment.toml, such as door = "{free.door}" and '
                    f'engines = "{free.engines}", and `atelier deploy update`.'
                )


def chosen_network(project: str) -> Network:
    """Return subnets that are free here; the usual ones where there is no Docker to ask."""
    try:
        taken = list(taken_subnets(project))
    except DockerUnusable:
        return Network()
    return free_network(taken)
