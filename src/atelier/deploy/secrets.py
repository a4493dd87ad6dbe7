"""The secrets of a deployment: which there are, and which container gets a copy of which."""

from __future__ import annotations

from pathlib import Path

from atelier.credentials import private_file
from atelier.credentials.copies import Copy, TokenCopy, read_copies, write_copies
from atelier.credentials.kind import Kind
from atelier.credentials.making import new_gateway_token, new_password
from atelier.credentials.store import FOLDER, Store
from atelier.credentials.sync import Done, sync
from atelier.deploy.deployment import Deployment
from atelier.errors import CredentialsError

ADMIN = "admin-token"
METRICS = "metrics-token"
GRAFANA = "grafana-password"

#: Copies for containers, one folder for each service that is mounted as a whole: of a single file that is
#: replaced, a container would keep seeing the old one.
_CONTAINERS = f"{FOLDER}/containers"


def open_store(directory: Path) -> Store:
    """Return the store of a deployment, made where there is none yet."""
    folder = directory / FOLDER
    return Store.open(folder) if (folder / "store.json").exists() else Store.create(folder)


def prepare(directory: Path, deployment: Deployment) -> Store:
    """Make the secrets that Atelier makes itself, and write every copy that a container reads.

    Raises:
        CredentialsError: the store or a copy cannot be written, or a secret is missing that nobody can make.
    """
    store = open_store(directory)
    if ADMIN not in store.names():
        store.put(ADMIN, new_gateway_token(), kind=Kind.GATEWAY, account="admin")
    if deployment.monitoring and GRAFANA not in store.names():
        store.put(GRAFANA, new_password(), kind=Kind.MADE)
    wanted = _copies(deployment, store)
    missing = sorted({each.secret for each in wanted} - set(store.names()))
    if missing:
        raise CredentialsError(
            f"The secret {missing[0]} is missing: `atelier credentials set {missing[0]}` in {directory}."
        )
    others = [each for each in read_copies(store) if not each.file.startswith(f"{_CONTAINERS}/")]
    listed: list[Copy] = [*others, *wanted]
    if list(read_copies(store)) != listed:
        write_copies(store, listed)
    for service in ("gateway", "prometheus", "grafana") if deployment.monitoring else ("gateway",):
        _folder_for(directory, service)
    if deployment.tls.mode == "files":
        _copy_certificate(directory)
    for change in sync(store):
        if change.done is Done.FAILED:
            raise CredentialsError(f"{change.file}: {change.failure}")
    return store


def _folder_for(directory: Path, service: str) -> Path:
    """Return the folder of a service's copies, which its user can enter, whatever this process's umask is."""
    folder = directory / _CONTAINERS / service
    for each in (folder.parent, folder):
        each.mkdir(exist_ok=True)
        each.chmod(0o755)
    return folder


def _copy_certificate(directory: Path) -> None:
    """Copy certificate and key to where the proxy's user can read them, and nobody else on this machine."""
    target = _folder_for(directory, "proxy")
    for name in ("certificate.pem", "key.pem"):
        source = directory / "proxy/tls" / name
        try:
            content = source.read_bytes()
        except OSError as error:
            raise CredentialsError(
                f'{source} cannot be read ({error.strerror}): tls.mode = "files" needs your certificate '
                "and its key there."
            ) from error
        private_file.write(target / name, content, mode=0o644)


def _copies(deployment: Deployment, store: Store) -> list[TokenCopy]:
    # Only the first start reads it: it makes an admin with this token.
    wanted = [("gateway", ADMIN)]
    wanted += [("gateway", each.token) for each in deployment.engines if each.token]
    if deployment.monitoring:
        wanted += [("grafana", GRAFANA)]
        # Issued by the gateway, once it runs.
        wanted += [("prometheus", METRICS)] if METRICS in store.names() else []
    # The containers' user is another than the store's owner, who alone can enter the folder above.
    return [
        TokenCopy(file=f"{_CONTAINERS}/{service}/{name}", secret=name, mode="644", restart=service)
        for service, name in dict.fromkeys(wanted)
    ]
