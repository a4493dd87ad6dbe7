"""`/view`: the account's own pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from atelier.errors import BodyTooLarge
from atelier.gateway.comfyui.routing import ComfyUIRoute, get
from atelier.gateway.file_answers import passive_headers, picture_answer
from atelier.gateway.file_names import annotated, folder, place
from atelier.gateway.identity import Identity
from atelier.gateway.pictures import MAX_BYTES, Pictures
from atelier.storage.account import Role
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.contract import Files


@dataclass(frozen=True, kw_only=True)
class Views:
    """Shows files; everybody else's are as absent as those that never were."""

    files: Files
    artifacts: ArtifactStore
    pictures: Pictures
    #: Whether accounts of a role get pictures with the workflow that made them.
    with_workflow: Callable[[Role], bool]

    def routes(self) -> list[ComfyUIRoute]:
        return [get("/view", "files:read", self.view)]

    async def view(self, request: Request, identity: Identity) -> Response:
        """Return a file, one of its channels (`channel=rgb|a`), or a preview (`preview=webp;90`)."""
        query = request.query_params
        if "filename" not in query:
            raise HTTPException(404)
        path, type_ = annotated(query["filename"], query.get("type", "output"))
        area = folder(type_)
        # As with ComfyUI, of a name with folders only the last part counts.
        place(path)
        subfolder, name = place(f"{query.get('subfolder', '')}/{path.rpartition('/')[2]}".removeprefix("/"))
        file = await self.files.get(identity.account.id, area, subfolder, name)
        if file is None:
            raise HTTPException(404)
        channel, preview = query.get("channel", ""), query.get("preview")
        if preview is None and channel not in ("rgb", "a"):
            kept = self.with_workflow(identity.account.role)
            return await picture_answer(request, file, self.artifacts, with_workflow=kept)
        if file.artifact.size > MAX_BYTES:
            raise BodyTooLarge(f"Files of more than {MAX_BYTES} bytes are shown as they are only.")
        content = await self.artifacts.bytes_of(file.artifact.digest)
        derived, media_type = await self.pictures.derived(content, preview=preview, channel=channel)
        return Response(derived, headers=dict(passive_headers(name, media_type)))
