"""What the server is and draws on: versions, engines, GPU, memory."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from atelier.verify.bench import model_sets_in, object_in
from atelier.verify.case import Case

#: Of ComfyUI: the first that takes a `prompt_id`, by which a job is known whatever happens to the answer.
_COMFYUI = (0, 3, 45)
#: Bytes of a GiB.
_GIB = 2**30


async def versions(case: Case) -> None:
    """Read what the server says of itself."""
    stats = await case.known("/system_stats")
    system = _mapping(stats.get("system"))
    ours = _mapping(stats.get("atelier"))
    said = str(system.get("comfyui_version", ""))
    case.note(
        f"ComfyUI {said or 'unknown'}, Python {str(system.get('python_version', 'unknown')).split()[0]}, "
        f"torch {system.get('pytorch_version', 'unknown')}"
        + (f", {ours.get('name')} {ours.get('version')}" if ours else "")
    )
    found = re.match(r"v?(\d+)\.(\d+)\.(\d+)", said)
    if found is None:
        case.fail("version", f"The server's ComfyUI version is '{said}'.", "Use a release of ComfyUI.")
    if tuple(map(int, found.groups())) < _COMFYUI:
        case.fail(
            "version",
            f"ComfyUI {said} is older than {'.'.join(map(str, _COMFYUI))}, which does not take prompt ids.",
            "Update the engine's image: atelier deploy update.",
        )


async def engines_up(case: Case) -> None:
    """Ask the gateway how many engines are up."""
    answer = await case.send("GET", "/readyz")
    document = object_in(answer)
    if answer.status == 503 and document.get("ready") is False:
        case.fail(
            "server-error",
            "The gateway is not ready: it stops, or its database does not answer.",
            "See its log: atelier deploy logs gateway.",
        )
    case.object_of(answer)
    if not document.get("engines"):
        case.fail(
            "engine-down",
            "The gateway answers, and none of its engines is up.",
            "Start the engine: atelier engines list, atelier deploy status.",
        )


async def every_engine_up(case: Case) -> None:
    """Ask the gateway how many of its engines are down, and which, where the token may see them."""
    document = case.object_of(await case.send("GET", "/readyz"))
    up, down = document.get("engines"), document.get("down")
    if not isinstance(up, int) or not isinstance(down, int):
        case.skip("The gateway does not say how many engines are down.", "Update it: atelier deploy update.")
    case.note(f"{up} engines are up, {down} down.")
    if not down:
        return
    which = ""
    if case.target.token is not None:
        answer = await case.ask("GET", "/atelier/api/engines")
        if answer.status == 200:
            engines = [_mapping(each) for each in json.loads(answer.body)]
            which = "; ".join(
                f"{each.get('name')} ({each.get('address')}): {each.get('detail')}"
                for each in engines
                if each.get("state") == "down"
            )
    case.fail(
        "engine-lost" if up else "engine-down",
        f"{down} of the gateway's engines {'is' if down == 1 else 'are'} down"
        + (f": {which}" if which else "; atelier engines list says which."),
        "Start it: atelier deploy status; or take it out of atelier.toml.",
    )


async def device(case: Case) -> None:
    """Look at what the engine draws on."""
    stats = await case.known("/system_stats")
    devices = _devices(stats)
    torch = str(_mapping(stats.get("system")).get("pytorch_version", ""))
    if not devices:
        case.fail("gpu-unseen", "The engine names no device.", "See the engine's log.")
    shown = ", ".join(f"{each.get('name')} ({each.get('type')})" for each in devices)
    case.note(f"It draws on {shown}, with torch {torch or 'of an unknown version'}.")
    on_cpu = draws_on_cpu(stats)
    if case.target.device == "cpu":
        if not on_cpu:
            case.note("A CPU was expected, and there is more.")
        return
    if not on_cpu:
        return
    if torch == "none":
        case.skip("The engine is Atelier's own, which draws on the CPU.")
    if "+cu" in torch or "+rocm" in torch:
        case.fail(
            "gpu-unseen",
            f"The engine's torch ({torch}) is built for a GPU and draws on the CPU: it sees none.",
            "Pass the GPU to the container (nvidia-container-toolkit, `gpus` in the compose file), and see "
            "whether the driver suffices for this CUDA. Where a CPU is meant: --device cpu.",
        )
    case.fail(
        "torch-without-cuda" if "+cpu" in torch else "cpu",
        f"The engine draws on the CPU, with torch {torch or 'unknown'}: a hundred times slower.",
        "Build the engine's image with the CUDA wheel of torch, and start it without --cpu. "
        "Where a CPU is meant: --device cpu.",
    )


async def graphics_memory(case: Case) -> None:
    """Compare the GPU's memory with what the best model set needs."""
    stats = await case.known("/system_stats")
    gpus = [each for each in _devices(stats) if each.get("type") != "cpu"]
    if not gpus:
        case.skip("The engine draws on no GPU.")
    largest = max(float(each.get("vram_total") or 0) for each in gpus) / _GIB
    case.figure("graphics memory", largest, "GiB")
    sets = [each for each in model_sets_in(await case.known("/object_info")) if each.vram]
    if not sets:
        case.skip("No model set of the server says how much graphics memory it needs.")
    needed = sets[0].vram or 0
    case.note(f"{sets[0].title} needs {needed:g} GiB.")
    if largest < needed:
        case.fail(
            "memory",
            f"The GPU has {largest:.1f} GiB, and {sets[0].title} needs {needed:g}: it will be slow, or fail.",
            "Take a smaller model set, or a larger GPU.",
        )


def draws_on_cpu(stats: Mapping[str, Any]) -> bool:
    """Return whether an answer of `/system_stats` names CPUs only."""
    return all(each.get("type") == "cpu" for each in _devices(stats))


def _devices(stats: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = stats.get("devices")
    return [_mapping(each) for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
