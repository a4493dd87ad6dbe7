"""Ports and subnets that belong to somebody else are noticed before anything is started."""

from __future__ import annotations

import socket
import sys
from ipaddress import IPv4Network

import pytest

from atelier.deploy import subnets
from atelier.deploy.deployment import Deployment, checked
from atelier.deploy.ports import require_free_ports
from atelier.deploy.subnets import free_network, require_free_subnets, routes
from atelier.errors import PlaceTaken


def deployment(http: int, https: int) -> Deployment:
    chosen = {"device": "cpu", "engine": "embedded", "address": {"http_port": http, "https_port": https}}
    return checked(chosen, "here")


def test_a_port_on_which_somebody_listens_is_named_with_the_key_that_chooses_it() -> None:
    with socket.socket() as taken, socket.socket() as free:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        free.bind(("127.0.0.1", 0))
        port, other = taken.getsockname()[1], free.getsockname()[1]
        free.close()
        with pytest.raises(PlaceTaken, match=rf"Port {port} .*address\.https_port"):
            require_free_ports(deployment(other, port))
    require_free_ports(deployment(other, port))


def test_one_port_cannot_be_both() -> None:
    with pytest.raises(PlaceTaken, match="cannot both be 21080"):
        require_free_ports(deployment(21_080, 21_080))


@pytest.mark.skipif(sys.byteorder != "little", reason="recorded on a little-endian machine")
def test_routes_are_read_from_linux_table() -> None:
    table = (
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t0102000A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "eth0\t0002000A\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
        "tun0\t00001EAC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    )
    assert list(routes(table)) == [
        (IPv4Network("10.0.2.0/24"), "eth0"),
        (IPv4Network("172.30.0.0/16"), "tun0"),
    ]


def test_subnets_are_chosen_where_nothing_is() -> None:
    taken = [IPv4Network("172.30.0.0/17"), IPv4Network("172.30.128.0/26")]
    chosen = free_network(taken)
    assert chosen.door == IPv4Network("172.30.128.64/27")
    assert chosen.engines == IPv4Network("172.30.128.96/27")
    with pytest.raises(PlaceTaken):
        free_network([IPv4Network("172.16.0.0/12")])


def test_a_subnet_that_something_uses_is_named_with_one_that_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(project: str) -> dict[IPv4Network, str]:
        return {IPv4Network("172.30.214.0/24"): "Docker's network clash_default"}

    monkeypatch.setattr(subnets, "taken_subnets", taken)
    with pytest.raises(PlaceTaken, match=r"clash_default uses.*172\.30\.0\.0/27"):
        require_free_subnets(deployment(80, 443))
