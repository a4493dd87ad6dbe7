"""Everything that the service keeps of an account: given out as one archive, or deleted."""

from __future__ import annotations

import asyncio
import json
import tempfile
import zipfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import IO, Any

from atelier.errors import ArtifactUnusable
from atelier.gateway.retention import forget_jobs
from atelier.storage.account import Account
from atelier.storage.artifacts import ArtifactStore
from atelier.storage.contract import Storage
from atelier.storage.file import Area, StoredFile
from atelier.storage.job import Job

#: Jobs that are read from the database at once.
_PAGE = 200
#: Bytes of an archive that are held in memory; more goes to a temporary file.
_IN_MEMORY = 8 * 2**20
_PIECE = 2**18
#: Further than any clock: every job that has ended.
_EVER = float(2**53)


@dataclass(frozen=True, kw_only=True)
class Deleted:
    """What was deleted of an account's."""

    files: int
    jobs: int


class OwnData:
    """Gives out and deletes what belongs to an account."""

    def __init__(self, storage: Storage, artifacts: ArtifactStore) -> None:
        self._storage = storage
        self._artifacts = artifacts

    async def export(self, account: Account) -> AsyncIterator[bytes]:
        """Yield a ZIP archive: documents about account, jobs, use and settings, and the files by area.

        Raises:
            ArtifactUnusable: a file's content cannot be read.
        """
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
            with zipfile.ZipFile(spool, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
                for name, document in (await self._documents(account)).items():
                    text = json.dumps(document, ensure_ascii=False, indent=2)
                    await asyncio.to_thread(archive.writestr, f"{name}.json", text)
                for area in Area:
                    for file in await self._storage.files.list(account.id, area):
                        await self._add(archive, file)
            spool.seek(0)
            while piece := await asyncio.to_thread(spool.read, _PIECE):
                yield piece

    async def delete(self, account: Account) -> Deleted:
        """Delete an account's files and jobs, those that run aside; what it used stays counted."""
        await self._storage.jobs.cancel_waiting(account.id)
        files = 0
        for area in Area:
            for file in await self._storage.files.list(account.id, area):
                files += await self._storage.files.delete(account.id, area, file.subfolder, file.filename)
        jobs = await forget_jobs(self._storage, before=_EVER, account_id=account.id)
        return Deleted(files=files, jobs=jobs)

    async def _documents(self, account: Account) -> Mapping[str, Any]:
        jobs = [each async for each in self._jobs(account)]
        return {
            "account": {
                "name": account.name,
                "role": account.role,
                "class": account.group,
                "weight": account.weight,
                "limits": asdict(account.limits),
                "created": moment(account.created_at),
                "expires": moment(account.expires_at),
            },
            "jobs": [
                job_document(each) | {"workflow": each.workflow, "outputs": each.outputs} for each in jobs
            ],
            "usage": [asdict(each) for each in await self._storage.usage.of(since="", account_id=account.id)],
            "settings": await self._storage.settings.all(account.id),
        }

    async def _jobs(self, account: Account) -> AsyncIterator[Job]:
        offset = 0
        while True:
            page = await self._storage.jobs.list(account.id, limit=_PAGE, offset=offset, hidden=True)
            for each in page:
                yield each
            if len(page) < _PAGE:
                return
            offset += _PAGE

    async def _add(self, archive: zipfile.ZipFile, file: StoredFile) -> None:
        folder = f"{file.area}/{file.subfolder}/" if file.subfolder else f"{file.area}/"
        entry = zipfile.ZipInfo(
            folder + file.filename, date_time=datetime.fromtimestamp(file.created_at, UTC).timetuple()[:6]
        )
        # Pictures are compressed already.
        entry.compress_type = zipfile.ZIP_STORED
        entry.external_attr = 0o600 << 16
        source = self._artifacts.path(file.artifact.digest)

        def copy() -> None:
            try:
                with source.open("rb") as content, archive.open(entry, "w", force_zip64=True) as target:
                    _copy(content, target)
            except FileNotFoundError as error:
                raise ArtifactUnusable(f"The content of {file.filename} is missing.") from error

        await asyncio.to_thread(copy)


def _copy(source: IO[bytes], target: IO[bytes]) -> None:
    while piece := source.read(_PIECE):
        target.write(piece)


def job_document(job: Job) -> dict[str, Any]:
    """Return what may be told of a job to whoever sees it in a list."""
    return {
        "id": job.public_id,
        "state": job.state,
        "images": job.images,
        "attempts": job.attempt,
        "engine": job.engine,
        "created": moment(job.created_at),
        "started": moment(job.started_at),
        "ended": moment(job.ended_at),
        "engine_seconds": job.engine_seconds,
        "failure": job.failure,
    }


def moment(seconds: float | None) -> str | None:
    """Return a time as ISO 8601 in UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
