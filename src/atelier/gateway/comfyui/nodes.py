"""`/object_info`: the node classes that the account may use, with its own files to choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from atelier.gateway.bodies import answer
from atelier.gateway.catalogue import Catalogue, with_choices
from atelier.gateway.comfyui.routing import ComfyUIRoute, get
from atelier.gateway.identity import Identity
from atelier.storage.account import Role
from atelier.storage.contract import Files
from atelier.storage.file import Area
from atelier.workflows.object_info import InputType, NodeType

#: Whether accounts of a role may use a node class.
Allows = Callable[[Role, NodeType], bool]

#: Loaders that the stock page takes for granted: where one of them is not declared, it can make none of those
#: that have a checkpoint, a LoRA or a VAE. What a role may not use of them is shown, and refused when run.
#: Source: measured with the page of ComfyUI 0.3.64 (comfyui-frontend-package 1.27.10).
_FOR_THE_PAGE = frozenset(
    {
        "CheckpointLoaderSimple",
        "ControlNetLoader",
        "GLIGENLoader",
        "ImageOnlyCheckpointLoader",
        "LoraLoader",
        "LoraLoaderModelOnly",
        "StyleModelLoader",
        "UNETLoader",
        "UpscaleModelLoader",
        "VAELoader",
    }
)


@dataclass(frozen=True, kw_only=True)
class Nodes:
    """Shows node classes."""

    catalogue: Catalogue
    allows: Allows
    files: Files

    def routes(self) -> list[ComfyUIRoute]:
        return [
            get("/object_info", "nodes:read", self.all),
            get("/object_info/{name:path}", "nodes:read", self.one),
        ]

    async def all(self, request: Request, identity: Identity) -> Response:
        document, nodes = await self.catalogue.document(), await self.catalogue.nodes()
        own = _OwnFiles(files=self.files, identity=identity)
        return answer(
            {
                type_.name: await own.in_place_of_the_engines(document[type_.name], type_)
                for type_ in nodes
                if self._shows(identity, type_)
            }
        )

    async def one(self, request: Request, identity: Identity) -> Response:
        """Return one class by its name; nothing for one that is unknown or not allowed."""
        document, nodes = await self.catalogue.document(), await self.catalogue.nodes()
        type_ = nodes.get(request.path_params["name"])
        if type_ is None or not self._shows(identity, type_):
            return answer({})
        own = _OwnFiles(files=self.files, identity=identity)
        return answer({type_.name: await own.in_place_of_the_engines(document[type_.name], type_)})

    def _shows(self, identity: Identity, type_: NodeType) -> bool:
        return type_.name in _FOR_THE_PAGE or self.allows(identity.account.role, type_)


class _OwnFiles:
    """The files of one account, read once for one answer."""

    def __init__(self, *, files: Files, identity: Identity) -> None:
        self._files = files
        self._account_id = identity.account.id
        self._names: dict[tuple[Area, str], list[str]] = {}

    async def in_place_of_the_engines(self, declaration: Mapping[str, Any], type_: NodeType) -> Any:
        """Return a declaration whose choices of files are the account's own."""
        groups = declaration.get("input")
        uploads = [each for each in type_.inputs.values() if each.upload is not None]
        if not uploads or not isinstance(groups, Mapping):
            return declaration
        changed = {
            group: dict(inputs) if isinstance(inputs, Mapping) else inputs for group, inputs in groups.items()
        }
        for each in uploads:
            for inputs in changed.values():
                config = inputs.get(each.name) if isinstance(inputs, dict) else None
                if isinstance(config, list) and config:
                    inputs[each.name] = with_choices(config, await self._choices(each))
        return {**declaration, "input": changed}

    async def _choices(self, type_: InputType) -> list[str]:
        area = Area.OUTPUT if type_.upload_folder == "output" else Area.INPUT
        kind = "" if type_.upload == "file" else f"{type_.upload}/"
        key = area, kind
        if key not in self._names:
            files = await self._files.list(self._account_id, area, subfolder="")
            self._names[key] = [each.filename for each in files if each.media_type.startswith(kind)]
        return self._names[key]
