"""Where model files come from: the net, or a folder of files."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from atelier.deploy.models.content import copy
from atelier.deploy.models.elsewhere import Elsewhere
from atelier.deploy.models.events import Tell
from atelier.deploy.models.hub import Hub
from atelier.deploy.models.offer import Offer
from atelier.deploy.models.part import Part
from atelier.deploy.models.patience import WORTH_ANOTHER_TRY, Patience, Tries, seconds_of
from atelier.deploy.models.wanted import DirectUrl, HubFile, Wanted
from atelier.errors import DownloadFailed, DownloadRefused, ModelFileDamaged, ModelFileMissing

if TYPE_CHECKING:
    import aiohttp


class Source(Protocol):
    """Looks files up, and brings them."""

    async def look_up(self, wanted: Wanted, tell: Tell) -> Offer:
        """Return what there is for a file; raises DeployError where there is nothing."""

    async def bring(self, offer: Offer, part: Part, tell: Tell) -> str:
        """Bring a file into its part and return its SHA-256; raises DeployError where that fails."""


class Net:
    """The hub, or a mirror of it, and other servers."""

    def __init__(self, session: aiohttp.ClientSession, hub: Hub, patience: Patience) -> None:
        self._session, self._hub, self._patience = session, hub, patience

    @classmethod
    @asynccontextmanager
    async def opened(cls, hub: Hub, patience: Patience) -> AsyncIterator[Net]:
        """Give the net, with connections that are closed at the end."""
        from atelier.deploy.models.connection import connected

        async with connected() as session:
            yield cls(session, hub, patience)

    async def look_up(self, wanted: Wanted, tell: Tell) -> Offer:
        if isinstance(wanted.source, HubFile):
            return await self._hub.look_up(wanted, wanted.source, tell)
        if isinstance(wanted.source, DirectUrl):
            return await self._ask(wanted, wanted.source, tell)
        raise ModelFileMissing(f"{wanted.key} comes with Atelier, and can be had nowhere else.")

    async def bring(self, offer: Offer, part: Part, tell: Tell) -> str:
        from atelier.deploy.models.download import download

        return await download(offer, part, session=self._session, patience=self._patience, tell=tell)

    async def _ask(self, wanted: Wanted, source: DirectUrl, tell: Tell) -> Offer:
        """Ask a server for the length alone; some refuse the question, and are asked for the file later."""
        import aiohttp

        from atelier.deploy.models.connection import Introduction, address_of

        tries = Tries(self._patience, wanted.key, tell)
        limits = aiohttp.ClientTimeout(
            total=None, connect=self._patience.connect, sock_read=self._patience.question
        )
        while True:
            retry_after = None
            try:
                address = address_of(source.address)
                async with self._session.head(
                    address,
                    allow_redirects=True,
                    timeout=limits,
                    middlewares=(Introduction(address, None),),
                ) as answer:
                    if answer.status in (404, 410):
                        raise DownloadRefused(
                            f"{source.shown} answers {answer.status}: no such file. Check the address."
                        )
                    if answer.status not in WORTH_ANOTHER_TRY:
                        # Read from the header: the body of an answer to HEAD is always empty.
                        length = answer.headers.get("Content-Length", "") if answer.status == 200 else ""
                        return self._offer(wanted, source, int(length) if length.isdecimal() else None)
                    reason = f"{source.shown} answers {answer.status}"
                    retry_after = seconds_of(answer.headers.get("Retry-After"))
            except (aiohttp.InvalidURL, aiohttp.TooManyRedirects, aiohttp.ClientSSLError) as error:
                raise DownloadFailed(f"{source.shown} cannot be asked: {error}.") from error
            except (aiohttp.ClientError, TimeoutError) as error:
                reason = f"{source.shown} cannot be reached ({error or type(error).__name__})"
            await tries.again(reason, retry_after=retry_after)

    def _offer(self, wanted: Wanted, source: DirectUrl, size: int | None) -> Offer:
        if wanted.size is not None and size is not None and wanted.size != size:
            raise ModelFileDamaged(
                f"{source.shown} has {size:,} bytes for {wanted.key}, which is known with {wanted.size:,}. "
                "Nothing was fetched."
            )
        return Offer(
            wanted=wanted,
            place=source.address,
            origin=source.shown,
            # A server that names a wrong length for the question is not held to it.
            size=wanted.size or size,
            sha256=wanted.sha256,
            sha256_from=wanted.sha256_from if wanted.sha256 else "content",
        )


class OfflineFolder:
    """A folder with files that were fetched on another machine."""

    def __init__(self, folder: Path, elsewhere: Elsewhere) -> None:
        self._folder, self._elsewhere = folder, elsewhere

    @classmethod
    def of(cls, folder: Path, wanted: Sequence[Wanted], *, without: Path) -> OfflineFolder:
        """Search a folder for files; raises UsageError where there is no such folder."""
        names = [name for each in wanted for name in each.base_names]
        return cls(folder, Elsewhere.search((folder,), names, without=without))

    async def look_up(self, wanted: Wanted, tell: Tell) -> Offer:
        match, others = await self._elsewhere.match(wanted, tell)
        if match is None:
            near = "".join(f" {each.path} {each.reason}." for each in others)
            from_where = wanted.source.url() if isinstance(wanted.source, HubFile) else ""
            raise ModelFileMissing(
                f"{self._folder} has no {wanted.key}.{near}"
                + (f" It can be had from {from_where}" if from_where else "")
            )
        return Offer(
            wanted=wanted,
            place=match.path,
            origin=match.path.name,
            size=match.size,
            sha256=match.sha256,
            sha256_from=wanted.sha256_from if wanted.sha256 else "content",
        )

    async def bring(self, offer: Offer, part: Part, tell: Tell) -> str:
        return await copy(offer, part, tell)
