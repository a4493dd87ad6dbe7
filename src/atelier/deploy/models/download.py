"""Downloads a file over HTTP into its part, and goes on where an earlier attempt ended.

huggingface_hub 2.4 fetches into a file of a random name that it removes when it ends, so that an interrupted
download of 20 GB begins again, and it compares no checksum afterwards. Hence the bytes come this way for the
hub's files and for others alike; the hub's metadata come through huggingface_hub (hub.py).

Ranges as RFC 9110, section 14 has them, conditions as in section 13.1.5.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import aiohttp

from atelier.deploy.models.connection import Introduction, address_of
from atelier.deploy.models.events import Meter, StartedOver, Tell
from atelier.deploy.models.part import Identity, Part
from atelier.deploy.models.patience import WORTH_ANOTHER_TRY, Patience, Tries, seconds_of
from atelier.errors import DownloadFailed, DownloadRefused, ModelFileDamaged

if TYPE_CHECKING:
    from atelier.deploy.models.offer import Offer

_CONTENT_RANGE = re.compile(r"bytes (?:(\d+)-(\d+)|\*)/(\d+|\*)")


class _Cut(Exception):
    """A transfer ended before its end, and another try may bring the rest."""

    def __init__(self, reason: str, *, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


async def download(
    offer: Offer, part: Part, *, session: aiohttp.ClientSession, patience: Patience, tell: Tell
) -> str:
    """Bring a file into its part, compare its checksum, and return the SHA-256.

    A part that was pieced together and has a wrong checksum is fetched once more from its beginning: the
    server may have changed the file in between. What has come stays when this is interrupted or fails,
    unless the checksum is wrong.

    Args:
        session: As `connected` gives it.

    Raises:
        DownloadFailed: the tries are used up, or the answers cannot be used.
        DownloadRefused: the server does not give the file.
        ModelFileDamaged: the server has other bytes than it should; nothing of them is kept.
        DiskTooSmall, DeployError: it cannot be written.
    """
    meter = Meter(tell, offer.key, "fetching", offer.size)
    transfer = _Transfer(offer, part, session=session, patience=patience, tell=tell, meter=meter)
    await part.open(transfer.identity(None), Meter(tell, offer.key, "checking", part.waiting))
    if offer.size is not None and part.size > offer.size:
        transfer.start_over("what lies there is longer than the file")
    await transfer.bring()
    if offer.sha256 not in (None, part.digest()) and part.pieced:
        transfer.start_over("the pieces do not have the file's checksum together")
        await transfer.bring()
    digest = part.digest()
    if offer.sha256 not in (None, digest):
        part.drop()
        raise ModelFileDamaged(
            f"{offer.origin} gives other bytes for {offer.key}: SHA-256 {digest} instead of {offer.sha256}. "
            "Nothing of them was kept. Try again, or another source with --mirror."
        )
    return digest


class _Transfer:
    def __init__(
        self,
        offer: Offer,
        part: Part,
        *,
        session: aiohttp.ClientSession,
        patience: Patience,
        tell: Tell,
        meter: Meter,
    ) -> None:
        self._offer, self._part, self._session, self._patience = offer, part, session, patience
        self._tell, self._meter = tell, meter
        self._tries = Tries(patience, offer.key, tell)
        self._total = offer.size

    def identity(self, etag: str | None) -> Identity:
        return Identity(address=str(self._offer.place), sha256=self._offer.sha256, etag=etag)

    def start_over(self, reason: str, etag: str | None = None) -> None:
        if self._part.size:
            self._tell(StartedOver(key=self._offer.key, reason=reason))
        self._part.begin(self.identity(etag))

    async def bring(self) -> None:
        """Bring every byte that is not there yet."""
        while self._offer.size is None or self._part.size != self._offer.size:
            try:
                await self._connect()
                return
            except _Cut as cut:
                reason, retry_after = cut.reason, cut.retry_after
            except aiohttp.ClientSSLError as error:
                raise DownloadFailed(
                    f"{self._offer.origin}: no trusted connection ({error}). Check this machine's clock "
                    "and certificates, and whether a proxy of the network stands in between."
                ) from error
            except (aiohttp.InvalidURL, aiohttp.TooManyRedirects) as error:
                raise DownloadFailed(f"{self._offer.origin} leads nowhere: {error}.") from error
            except (aiohttp.ClientError, TimeoutError) as error:
                reason, retry_after = _told(error, self._patience), None
            if not self._resumable():
                self.start_over("the server gives nothing by which a rest could be recognised")
            await self._tries.again(reason, reached=self._part.size, retry_after=retry_after)

    def _resumable(self) -> bool:
        return self._offer.sha256 is not None or self._part.etag is not None

    async def _connect(self) -> None:
        limits = aiohttp.ClientTimeout(
            total=None, connect=self._patience.connect, sock_read=self._patience.silence
        )
        start = self._part.size
        headers = {}
        if start:
            headers["Range"] = f"bytes={start}-"
            # With a checksum at hand the bytes prove themselves, whatever tag this server gives them.
            if self._offer.sha256 is None and self._part.etag is not None:
                headers["If-Range"] = self._part.etag
        address = address_of(str(self._offer.place))
        introduction = Introduction(address, self._offer.authorization)
        async with self._session.get(
            address, headers=headers, timeout=limits, middlewares=(introduction,)
        ) as answer:
            self._refuse_downgrade(answer)
            self._refuse(answer)
            if answer.status == 416:
                self._beyond(answer)
                return
            self._begin(answer, start)
            await self._read(answer)

    def _refuse_downgrade(self, answer: aiohttp.ClientResponse) -> None:
        secure = str(self._offer.place).startswith("https://")
        if secure and any(each.scheme != "https" for each in (answer.url, *(h.url for h in answer.history))):
            raise DownloadFailed(
                f"{self._offer.origin} leads from https to plain http, which is not followed."
            )

    def _refuse(self, answer: aiohttp.ClientResponse) -> None:
        """Raise for every status but those that bring bytes, or say that there are none beyond these."""
        status, origin = answer.status, self._offer.origin
        if status in (200, 206, 416):
            if answer.headers.get("Content-Encoding", "identity") != "identity":
                raise DownloadFailed(f"{origin} sends the file compressed although it was told not to.")
            return
        if status in WORTH_ANOTHER_TRY:
            retry_after = seconds_of(answer.headers.get("Retry-After"))
            raise _Cut(f"{origin} answers {status}", retry_after=retry_after)
        if status in (401, 403):
            raise DownloadRefused(
                f"{origin} answers {status}: it wants a token that may read this file, or the licence is yet "
                "to be accepted on its page."
            )
        if status in (404, 410):
            raise DownloadRefused(f"{origin} answers {status}: there is no such file. Check the address.")
        raise DownloadFailed(
            f"{origin} answers {status}, which brings no file: ask later, or another source with --mirror."
        )

    def _beyond(self, answer: aiohttp.ClientResponse) -> None:
        """Take 416 for the end where the part has the server's length, and start over where it has not."""
        _, total = _content_range(answer)
        if total is not None and total == self._part.size and self._offer.size in (None, total):
            return
        size = self._part.size
        self.start_over(f"the server has no bytes after {size:,}")
        raise _Cut(f"{self._offer.origin} answers 416 after {size:,} bytes")

    def _begin(self, answer: aiohttp.ClientResponse, start: int) -> None:
        """Bring the part to where this answer's bytes go on."""
        etag = _strong(answer.headers.get("ETag"))
        if answer.status == 206:
            first, total = _content_range(answer)
            if first != start:
                self.start_over("the server sends another range than it was asked for")
                raise _Cut(f"{self._offer.origin} sends another range than it was asked for")
            if self._offer.sha256 is None and etag != self._part.etag:
                self.start_over("the server's file has changed")
                raise _Cut(f"{self._offer.origin} has another file now")
            self._expect(answer, total)
            self._part.pieced = True
            return
        self._expect(answer, answer.content_length)
        self.start_over("the server sends the file from its beginning", etag)
        if self._part.etag != etag:
            self._part.begin(self.identity(etag))

    def _expect(self, answer: aiohttp.ClientResponse, total: int | None) -> None:
        wanted = self._offer.size
        if wanted is not None and total is not None and total != wanted:
            raise ModelFileDamaged(
                f"{self._offer.origin} would send {total:,} bytes of {answer.content_type} for "
                f"{self._offer.key}, which has {wanted:,}: another file, or a sign-in page of the network."
            )
        if total is None and wanted is None and self._offer.sha256 is None and not _chunked(answer):
            raise DownloadFailed(
                f"{self._offer.origin} names no length, so that a cut could not be told from the end: give "
                "the checksum with --sha256."
            )
        self._total = self._meter.total = total if wanted is None else wanted

    async def _read(self, answer: aiohttp.ClientResponse) -> None:
        async for piece in answer.content.iter_any():
            if self._total is not None and self._part.size + len(piece) > self._total:
                self._part.drop()
                raise ModelFileDamaged(
                    f"{self._offer.origin} sends more than the {self._total:,} bytes of {self._offer.key}. "
                    "Nothing of them was kept."
                )
            self._part.write(piece)
            self._meter.at(self._part.size)
        if self._total is not None and self._part.size < self._total:
            raise _Cut(f"{self._offer.origin} ended after {self._part.size:,} of {self._total:,} bytes")


def _content_range(answer: aiohttp.ClientResponse) -> tuple[int | None, int | None]:
    """Return the first byte and the whole length that Content-Range names."""
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", "").strip())
    if found is None:
        return None, None
    first, _, total = found.groups()
    return None if first is None else int(first), None if total == "*" else int(total)


def _strong(etag: str | None) -> str | None:
    """Return a validator that stands for the very bytes; None for a weak one (RFC 9110, section 8.8.1)."""
    return etag if etag is not None and etag.startswith('"') else None


def _chunked(answer: aiohttp.ClientResponse) -> bool:
    return "chunked" in answer.headers.get("Transfer-Encoding", "").lower()


def _told(error: Exception, patience: Patience) -> str:
    if isinstance(error, TimeoutError):
        return f"nothing came for {patience.silence:g} s"
    return f"the connection broke ({error or type(error).__name__})"
