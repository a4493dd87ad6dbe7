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
#: Reached from this machine alone.
_GRAFANA = "address.grafana_port"


def ports_of(deployment: Deployment) -> dict[str, int]:
    """Return the ports that a deployment opens on its machine, by the key that chooses them."""
    ports = {
        "address.http_port": deployment.address.http_port,
        "address.https_port": deployment.address.https_port,
    }
    return {**ports, _GRAFANA: deployment.address.grafana_port} if deployment.monitoring else ports


def require_free_ports(deployment: Deployment) -> None:
    """Return if nobody else listens on the deployment's ports.

    Raises:
        PlaceTaken: somebody does, or two are the same; with the container's name where it is one.
    """
    wanted = ports_of(deployment)
    keys = {port: key for key, port in wanted.items()}
    for key, port in wanted.items():
        if keys[port] != key:
            raise PlaceTaken(f"{key} and {keys[port]} cannot both be {port}: change one in deployment.toml.")
    for key, port in wanted.items():
        host = "127.0.0.1" if key == _GRAFANA else str(deployment.address.bind)
        if not _is_free(host, port) and not _containers_at(port, of=deployment.name):
            taker = "".join(f" by the container {each}" for each in _containers_at(port)[:1])
            raise PlaceTaken(
                f"Port {port} of {host} is taken{taker}: stop what listens there, or choose another {key} in "
                "deployment.toml and `atelier deploy update`."
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


def _containers_at(port: int, *, of: str | None = None) -> list[str]:
    """Return the names of the running containers that publish a port; of one deployment if so wished."""
    project = [] if of is None else ["--filter", f"label=com.docker.compose.project={of}"]
    command = ["docker", "ps", "--filter", f"publish={port}", *project, "--format", "{{json .Names}}"]
    try:
        listed = run(command, deadline=_SOON)
    except DockerUnusable:
        return []
    return [str(json.loads(line)) for line in listed.decode().splitlines()]
