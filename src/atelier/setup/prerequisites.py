"""The step that looks whether the machine has what a service needs; it changes nothing."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from atelier.deploy import life, machine
from atelier.deploy.commands import run
from atelier.deploy.compose import Compose, compose_command
from atelier.deploy.gpus import seen_gpus
from atelier.deploy.interruption import interruptible
from atelier.deploy.ports import ports_of, require_free_ports
from atelier.deploy.rendering import torch_index
from atelier.deploy.subnets import require_free_subnets
from atelier.errors import DockerUnusable, PlaceTaken, PrerequisiteMissing
from atelier.setup import models
from atelier.setup.prerequisite import Lacking, Prerequisite, Unseen
from atelier.setup.setting import Setting
from atelier.setup.step import Done, Outcome, StepEnded
from atelier.verify.graphics import cuda_of_torch, driver_in, suffices
from atelier.verify.result import Result

_SOON = 60.0
_GIB = 2**30

#: The oldest that were run; Debian 11 and 12 have them.
_PYTHON, _DOCKER, _COMPOSE = (3, 11), (20, 10), (1, 29)
#: Libraries of the extra `deploy`.
_LIBRARIES = ("bcrypt", "cryptography", "huggingface_hub", "jinja2", "packaging")

#: Bytes that images take on Docker's disk, and half as much and more while they are built. `docker images`
#: says 0.96 GB of a deployment with the embedded engine, and 8.6 GB of ComfyUI with torch for CUDA; that with
#: torch for the CPU alone was never built, and is estimated.
_IMAGES, _IMAGES_CUDA, _IMAGES_CPU = 2 * _GIB, 14 * _GIB, 6 * _GIB
#: Bytes that are left free: pictures and a database grow.
_TO_SPARE = 2 * _GIB


def _python(setting: Setting) -> str:
    if sys.version_info < _PYTHON:
        raise Lacking(f"Python {platform.python_version()}.", "Install Python 3.11 or later.")
    absent = [each for each in _LIBRARIES if importlib.util.find_spec(each) is None]
    if absent:
        raise Lacking(
            f"Python {platform.python_version()} without {', '.join(absent)}.",
            "pip install 'comfy-atelier[deploy]'",
        )
    return f"Python {platform.python_version()}, with what deploying needs."


def _docker(setting: Setting) -> str:
    try:
        said = run(["docker", "version", "--format", "{{.Server.Version}}"], deadline=_SOON).decode().strip()
    except DockerUnusable as error:
        raise Lacking(str(error), _docker_fix(str(error))) from error
    _require_version("Docker", said, _DOCKER, "Update Docker: https://docs.docker.com/engine/install/")
    return f"Docker {said} answers."


def _docker_fix(said: str) -> str:
    if "permission denied" in said.lower():
        return "Let this user use Docker: sudo usermod -aG docker $USER, then sign in anew."
    if "not installed" in said:
        return "Install Docker: on Debian and Ubuntu sudo apt install docker.io docker-compose."
    return "Start Docker: sudo systemctl enable --now docker (on Windows and macOS, start Docker Desktop)."


def _compose(setting: Setting) -> str:
    fix = "Install Docker's Compose plugin, or Debian's package docker-compose (1.29)."
    try:
        command = compose_command()
        said = run([*command, "version", "--short"], deadline=_SOON).decode().strip()
    except DockerUnusable as error:
        raise Lacking(str(error), fix) from error
    _require_version("Compose", said, _COMPOSE, fix)
    return f"`{' '.join(command)}` is Compose {said}."


def _require_version(what: str, said: str, needed: tuple[int, int], fix: str) -> None:
    numbers = re.search(r"(\d+)\.(\d+)", said)
    if numbers is None:
        raise Lacking(f"{what} says '{said[:60]}', which is no version.", fix)
    if (int(numbers[1]), int(numbers[2])) < needed:
        raise Lacking(f"{what} {said}; {needed[0]}.{needed[1]} or later is needed.", fix, code="version")


def _driver(setting: Setting) -> str:
    _only_with_gpus(setting)
    fix = "Install NVIDIA's driver and restart the machine; or draw on the CPU with --cpu."
    try:
        gpus = seen_gpus()
        driver = driver_in(run(["nvidia-smi"], deadline=_SOON).decode(errors="replace"))
    except DockerUnusable as error:
        raise Lacking(str(error), fix, code="driver") from error
    if driver is None:
        raise Lacking("nvidia-smi names no driver.", fix, code="driver")
    absent = sorted(set(setting.deployment.gpus) - {each.uuid for each in gpus})
    if absent:
        raise Lacking(
            f"The GPU {absent[0]}, which was chosen, is not in this machine.",
            "Choose those of `atelier deploy gpus`, in deployment.toml (gpus) or with --gpu.",
            code="gpu-unseen",
        )
    torch = f"{setting.deployment.comfyui.torch}+{torch_index(setting.deployment).rpartition('/')[2]}"
    needed = cuda_of_torch(torch)
    cuda = f"{driver.cuda[0]}.{driver.cuda[1]}"
    if needed is not None and not suffices(driver, needed):
        raise Lacking(
            f"The driver {driver.version} runs CUDA up to {cuda}; torch {torch} needs "
            f"{needed[0]}.{needed[1]}.",
            "Update the driver, or choose a torch_index for its CUDA in deployment.toml.",
            code="driver",
        )
    named = ", ".join(f"{each.name} ({each.memory} MiB)" for each in gpus)
    return f"Driver {driver.version}, for CUDA up to {cuda}; {named}."


def _toolkit(setting: Setting) -> str:
    _only_with_gpus(setting)
    runtimes = json.loads(_asked_docker("info", "--format", "{{json .Runtimes}}"))
    if "nvidia" in runtimes:
        return "Docker has NVIDIA's runtime."
    hook = next(filter(None, map(shutil.which, ("nvidia-container-runtime-hook", "nvidia-ctk"))), None)
    if hook is None:
        raise Lacking(
            f"Docker's runtimes are {', '.join(sorted(runtimes)) or 'none'}; NVIDIA's is not among them.",
            "Install nvidia-container-toolkit, then sudo nvidia-ctk runtime configure --runtime=docker and "
            "sudo systemctl restart docker.",
            code="gpu-unseen",
        )
    return f"NVIDIA's container toolkit is there ({hook})."


def _only_with_gpus(setting: Setting) -> None:
    if setting.deployment.device != "gpu":
        raise Unseen("The CPU draws: no GPU is needed.")


def _place(setting: Setting) -> str:
    directory = setting.directory.absolute()
    if setting.is_made:
        whose = "holds the deployment"
    elif directory.exists() and any(each.name != ".git" for each in directory.iterdir()):
        raise Lacking(
            f"{directory} is not empty, and holds no deployment.", "Name a new directory: atelier setup DIR."
        )
    else:
        whose = "is free"
    above = next(each for each in (directory, *directory.parents) if each.is_dir())
    if not os.access(above, os.W_OK):
        raise Lacking(f"You cannot write into {above}.", "Name a directory of your own: atelier setup DIR.")
    return f"{directory} {whose}."


def _name(setting: Setting) -> str:
    name = setting.deployment.name
    of = ["--filter", f"label=com.docker.compose.project={name}"]
    shown = '{{.Label "com.docker.compose.project.working_dir"}}'
    places = set(_asked_docker("ps", "--all", *of, "--format", shown).split("\n")) - {""}
    others = sorted(each for each in places if Path(each).resolve() != setting.directory.resolve())
    if others:
        raise Lacking(
            f"The containers called {name} belong to {others[0]}.",
            "Give this one another name: --name, or name in deployment.toml.",
            code="containers",
        )
    return f"No other deployment's containers are called {name}."


def _ports(setting: Setting) -> str:
    ports = ports_of(setting.deployment)
    host = setting.deployment.address.bind
    named = " and ".join(str(each) for each in ports.values())
    if _own_containers(setting):
        return f"The ports {named} of {host} are this deployment's."
    try:
        require_free_ports(setting.deployment)
    except PlaceTaken as error:
        fix = "" if setting.is_made else "Or choose other ports: --http-port 8080 --https-port 8443."
        raise Lacking(str(error), fix, code="containers") from error
    return f"The ports {named} of {host} are free."


def _subnets(setting: Setting) -> str:
    _asked_docker("version", "--format", "{{.Server.Version}}")
    network = setting.deployment.network
    try:
        require_free_subnets(setting.deployment)
    except PlaceTaken as error:
        raise Lacking(str(error), "", code="subnet") from error
    return f"Nothing else uses the subnets {network.door} and {network.engines}."


def _disk(setting: Setting) -> str:
    needs: dict[int, tuple[Path, int]] = {}

    def add(place: Path, size: int) -> None:
        there = next(each for each in (place.absolute(), *place.absolute().parents) if each.is_dir())
        device = there.stat().st_dev
        first, before = needs.get(device, (there, 0))
        needs[device] = (first, before + size)

    add(setting.directory, 0)
    add(setting.directory / setting.deployment.storage.models, models.bytes_missing(setting))
    root = Path(_asked_docker("info", "--format", "{{.DockerRootDir}}"))
    unknown = [each.wanted.name for each in models.missing(setting) if each.wanted.size is None]
    note = f" Not counted, for their size is asked for later: {', '.join(unknown)}." if unknown else ""
    if root.is_dir():
        add(root, 0 if _has_images(setting) else _images(setting))
    else:
        note += " Docker's own disk is not seen from here."
    told = []
    for place, size in needs.values():
        free = shutil.disk_usage(place).free
        needed = size + _TO_SPARE
        told.append(f"{place}: {free / _GIB:.1f} GiB free, {needed / _GIB:.1f} needed")
        if free < needed:
            raise Lacking(
                f"{'; '.join(told)}.",
                f"Make room for {(needed - free) / _GIB:.1f} GiB there (docker system prune removes what "
                "Docker does not use), or take another disk: another directory, or storage.models in "
                "deployment.toml.",
                code="disk",
            )
    return f"{'; '.join(told)}.{note}"


def _images(setting: Setting) -> int:
    """Return the bytes that building the images takes."""
    if setting.deployment.engine != "comfyui":
        return _IMAGES
    return _IMAGES_CPU if torch_index(setting.deployment).endswith("/cpu") else _IMAGES_CUDA


def _has_images(setting: Setting) -> bool:
    if not setting.is_made:
        return False
    tag = machine.read_machine(setting.directory).tag or life.tag_of(setting.directory)
    return Compose(setting.directory, setting.deployment).has_images(tag)


def _own_containers(setting: Setting) -> bool:
    try:
        return bool(Compose(setting.directory, setting.deployment).containers())
    except DockerUnusable:
        return False


def _asked_docker(*arguments: str) -> str:
    try:
        return run(["docker", *arguments], deadline=_SOON).decode().strip()
    except DockerUnusable as error:
        raise Unseen("Docker has to be asked for it, and does not answer.") from error


PREREQUISITES: tuple[Prerequisite, ...] = (
    Prerequisite(name="python", text="Python is 3.11 or later, with Atelier's extra `deploy`.", look=_python),
    Prerequisite(name="docker", text="Docker answers this user, and is 20.10 or later.", look=_docker),
    Prerequisite(name="compose", text="Compose is there, 1.29 or the plugin.", look=_compose),
    Prerequisite(name="driver", text="The NVIDIA driver has the chosen GPUs and suffices.", look=_driver),
    Prerequisite(name="toolkit", text="Docker can give GPUs to containers.", look=_toolkit),
    Prerequisite(name="directory", text="The directory is this deployment's, or free.", look=_place),
    Prerequisite(name="name", text="No other deployment has the name.", look=_name),
    Prerequisite(name="ports", text="The ports are free, or this deployment's.", look=_ports),
    Prerequisite(name="subnets", text="Nothing else on the machine uses the subnets.", look=_subnets),
    Prerequisite(name="disk", text="The disks have room for images and models, and 2 GiB.", look=_disk),
)


async def carry_out(setting: Setting, before: Sequence[Outcome]) -> Done:
    """Look at every prerequisite, also after one that is lacking.

    Raises:
        StepEnded: something is lacking; with all that was found.
    """
    results = []
    for each in PREREQUISITES:
        with interruptible():
            results.append(each.result(setting))
        setting.tell(_line(results[-1]), **results[-1].model_dump(mode="json"))
    failed = [each for each in results if each.verdict == "failed"]
    if failed:
        lines = "".join(f"\n  {_line(each)}" for each in failed)
        raise StepEnded(
            PrerequisiteMissing(f"{len(failed)} of {len(results)} prerequisites are missing:{lines}"),
            results=tuple(results),
        )
    there = sum(each.verdict == "passed" for each in results)
    return Done(
        told=f"All {there} that apply are there, {len(results) - there} do not apply.", results=tuple(results)
    )


async def plan(setting: Setting) -> str:
    """Say what would be looked at."""
    return f"Would look at {', '.join(each.name for each in PREREQUISITES)}."


def _line(result: Result) -> str:
    name = result.claim.partition(".")[2]
    match result.verdict:
        case "passed":
            return f"{name}: " + " ".join(each.text for each in result.evidence if each.type == "note")
        case "skipped":
            return f"{name}: not looked at. {result.reason}"
        case _:
            return f"{name}: MISSING. {result.reason} {result.remedy}".rstrip()
