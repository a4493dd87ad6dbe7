"""Writes the reference pages of the service: `python -m scripts.write_service_pages`.

They are docs/reference/configuration.md, scopes.md and policy.md; a test compares them with the tables.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from atelier.gateway import config
from atelier.gateway.config import Config, RoleLimits, RolePolicy
from atelier.gateway.node_table import GROUPS, NodeGroup
from atelier.gateway.rules import BOUNDS, Bounds
from atelier.gateway.scopes import ROLE_SCOPES, SCOPES
from atelier.storage.account import Role

REFERENCE = Path(__file__).parents[1] / "docs/reference"

WRITTEN = (
    "Written by `python -m scripts.write_service_pages`; a test compares it with the tables in the source."
)

CONFIGURATION = f"""# The configuration of the service

{WRITTEN}

`atelier serve --config atelier.toml` reads a TOML file; `ATELIER_CONFIG` may name it instead. Paths in it
are relative to the file. The environment goes before the file: a variable is `ATELIER_`, the section and
the key in capitals with two underscores between them, such as `ATELIER_LISTEN__PORT=8300`; lists and tables
are written as JSON, such as `ATELIER_ENGINES='[{{"name": "gpu-1", "address": "http://127.0.0.1:8188"}}]'`.
`ATELIER_SERVER` and `ATELIER_TOKEN` are the command line's and have no part in this.

An unknown key or variable, and a value that cannot be used, is an error that names it, and the service does
not start. Limits and days take `"none"` for no limit. No secret is written here: `token_file` names the
file that holds one.

```toml
directory = "/var/lib/atelier"

[listen]
host = "0.0.0.0"
port = 8200
trusted_proxies = ["127.0.0.1"]

[[engines]]
name = "gpu-1"
address = "http://127.0.0.1:8188"

[limits.student]
images_per_day = 100

[policy.student]
allow = ["UltimateSDUpscale"]
steps = 60

[retention]
output_days = 90
```
"""

SCOPES_INTRODUCTION = f"""# Scopes

{WRITTEN}

What a token may do. A token without scopes of its own may do all that its account's role may; with `atelier
tokens issue NAME --scope jobs:read` it may do less, never more. Every route of the service needs one scope,
except those that say whether it lives, the page for signing in, and the description of the API
(`/atelier/api/openapi.json`), which names the scope of each route.
"""

POLICY_INTRODUCTION = f"""# What a workflow may have

{WRITTEN}

Before a workflow is stored as a job it is checked against the engines' node classes, and judged by its
account's role. A refusal names the node and the reason, in the form of ComfyUI's own errors (400), and
nothing is stored.

**Node classes.** Every class of ComfyUI 0.3.64 stands in one of the groups below. Newer native classes, and
custom nodes, are refused until `allow` in the [configuration](configuration.md) names them for a role, as
nobody can tell what they do: look at what such a node reads and writes first. What runs code, reads whole
folders or writes elsewhere cannot be allowed to students at all, and nodes that call comfy.org's paid
services are for nobody.

**Files.** A node that reads a file may name the account's own uploads and pictures: `photo.png`,
`sub/photo.png`, `fox_00001_.png [output]`. Other people's files, and those that lie in an engine's folders,
are as absent as those that never were; paths that lead upwards or begin with a slash are refused, and so
are names that come by a link.

**Custom nodes.** What an allowed custom node does with a text, nobody can tell. Students and teachers may
therefore give it no path from the root, a home or a drive, none that leads upwards or into the folder
`atelier` of the engine, and no address (`://`); a text that one of ComfyUI's own nodes makes on the way is
refused, but for PrimitiveString. What the node reads, writes or fetches by itself, the gateway cannot keep
it from: allow to students none that runs code or lists whole folders.

**Names to save under.** A `filename_prefix` stays in the account's own space: `fox`, `sketches/fox`.

