"""Renders a deployment into the files of its directory."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

import jinja2

from atelier import __version__
from atelier.deploy.comfyui_release import TORCH_CPU, TORCH_CUDA
from atelier.deploy.deployment import FILE, Deployment
from atelier.deploy.health_workflows import health_workflow

_WHEELS = """\
Wheels that pip may take when the image is built, such as Atelier's own.
What is not here it gets from its index.
"""

_SOURCE = """\
ComfyUI's source, to build from instead of fetching it; without a main.py here it is fetched.
"""


def render(deployment: Deployment, *, constraints: str) -> dict[str, str]:
    """Return the content of every file by its path, relative to the directory and with slashes.

    Args:
        constraints: Versions that pip has to take in the gateway's image, in pip's format.
    """
    environment = jinja2.Environment(
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        # What is rendered is YAML, TOML and the like; what goes in was checked by `Deployment`.
        autoescape=False,  # noqa: S701
    )
    values = _values(deployment)
    rendered = {}
    for path, template in _templates(deployment):
        text = template.read_text(encoding="utf-8")
        # Grafana's own braces, and Python, are left alone.
        plain = path.endswith((".json", ".py"))
        rendered[path] = text if plain else environment.from_string(text).render(values)
    rendered["gateway/constraints.txt"] = constraints
    rendered["gateway/wheels/README"] = _WHEELS
    rendered["gateway/health/workflow.json"] = json.dumps(health_workflow("embedded"), indent=1) + "\n"
    if deployment.engine == "comfyui":
        rendered["comfyui/wheels/README"] = _WHEELS
        rendered["comfyui/source/README"] = _SOURCE
        rendered["comfyui/health/workflow.json"] = json.dumps(health_workflow("comfyui"), indent=1) + "\n"
    return rendered


def _templates(deployment: Deployment) -> Iterator[tuple[str, Traversable]]:
    root = files(__package__) / "templates"
    for name in (FILE, "compose.yaml", "atelier.toml"):
        yield name, root / name
    yield ".gitignore", root / "gitignore"
    yield "gateway/Dockerfile", root / "gateway/Dockerfile"
    yield "gateway/health/healthcheck.py", root / "health/healthcheck.py"
    yield "proxy/Dockerfile", root / f"proxy/Dockerfile.{deployment.proxy}"
    configuration = {"caddy": "Caddyfile", "nginx": "nginx.conf"}[deployment.proxy]
    yield f"proxy/{configuration}", root / "proxy" / configuration
    if deployment.engine == "comfyui":
        for name in ("Dockerfile", "constraints.txt", "start.py"):
            yield f"comfyui/{name}", root / "comfyui" / name
        yield "comfyui/health/healthcheck.py", root / "health/healthcheck.py"
    # For those without containers, and for those with a cluster.
    kinds = ("systemd", "kubernetes") + (("prometheus", "grafana") if deployment.monitoring else ())
    for folder in kinds:
        yield from _all_of(root / folder, folder)


def _all_of(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if each.is_dir():
            yield from _all_of(each, f"{path}/{each.name}")
        else:
            yield f"{path}/{each.name}", each


def _values(deployment: Deployment) -> dict[str, Any]:
    hosts = list(deployment.network.door.hosts())
    folder = deployment.storage.folder
    places = (*deployment.engine_names, "gateway", "proxy")
    places += ("prometheus", "grafana") if deployment.monitoring else ()

    def place(service: str) -> str:
        return f"{_mounted(folder)}/{service}" if folder else service

    return {
        **{name: getattr(deployment, name) for name in Deployment.model_fields},
        "version": __version__,
        "chosen": to_toml(deployment),
        "engine_names": deployment.engine_names,
        # The first is Docker's own.
        "addresses": dict(zip(("proxy", "gateway", "prometheus", "grafana"), hosts[1:5], strict=True)),
        "place": place,
        "volumes": () if folder else places,
        "models": _mounted(deployment.storage.models),
        "torch_index": torch_index(deployment),
        "comfyui_arguments": _comfyui_arguments(deployment),
    }


def torch_index(deployment: Deployment) -> str:
    """Return the index of torch's wheels; empty for pip's own."""
    chosen = deployment.comfyui.torch_index
    if chosen:
        return "" if chosen == "default" else chosen
    return TORCH_CUDA if deployment.device == "gpu" else TORCH_CPU


def _mounted(path: str) -> str:
    """Return a path so that compose does not take it for a volume's name."""
    return path if path.startswith(("/", "./", "../", "~")) or ":" in path else f"./{path}"


def _comfyui_arguments(deployment: Deployment) -> list[str]:
    device = ["--cpu"] if deployment.device == "cpu" else []
    return [*device, *deployment.comfyui.arguments]


def to_toml(deployment: Deployment) -> str:
    """Return the deployment as TOML, with every key, so that a later default changes nothing."""
    document = deployment.model_dump(mode="json")
    text = "\n".join(_table(document, ())).strip() + "\n"
    if tomllib.loads(text) != document:
        raise AssertionError("the TOML that was written reads back as something else")
    return text


def _table(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    tables = {key: value for key, value in table.items() if isinstance(value, dict)}
    arrays = {key: value for key, value in table.items() if _is_array_of_tables(value)}
    for key, value in table.items():
        if key not in tables and key not in arrays:
            # Strings, numbers, booleans and arrays of them read the same in JSON and TOML.
            yield f"{key} = {json.dumps(value, ensure_ascii=False)}"
    for key, value in tables.items():
        yield f"\n[{'.'.join((*path, key))}]"
        yield from _table(value, (*path, key))
    for key, entries in arrays.items():
        for entry in entries:
            yield f"\n[[{'.'.join((*path, key))}]]"
            yield from _table(entry, (*path, key))


def _is_array_of_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
