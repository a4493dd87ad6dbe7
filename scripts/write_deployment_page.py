"""Writes docs/reference/deployment.md from the source: `python -m scripts.write_deployment_page`."""

# ruff: noqa: E501 - rows of tables cannot be folded

from __future__ import annotations

import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from atelier.deploy.deployment import Deployment
from atelier.deploy.machine import PASSED_ON

PAGE = Path(__file__).parents[1] / "docs/reference/deployment.md"

_INTRO = """\
# A deployment's directory

Written by `python -m scripts.write_deployment_page`; a test compares it with the source.

`atelier deploy init DIR` renders a directory. All of it but what `.gitignore` names can be read and committed.

| path | what it is |
|---|---|
| `deployment.toml` | what was chosen; the rest is rendered from it |
| `compose.yaml` | containers, networks, volumes, health checks; for `docker compose` and docker-compose 1.29 |
| `atelier.toml` | the gateway's [configuration](configuration.md); limits and policy may be added |
| `gateway/`, `proxy/`, `comfyui/` | what the images are built from; `constraints.txt` pins what Python packages go in |
| `prometheus/`, `grafana/` | with `monitoring`: what is asked, eight alerts, a dashboard |
| `systemd/`, `kubernetes/` | the same without containers, and for a cluster |
| `rendered.json` | the choices that were rendered, which run, and digests by which an edited file is known |
| `.env` | what belongs to this machine: user and tag of the images, where pip looks; not committed |
| `.secrets/` | [the credentials](credentials.md), and the copies that containers read; not committed |
| `backups/` | where `atelier deploy backup` writes; not committed |

A file that you edit stays as it is: `atelier deploy update` writes the new text beside it, as `FILE.new`, and says
so. After a change of `deployment.toml`, `atelier deploy update` renders the rest anew.

## deployment.toml

An unknown key, and a value that cannot be, is an error that names it. No secret stands here.
"""

_OUTRO = """\
## .env

These variables of whoever calls `atelier deploy` are taken over into `.env`, and passed on to the builds:
{passed}. An index of packages with a password in its address is refused, as every image would show it; put
wheels into `gateway/wheels` and `comfyui/wheels` instead.

## Checks

| container | is healthy when |
|---|---|
| `gateway` | `/readyz` answers 200: the database answers, the workers run |
| `engine` | it has drawn a picture of 64 pixels in one sampling step, at most a minute ago, or draws somebody's job |
| `comfyui-N` | it has made a picture of 64 pixels without a model, at most 15 minutes ago, or runs somebody's job; a drawing with a model would evict the one in use |
| `proxy` | `/healthz` of the gateway comes through its TLS |
| `prometheus`, `grafana` | they say that they are ready |

One job that runs for more than an hour counts as an engine that hangs.

## Backups

A backup is a gzipped tar: the directory without secrets, the gateway's database and pictures, and a manifest with the
SHA-256 of every member. What is secret, the credentials and the proxy's keys, is encrypted with AES-256-GCM under a
key that scrypt makes of the passphrase, and bound to the manifest: who changes anything has to know the passphrase.
Models are not in it (`models.lock` is), nor what the engines keep, which nobody needs.
"""


def page() -> str:
    """Return the page as it should be."""
    parts = [_INTRO, *_tables()]
    passed = ", ".join(f"`{name}`" for name in PASSED_ON)
    return "\n".join([*parts, _OUTRO.format(passed=passed)])


def _tables() -> Iterator[str]:
    own = {name: field for name, field in Deployment.model_fields.items() if _section(field) is None}
    yield "### At the top\n\n" + _keys(own)
    for name, field in Deployment.model_fields.items():
        section = _section(field)
        if section is None:
            continue
        fields = {key: each for key, each in section.model_fields.items() if _section(each) is None}
        title = f"[[{name}]]" if _is_list(field) else f"[{name}]"
        yield f"### {title}\n\n" + (f"{field.description}\n\n" if field.description else "") + _keys(fields)
        for key, each in section.model_fields.items():
            inner = _section(each)
            if inner is not None:
                yield f"### [[{name}.{key}]]\n\n{each.description}\n\n" + _keys(inner.model_fields)


def _section(field: FieldInfo) -> type[BaseModel] | None:
    for each in (field.annotation, *typing.get_args(field.annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


def _is_list(field: FieldInfo) -> bool:
    return typing.get_origin(field.annotation) is tuple


def _keys(fields: dict[str, FieldInfo]) -> str:
    rows = [f"| `{name}` | {_default(each)} | {each.description} |\n" for name, each in fields.items()]
    return "| key | default | meaning |\n|---|---|---|\n" + "".join(rows)


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is PydanticUndefined:
        return "must be given"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple):
        return "`[]`"
    return f"`{value}`" if isinstance(value, int) else f'`"{value}"`'


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
