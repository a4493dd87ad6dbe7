"""A deployment as something to be looked at: what its directory says of address, authority and tokens."""

from __future__ import annotations

import sys
from pathlib import Path

from atelier.credentials.store import FOLDER, Store
from atelier.deploy.deployment import Deployment
from atelier.deploy.life import AUTHORITY
from atelier.setup.accounts import ACCOUNTS
from atelier.verify.machine import Machine
from atelier.verify.target import Target


def target_of(directory: Path, deployment: Deployment) -> Target:
    """Return how a deployment is looked at, without tokens.

    Raises:
        UsageError: the proxy's authority cannot be read.
    """
    place = directory.absolute()
    own = place / AUTHORITY
    address = deployment.address
    return Target(
        url=address.url,
        plain_url=f"http://{address.domain}:{address.http_port}",
        device=deployment.device,
        ca_file=own if deployment.tls.mode == "internal" and own.exists() else None,
        restart=(sys.executable, "-m", "atelier", "deploy", "restart", "--directory", str(place)),
        machine=Machine(directory=place),
    )


def kept_tokens(directory: Path) -> tuple[str | None, str | None]:
    """Return the tokens of the two accounts of the verification; None where the store has none.

    Raises:
        CredentialsError: the store cannot be read.
    """
    folder = directory / FOLDER
    if not folder.is_dir():
        return None, None
    store = Store.open(folder)
    names = store.names()
    first, second = (
        store.get(name).get_secret_value() if name in names else None for name in ACCOUNTS.values()
    )
    return first, second
