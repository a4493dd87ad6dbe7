"""Says beforehand whether the ports of a deployment are free, and whose they are."""

from __future__ import annotations

import errno
import json
import socket

from atelier.deploy.commands import run
from atelier.deploy.deployment import Deployment
from atelier.errors import DockerUnusable, PlaceTaken

_SOON = 30.0
_PATIENCE = 1.0


def ports_of(deployment: Deployment) -> dict[str, int]:
    """Return the ports that a deployment opens on its machine, by the key that chooses them."""
    return {
        "address.http_port": deployment.address.http_port,
        "address.https_port": deployment.address.https_port,
    }


def require_free_ports(deployment: Deployment) -> None:
    """Return if nobody listens on the deployment's ports.

    Raises:
        PlaceTaken: somebody does, or two are the same; with the container's name where it is one.
    """
    host = str(deployment.address.bind)
    wanted = ports_of(deployment)
    if len(set(wanted.values())) < len(wanted):
        raise PlaceTaken("HTTP and HTTPS cannot have the same port: change address.http_port.")
    for key, port in wanted.items():
        if not _is_free(host, port):
            raise PlaceTaken(
                f"Port {port} of {host} is taken{_taker(port)}: stop what listens there, or choose another "
                f"{key} in deployment.toml and `atelier deploy update`."
            )


def _is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        # As Docker does: what a closed connection left behind is no hindrance.
        if hasattr(socket, "SO_REUSEADDR") and not hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            # Below 1024 only root may try; Docker's daemon may.
            return not _answers(host, port)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise PlaceTaken(
                    f"{host} is no address of this machine: choose another address.bind in deployment.toml."
                ) from error
            return False
    return True


def _answers(host: str, port: int) -> bool:
    target = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    with socket.socket() as probe:
        probe.settimeout(_PATIENCE)
        return probe.connect_ex((target, port)) == 0


def _taker(port: int) -> str:
    try:
        listed = run(
            ["docker", "ps", "--filter", f"publish={port}", "--format", "{{json .Names}}"], deadline=_SOON
        )
    except DockerUnusable:
        return ""
    names = [str(json.loads(line)) for line in listed.decode().splitlines()]
    return f" by the container {names[0]}" if names else ""
