"""Networks of one machine that share addresses."""

from __future__ import annotations

import json

from atelier.verify.networks import clashes, of_docker, of_routes

DOCKER = json.dumps([{"Name": "atelier_inner", "IPAM": {"Config": [{"Subnet": "172.18.0.0/24"}]}}])


def routes(*targets: str) -> str:
    return json.dumps([{"dst": each, "dev": "eth0"} for each in targets])


def test_a_network_of_docker_clashes_with_a_route_that_has_its_addresses() -> None:
    found = clashes([*of_docker(DOCKER), *of_routes(routes("172.18.0.0/16"))])
    assert [(one.name, other.name) for one, other in found] == [
        ("Docker's atelier_inner", "the route by eth0")
    ]


def test_routes_within_each_other_are_as_they_are_meant_to_be() -> None:
    own = of_routes(routes("default", "10.0.0.0/24", "10.0.0.1", "169.254.0.0/16", "10.0.0.0/8"))
    assert clashes([*of_docker(DOCKER), *own]) == []
