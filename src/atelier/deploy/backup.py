"""Saves a deployment into one file while it runs, and brings it back from one."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import IO, cast

from atelier import __version__
from atelier.credentials import private_file
from atelier.credentials.store import COPIES, FOLDER
from atelier.deploy import life, machine, secrets
from atelier.deploy.archive import Archive, Writing, read_archive
from atelier.deploy.compose import Compose, require_docker
from atelier.deploy.deployment import FILE, Deployment, checked
from atelier.deploy.directory import rendered_deployment
from atelier.deploy.sealing import require_usable
from atelier.errors import ArchiveUnusable, DeployError, DeploymentExists, DockerUnusable

Tell = Callable[[str, str], None]

#: Parts of the directory that no backup has: secrets go elsewhere, the rest is made anew.
_LEFT_OUT = frozenset({FOLDER, machine.FILE, "backups", life.BUILD_LOG, ".git"})
_STORE = (f"{FOLDER}/store.json", f"{FOLDER}/{COPIES}")
#: Seconds to wait for the end of a container that has no more to say.
_ENDING = 120.0


def save(directory: Path, target: Path | None, passphrase: str, tell: Tell) -> Path:
    """Save a deployment, running or stopped; return the new file.

    Args:
        target: The new file; None for one in `backups/` that is named after the time.

    Raises:
        DeployError: the deployment was never started, or something cannot be read or written.
    """
    require_usable(passphrase)
    deployment = rendered_deployment(directory)
    require_docker()
    compose = Compose(directory, deployment)
    tag = life.running_tag(directory)
    if target is None:
        stamp = time.strftime("%Y-%m-%dT%H%M%SZ", time.gmtime())
        target = directory / "backups" / f"{deployment.name}-{stamp}.tar.gz"
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.unfinished")
    compose.make("gateway", "proxy", tag=tag)
    about = {
        "name": deployment.name,
        "atelier": __version__,
        "created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            writing = Writing(file, about)
            for path in _files(directory, deployment):
                with path.open("rb") as content:
                    size = os.fstat(content.fileno()).st_size
                    writing.add(f"files/{path.relative_to(directory).as_posix()}", content, size, mode=0o644)
            tell("backup", "Saving pictures and database.")
            with from_container(compose, "gateway", tag) as stream:
                for member in stream:
                    taken = stream.extractfile(member)
                    if taken is not None:
                        writing.add(f"gateway/{member.name}", taken, member.size)
            writing.finish(_secret(directory, compose, tag), passphrase)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            raise DeploymentExists(f"{target} is there already: name another file.")
        unfinished.rename(target)
    except OSError as error:
        raise DeployError(f"The backup {target} cannot be written: {error.strerror or error}.") from error
    finally:
        unfinished.unlink(missing_ok=True)
    tell("verify", "Reading the backup once, to see that it is whole.")
    read_archive(target, passphrase)
    return target


def restore(archive_file: Path, directory: Path, passphrase: str, *, replace: bool, tell: Tell) -> Deployment:
    """Bring a deployment back into an empty directory, or into a stopped one in place of what it has.

    Nothing is touched before every byte of the backup was compared with its digest.

    Args:
        replace: Whether what a stopped deployment has may be replaced.

    Raises:
        ArchiveUnusable: the backup is damaged, or the passphrase is wrong.
        DeploymentExists: the deployment runs, or there is something that may not be replaced.
        DeployError: the images cannot be built.
    """
    require_docker()
    tell("verify", "Comparing every byte of the backup with its digest.")
    archive = read_archive(archive_file, passphrase)
    deployment = _deployment_in(archive)
    _require_replaceable(directory, deployment, replace=replace)
    _write_files(archive, directory)
    _write_store(archive, directory)
    deployment = rendered_deployment(directory)
    settings = machine.set_up_machine(
        directory, deployment.name, os.environ, folders=bool(deployment.storage.folder)
    )
    secrets.prepare(directory, deployment)
    life.prepare_places(directory, deployment)
    compose = Compose(directory, deployment)
    tag = settings.tag or life.tag_of(directory)
    if not compose.has_images(tag):
        life.build(directory, compose, tag, tell)
    machine.change(directory, {machine.TAG: tag})
    compose.make("gateway", "proxy", tag=tag)
    tell("restore", "Writing pictures and database.")
    into_container(compose, "gateway", tag, archive.members("gateway/"))
    with tarfile.open(fileobj=io.BytesIO(archive.secret)) as tar:
        kept = [(member, tar.extractfile(member)) for member in tar if member.name.startswith("proxy/")]
        named = []
        for member, content in kept:
            if content is not None:
                member.name = member.name.removeprefix("proxy/")
                named.append((member, content))
        into_container(compose, "proxy", tag, iter(named))
    return deployment


def _files(directory: Path, deployment: Deployment) -> Iterator[Path]:
    large = {directory / deployment.storage.models}
    if deployment.storage.folder:
        large.add(directory / deployment.storage.folder)
    for each in sorted(directory.iterdir()):
        if each.name in _LEFT_OUT or each in large:
            continue
        found = sorted(each.rglob("*")) if each.is_dir() else [each]
        # Keys of certificates go among the secrets.
        yield from (path for path in found if path.is_file() and path.parent != directory / "proxy/tls")


def _secret(directory: Path, compose: Compose, tag: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:

        def add(name: str, content: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o600
            tar.addfile(member, io.BytesIO(content))

        for name in _STORE:
            add(f"store/{name}", private_file.read(directory / name))
        for path in sorted((directory / "proxy/tls").glob("*")):
            add(f"store/{path.relative_to(directory).as_posix()}", path.read_bytes())
        with from_container(compose, "proxy", tag) as stream:
            for member in stream:
                content = stream.extractfile(member)
                if content is not None:
                    add(f"proxy/{member.name}", content.read())
    return buffer.getvalue()


def _deployment_in(archive: Archive) -> Deployment:
    import tomllib

    for member, content in archive.members("files/"):
        if member.name == FILE:
            return checked(tomllib.loads(content.read().decode()), f"{archive.path}: {FILE}")
    raise ArchiveUnusable(f"{archive.path} has no {FILE}.")


def _require_replaceable(directory: Path, deployment: Deployment, *, replace: bool) -> None:
    running = [each for each in Compose(directory.parent, deployment).containers() if each.state == "running"]
    if running:
        raise DeploymentExists(
            f"A deployment '{deployment.name}' runs here ({len(running)} containers): stop it with "
            "`atelier deploy down`."
        )
    has_files = directory.exists() and any(directory.iterdir())
    has_data = life.has_volumes(deployment)
    if (has_files or has_data) and not replace:
        what, way_out = (
            (f"{directory} is not empty", "name an empty directory")
            if has_files
            else (
                f"Docker has volumes of a deployment '{deployment.name}'",
                "remove them where that one is, with `atelier deploy clean --data`",
            )
        )
        raise DeploymentExists(f"{what}: {way_out}, or replace them, which nothing brings back: --yes.")
    if has_files and not (directory / FILE).exists():
        raise DeploymentExists(f"{directory} is not empty, and is no deployment: name another directory.")


def _write_files(archive: Archive, directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for member, content in archive.members("files/"):
        target = directory / member.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.read())


def _write_store(archive: Archive, directory: Path) -> None:
    (directory / FOLDER).mkdir(mode=0o700, exist_ok=True)
    private_file.write(directory / FOLDER / ".gitignore", b"*\n")
    with tarfile.open(fileobj=io.BytesIO(archive.secret)) as tar:
        for member in tar:
            content = tar.extractfile(member)
            if content is not None and member.name.startswith("store/"):
                target = directory / member.name.removeprefix("store/")
                target.parent.mkdir(parents=True, exist_ok=True)
                private_file.write(target, content.read())


@contextmanager
def from_container(compose: Compose, service: str, tag: str, *options: str) -> Iterator[tarfile.TarFile]:
    """Give what a service keeps, as a tar that is read from front to end.

    Args:
        options: `--database` for the gateway's database alone.
    """
    program = (files("atelier.deploy") / "inside/pack.py").read_text(encoding="utf-8")
    with subprocess.Popen(  # noqa: S603
        compose.beside(service, tag, "-c", program, *options),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            with tarfile.open(fileobj=cast("IO[bytes]", process.stdout), mode="r|") as stream:
                yield stream
            # The padding after a tar's end.
            cast("IO[bytes]", process.stdout).read()
        except (tarfile.TarError, EOFError) as error:
            process.kill()
            said = process.stderr.read().decode(errors="replace") if process.stderr else ""
            raise DockerUnusable(
                f"What {service} keeps cannot be read: {said.strip()[-2000:] or error}"
            ) from error
        except BaseException:
            process.kill()
            raise
        _require_success(process, service)


def into_container(
    compose: Compose,
    service: str,
    tag: str,
    members: Iterator[tuple[tarfile.TarInfo, IO[bytes]]],
    *options: str,
) -> None:
    """Put members in the place of everything that a service keeps; with `--database`, of that alone."""
    program = (files("atelier.deploy") / "inside/unpack.py").read_text(encoding="utf-8")
    with subprocess.Popen(  # noqa: S603
        compose.beside(service, tag, "-c", program, *options),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            with tarfile.open(
                fileobj=cast("IO[bytes]", process.stdin), mode="w|", format=tarfile.PAX_FORMAT
            ) as stream:
                for member, content in members:
                    stream.addfile(member, content)
            cast("IO[bytes]", process.stdin).close()
        except BrokenPipeError:
            # It ended early, and says why below.
            pass
        except BaseException:
            process.kill()
            raise
        process.stdin = None
        _require_success(process, service)


def _require_success(process: subprocess.Popen[bytes], service: str) -> None:
    try:
        _, said = process.communicate(timeout=_ENDING)
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise DockerUnusable(f"The container beside {service} does not end.") from error
    if process.returncode:
        raise DockerUnusable(
            f"The container beside {service} failed: {said.decode(errors='replace').strip()[-2000:]}"
        )
