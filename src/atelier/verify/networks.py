"""Networks of one machine that share addresses."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

_Net = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, kw_only=True)
class Network:
    """A network, and who has it."""

    name: str
    subnet: _Net
    #: Whether Docker made it.
    docker: bool


def of_docker(text: str) -> list[Network]:
    """Return the networks in the answer of `docker network inspect`.

    Raises:
        ValueError: it is not of Docker's form.
    """
    found = []
    for each in json.loads(text):
        for config in (each.get("IPAM") or {}).get("Config") or ():
            if config.get("Subnet"):
                subnet = ipaddress.ip_network(config["Subnet"], strict=False)
                found.append(Network(name=f"Docker's {each['Name']}", subnet=subnet, docker=True))
    return found


def of_routes(text: str) -> list[Network]:
    """Return the networks of the answer of `ip -json route` that Docker has not made.

    Raises:
        ValueError: it is not of that form.
    """
    found = []
    for each in json.loads(text):
        target, device = str(each.get("dst", "default")), str(each.get("dev", "?"))
        if target == "default" or device.startswith(("docker", "br-", "veth", "lo")):
            continue
        found.append(
            Network(
                name=f"the route by {device}",
                subnet=ipaddress.ip_network(target, strict=False),
                docker=False,
            )
        )
    return found


def clashes(networks: Iterable[Network]) -> Sequence[tuple[Network, Network]]:
    """Return the pairs of networks that share addresses, one of them Docker's.

    A machine's own routes lie within each other as they are meant to: a gateway's in its network's.
    """
    return [
        (one, other)
        for one, other in combinations(networks, 2)
        if (one.docker or other.docker)
        and one.subnet.version == other.subnet.version
        and one.subnet.overlaps(other.subnet)
    ]