**Bounds.** How large pictures become is worked out before the workflow runs, from the sizes, factors and
repetitions that stand in it and from the uploaded pictures. A number that another node works out on the way
is refused where a bound depends on it; PrimitiveInt, PrimitiveFloat and GetImageSize can be followed. The
factor of an upscaling model is read from its name (`4x-...`), and taken for 4 where it has none.
"""

_FIELDS = {
    "nodes": "nodes of a workflow",
    "pixels": "pixels of any picture on the way (width times height)",
    "drawn_pixels": "pixels of a picture that is drawn, as samplers work on it",
    "steps": "sampling steps, all samplers together",
    "batch": "pictures that go through one node at once",
    "images": "pictures that a workflow gives, previews included",
}


def pages() -> Mapping[Path, str]:
    """Return the pages as they should be."""
    return {
        REFERENCE / "configuration.md": _configuration(),
        REFERENCE / "scopes.md": _scopes(),
        REFERENCE / "policy.md": _policy(),
    }


# --- configuration ---------------------------------------------------------------------------------------


def _configuration() -> str:
    parts = [CONFIGURATION, "## At the top\n", _keys(_own(Config), Config)]
    for name, section in _sections(Config):
        if name == "limits":
            parts += [
                "## [limits.student], [limits.teacher], [limits.admin]\n",
                "Of an account of the role that has no limits of its own.\n",
                _by_role(),
            ]
        elif name == "policy":
            parts += [
                "## [policy.student], [policy.teacher], [policy.admin]\n",
                "What may be in a workflow: [the policy](policy.md).\n",
                _policy_keys(),
            ]
        else:
            parts += [f"## [{name}]\n", _keys(dict(section.model_fields), section)]
        if name == "listen":
            parts += [
                "## [[engines]]\n",
                "One for each ComfyUI server. Without any, the service starts the embedded engine.\n",
                _keys(dict(config.Engine.model_fields), config.Engine),
            ]
    return "\n".join(parts)


def _own(section: type[BaseModel]) -> dict[str, FieldInfo]:
    nested = dict(_sections(section))
    return {
        name: field
        for name, field in section.model_fields.items()
        if name not in nested and name != "engines"
    }


def _sections(section: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    for name, field in section.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield name, kind


def _keys(fields: Mapping[str, FieldInfo], section: type[BaseModel]) -> str:
    rows = [
        f"| `{name}` | {_default(field)} | {_type(field)} | {field.description} |"
        for name, field in fields.items()
    ]
    return "\n".join(["| key | default | value | meaning |", "|---|---|---|---|", *rows, ""])


def _by_role() -> str:
    limits = config.LimitsByRole()
    rows = [
        f"| `{name}` | "
        + " | ".join(_shown(getattr(getattr(limits, role.value), name)) for role in _ROLES)
        + f" | {field.description} |"
        for name, field in RoleLimits.model_fields.items()
    ]
    return "\n".join(["| key | student | teacher | admin | meaning |", "|---|---|---|---|---|", *rows, ""])


_ROLES = (Role.STUDENT, Role.TEACHER, Role.ADMIN)


def _policy_keys() -> str:
    rows = []
    for name, field in RolePolicy.model_fields.items():
        defaults = [
            _shown(getattr(BOUNDS[role], name)) if name in Bounds.__dataclass_fields__ else _default(field)
            for role in _ROLES
        ]
        rows.append(f"| `{name}` | {' | '.join(defaults)} | {field.description} |")
    return "\n".join(["| key | student | teacher | admin | meaning |", "|---|---|---|---|---|", *rows, ""])


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    if field.default_factory is not None:
        return "`atelier/gateway` in your data directory"
    return _shown(field.default)


def _shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return f"`{json.dumps([str(each) for each in value])}`"
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return f"`{json.dumps(value)}`"


def _type(field: FieldInfo) -> str:
    kind = field.annotation
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) is Literal:
        return ", ".join(f"`{each}`" for each in get_args(kind))
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f"`{each}`" for each in kind)
    if get_origin(kind) is tuple:
        return "list of texts"
    names: dict[Any, str] = {
        int: "whole number",
        float: "number",
        str: "text",
        bool: "true or false",
        Path: "path",
    }
    return names[kind]


# --- scopes and policy -------------------------------------------------------------------------------------


def _scopes() -> str:
    rows = [
        f"| `{scope}` | {said} | "
        + " | ".join("yes" if scope in ROLE_SCOPES[role] else "" for role in _ROLES)
        + " |"
        for scope, said in SCOPES.items()
    ]
    head = ["| scope | allows | student | teacher | admin |", "|---|---|---|---|---|"]
    return "\n".join([SCOPES_INTRODUCTION, *head, *rows, ""])


def _policy() -> str:
    bounds = [
        f"| {said} | " + " | ".join(f"{getattr(BOUNDS[role], name):,}" for role in _ROLES) + " |"
        for name, said in _FIELDS.items()
    ]
    parts = [
        POLICY_INTRODUCTION,
        "## Bounds where the configuration has no others\n",
        "\n".join(["| | student | teacher | admin |", "|---|---|---|---|", *bounds, ""]),
    ]
    for title, groups in (
        ("For everybody", [each for each in GROUPS if Role.STUDENT in each.roles]),
        (
            "For teachers and admins",
            [each for each in GROUPS if Role.TEACHER in each.roles and Role.STUDENT not in each.roles],
        ),
        ("For admins", [each for each in GROUPS if each.roles == {Role.ADMIN}]),
        (
            "For nobody, unless the configuration allows it by name",
            [each for each in GROUPS if not each.roles],
        ),
    ):
        parts += [f"## {title}\n", *map(_group, groups)]
    return "\n".join(parts)


def _group(group: NodeGroup) -> str:
    never = " Never for students." if Role.STUDENT in group.never else ""
    classes = ", ".join(f"`{each}`" for each in sorted(group.classes))
    return f"**{group.title}**: {group.reason}.{never}\n\n{classes}\n"


def main() -> None:
    """Write the pages."""
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
