"""How the machine of a deployment is; what nobody can tell from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from atelier.credentials.check import check as credentials_check
from atelier.credentials.drift import EXPOSING
from atelier.credentials.store import FOLDER, Store
from atelier.verify.bench import object_in
from atelier.verify.case import Case
from atelier.verify.containers import containers_in
from atelier.verify.graphics import cuda_of_torch, driver_in, suffices
from atelier.verify.machine import Machine
from atelier.verify.networks import clashes, of_docker, of_routes
from atelier.verify.outcome import Failed

#: What must be free: a part of the disk, and bytes, for uploads, pictures and a database that grows.
_FREE_PART, _FREE_BYTES = 0.05, 2 * 2**30
_GIB = 2**30


async def disk(case: Case) -> None:
    """Look how much is free where the deployment lives, and where Docker keeps its data."""
    machine = _machine(case)
    folders = {"the deployment": machine.directory}
    try:
        folders |= await _volumes(machine)
    except Failed as failed:
        case.note(f"Docker cannot be asked where data lies, so only the deployment's disk: {failed.reason}")
    for whose, folder in folders.items():
        try:
            total, free = machine.disk(folder)
        except OSError as error:
            case.note(f"{whose} cannot be looked at: {error.strerror or error}.")
            continue
        case.figure(f"disk of {whose}", total / _GIB, "GiB")
        case.figure(f"free for {whose}", free / _GIB, "GiB")
        if free < max(_FREE_PART * total, min(_FREE_BYTES, total / 2)):
            case.fail(
                "disk",
                f"{free / _GIB:.2f} of {total / _GIB:.1f} GiB are free for {whose}.",
                "Make room: old pictures (retention in atelier.toml), unused images, atelier deploy clean.",
            )


async def _volumes(machine: Machine) -> dict[str, Path]:
    """Return where the data of the deployment's containers lies, by whose it is.

    Raises:
        Failed: Docker is there and does not answer.
    """
    root = await machine.says("docker", "info", "--format", "{{.DockerRootDir}}")
    if not root:
        return {}
    # Below it nobody but root looks; it is one disk all the same.
    docker = Path(root.strip())
    found = {"Docker's volumes": docker}
    ids = await machine.says("docker", "ps", "--all", "--quiet", "--filter", _label(machine))
    if ids:
        mounts = "{{range .Mounts}}{{println .Source}}{{end}}"
        said = await machine.says("docker", "inspect", "--format", mounts, *ids.split())
        sources = {Path(each) for each in (said or "").splitlines() if each.strip()}
        seen = (docker, machine.directory.resolve())
        found |= {
            str(each): each
            for each in sorted(sources)
            if not any(each.is_relative_to(other) for other in seen)
        }
    return found


async def containers(case: Case) -> None:
    """Ask Docker how the deployment's containers are."""
    machine = _machine(case)
    said = await machine.says("docker", "ps", "--all", "--filter", _label(machine), "--format", "{{json .}}")
    if said is None:
        case.skip("This machine has no docker.")
    found = containers_in(said)
    if not found:
        case.skip("Docker knows no containers of this directory: atelier deploy up starts them.")
    for each in found:
        case.note(f"{each.name}: {each.state}, {each.status}")
    unwell = [each for each in found if not each.well]
    if unwell:
        case.fail(
            "containers",
            ", ".join(f"{each.name} is {each.state} ({each.status})" for each in unwell) + ".",
            f"See why: atelier deploy logs {unwell[0].name}.",
        )


async def networks(case: Case) -> None:
    """Look for networks that share addresses."""
    machine = _machine(case)
    ids = await machine.says("docker", "network", "ls", "--quiet")
    if ids is None:
        case.skip("This machine has no docker.")
    inspected = await machine.says("docker", "network", "inspect", *ids.split()) if ids.split() else "[]"
    routes = await machine.says("ip", "-json", "route")
    found = [*of_docker(inspected or "[]"), *of_routes(routes or "[]")]
    case.note("; ".join(f"{each.name}: {each.subnet}" for each in found) or "No network at all.")
    if routes is None:
        case.note("This machine has no `ip`: only Docker's networks were compared.")
    both = clashes(found)
    if both:
        one, other = both[0]
        case.fail(
            "subnet",
            f"{one.name} ({one.subnet}) and {other.name} ({other.subnet}) share addresses: what is meant for "
            "one goes to the other.",
            "Choose another subnet for the deployment: atelier deploy init looks for a free one.",
        )


async def driver(case: Case) -> None:
    """Compare the driver's CUDA with that of the engine's torch."""
    said = await _machine(case).says("nvidia-smi")
    if said is None:
        case.skip("This machine has no nvidia-smi.")
    found = driver_in(said)
    if found is None:
        case.fail("driver", "nvidia-smi names no driver.", "Install the NVIDIA driver, and restart.")
    case.note(f"Driver {found.version}, for CUDA up to {found.cuda[0]}.{found.cuda[1]}.")
    stats = await case.bench.asked("/system_stats")
    case.evidence.append(stats)
    system = object_in(stats).get("system")
    torch = str(system.get("pytorch_version", "")) if isinstance(system, Mapping) else ""
    needed = cuda_of_torch(torch)
    if needed is None:
        case.skip(f"The engine's torch ({torch or 'unknown'}) is for no CUDA.")
    if not suffices(found, needed):
        case.fail(
            "driver",
            f"The driver {found.version} runs CUDA up to {found.cuda[0]}.{found.cuda[1]}, and the "
            f"engine's torch ({torch}) needs {needed[0]}.{needed[1]}.",
            f"Update the driver, or build the engine's image with a torch for CUDA {found.cuda[0]}.",
        )


async def credentials(case: Case) -> None:
    """Compare every copy of a secret with the store."""
    machine = _machine(case)

    found = await asyncio.to_thread(lambda: credentials_check(Store.open(machine.directory / FOLDER)))
    case.note(f"{found.copies} copies were compared with the store.")
    for unchecked in found.unchecked:
        case.note(f"Not looked at: {unchecked}")
    for drift in found.drifts:
        case.note(str(drift))
    if found.drifts:
        files = ", ".join(dict.fromkeys(each.file for each in found.drifts))
        wrong = [each for each in found.drifts if each.reason not in EXPOSING]
        case.fail(
            "credentials" if wrong else "secret-exposed",
            f"Not as the store says: {files}. {(wrong or found.drifts)[0]}",
            "atelier credentials check names them all, atelier credentials sync mends them.",
        )
    if not found.copies:
        case.skip("The store has no copies.", "Name them in .secrets/copies.toml.")


def _label(machine: Machine) -> str:
    """Return what Compose marks the containers of a directory with, as a filter."""
    return f"label=com.docker.compose.project.working_dir={machine.directory.resolve()}"


def _machine(case: Case) -> Machine:
    if case.target.machine is None:
        raise LookupError("the runner skips what needs a deployment where none was named")
    return case.target.machine
