"""Brings the outputs of one job from its engine into the artifact store, under the account's own names."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from pathlib import PurePosixPath
from typing import Any

from atelier.client.protocol import ImageFile
from atelier.errors import AnswerUnusable, PictureUnreadable, WorkflowFaulty
from atelier.providers.comfyui import ComfyUI
from atelier.schemas.media_types import ENOUGH, sniff
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.contract import Files
from atelier.storage.file import Area, Artifact, OnClash, StoredFile
from atelier.storage.job import Job
from atelier.worker.names import FOLDER, Names
from atelier.workflows.file_inputs import FileReference
from atelier.workflows.picture_metadata import replace_prompt

#: Formats in which ComfyUI writes the workflow into the picture.
_WITH_WORKFLOW = frozenset({"image/png", "image/webp"})

#: Names that have to be pictures, or the engine sent something else.
_PICTURES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".gif"})

#: How ComfyUI numbers what it saves.
_NUMBERED = re.compile(r"(?P<stem>.*_)\d{5,}_(?P<suffix>\.[^.]+)", re.DOTALL)


class Collection:
    """The outputs of one job; each file is brought once, however often it is named.

    What was kept before a crash is found again, so that a job has one set of outputs.

    Args:
        job: The job.
        worker: Who holds it; what is kept is kept only while that is so.
        names: The way from the engine's names to the account's.
    """

    def __init__(
        self,
        job: Job,
        worker: str,
        names: Names,
        *,
        engine: ComfyUI,
        files: Files,
        artifacts: ArtifactStore,
    ) -> None:
        self._job = job
        self._worker = worker
        self._names = names
        self._engine = engine
        self._files = files
        self._artifacts = artifacts
        #: By the engine's name.
        self._kept: dict[ImageFile, StoredFile] = {}
        #: What an earlier attempt kept and this one did not yet; None before it was asked for.
        self._before: list[StoredFile] | None = None

    @property
    def images(self) -> int:
        """Pictures that were kept so far."""
        return sum(each.media_type.startswith("image/") for each in self._kept.values())

    async def output(self, output: Any) -> Any:
        """Keep the files that one node's output names, and return it with the account's names.

        Raises:
            NotFound: the engine has lost a file.
            AnswerUnusable: a file is not what its name says, or belongs to another job.
            ServerUnreachable, DeadlineExceeded, ServerFault: try again.
            StorageFull: the disk is full.
            LeaseLost: the job is another worker's by now.
        """
        if isinstance(output, Mapping):
            file = _file(output)
            if file is not None:
                return await self._entry(output, file)
            return {key: await self.output(value) for key, value in output.items()}
        if isinstance(output, list):
            return [await self.output(each) for each in output]
        return self._names.value(output)

    async def drop_the_rest(self) -> None:
        """Remove what an earlier attempt kept and this one did not make."""
        for file in await self._left():
            await self._files.delete(file.account_id, file.area, file.subfolder, file.filename)
        self._before = []

    async def _entry(self, entry: Mapping[str, Any], file: ImageFile) -> dict[str, Any]:
        rest = {key: self._names.value(value) for key, value in entry.items()}
        if file.type == Area.INPUT:
            return rest | self._input(file)
        kept = self._kept.get(file)
        if kept is None:
            kept = self._kept[file] = await self._keep(file)
        return rest | {"filename": kept.filename, "subfolder": kept.subfolder, "type": str(kept.area)}

    def _input(self, file: ImageFile) -> dict[str, Any]:
        try:
            reference = FileReference.parse(self._names.text(f"{file.subfolder}/{file.filename}"))
        except WorkflowFaulty as error:
            raise AnswerUnusable(f"The engine names an input file that cannot be: {error}") from error
        if _is_foreign(reference.subfolder):
            raise AnswerUnusable("The engine names an input file of another job.")
        return {
            "filename": reference.filename,
            "subfolder": reference.subfolder,
            "type": reference.folder,
        }

    async def _keep(self, file: ImageFile) -> StoredFile:
        subfolder = self._names.saved(file.subfolder)
        if _is_foreign(subfolder) or re.search(r"[/\\]", file.filename):
            raise AnswerUnusable(f"The engine names a file of another job: {file.filename}.")
        artifact, media_type = await self._fetch(file)
        area = Area(file.type)
        numbered = _NUMBERED.fullmatch(file.filename)
        wanted = file.filename if numbered is None else numbered["stem"] + numbered["suffix"]
        left = await self._left()
        for each in left:
            if (each.area, each.subfolder, each.artifact.digest) == (
                area,
                subfolder,
                artifact.digest,
            ) and _unnumbered(each.filename) == _unnumbered(file.filename):
                left.remove(each)
                return each
        return await self._files.put(
            self._job.account_id,
            area,
            subfolder,
            wanted,
            artifact,
            media_type=media_type,
            job_id=self._job.id,
            on_clash=OnClash.RENAME if numbered is None else OnClash.NUMBER,
            worker=self._worker,
        )

    async def _fetch(self, file: ImageFile) -> tuple[Artifact, str]:
        async with aclosing(self._engine.fetch(file)) as pieces:
            head = b""
            async for piece in pieces:
                head += piece
                if len(head) >= ENOUGH:
                    break
            media_type = sniff(head)
            suffix = PurePosixPath(file.filename).suffix.lower()
            if not head or (suffix in _PICTURES and not media_type.startswith("image/")):
                raise AnswerUnusable(f"The engine sent {len(head)} bytes of {media_type} as {file.filename}.")
            if media_type not in _WITH_WORKFLOW:
                return await self._artifacts.put(_joined(head, pieces)), media_type
            picture = head + b"".join([piece async for piece in pieces])
        try:
            picture = await asyncio.to_thread(replace_prompt, picture, dict(self._job.workflow))
        except PictureUnreadable as error:
            raise AnswerUnusable(f"The engine sent a damaged {file.filename}: {error}") from error
        return await self._artifacts.put_bytes(picture), media_type

    async def _left(self) -> list[StoredFile]:
        if self._before is None:
            self._before = list(await self._files.of_job(self._job.id))
        return self._before


def _file(entry: Mapping[str, Any]) -> ImageFile | None:
    file = ImageFile.from_json(entry)
    known = file is not None and "type" in entry and file.type in (Area.INPUT, Area.OUTPUT, Area.TEMP)
    return file if known else None


def _is_foreign(subfolder: str) -> bool:
    """Return whether a sub-folder, in the account's names, is nevertheless one of ours or leads upwards."""
    parts = PurePosixPath(subfolder).parts
    return parts[:1] == (FOLDER,) or ".." in parts


def _unnumbered(filename: str) -> str:
    numbered = _NUMBERED.fullmatch(filename)
    return filename if numbered is None else numbered["stem"] + numbered["suffix"]


async def _joined(head: bytes, pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield head
    async for piece in pieces:
        yield piece
