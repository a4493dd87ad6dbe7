"""Asks the hub, or a mirror of it, what it has for a file: through huggingface_hub.

Never run here: the real hub. The tests speak to a stand-in that answers as huggingface_hub 2.4 reads it.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from atelier.deploy.models.events import Tell
from atelier.deploy.models.offer import Offer
from atelier.deploy.models.patience import WORTH_ANOTHER_TRY, Patience, Tries, seconds_of
from atelier.deploy.models.wanted import HUB, HubFile, Wanted, host_of
from atelier.errors import DownloadFailed, DownloadRefused, ModelFileDamaged, UsageError

if TYPE_CHECKING:
    from huggingface_hub import HfFileMetadata

#: Bytes above which the hub serves no file over plain HTTP (huggingface_hub 2.4, file_download.http_get).
LARGEST = 50 * 10**9

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Hub:
    """One endpoint, and the token of an account on it.

    The token is sent only after a file was refused without it, and only to this endpoint.
    """

    endpoint: str = HUB
    token: str | None = field(default=None, repr=False)
    patience: Patience = field(default_factory=Patience)

    def __post_init__(self) -> None:
        if host_of(self.endpoint) is None:
            raise UsageError(f"{self.endpoint!r} is no address of a hub or a mirror: https://... is.")

    async def look_up(self, wanted: Wanted, source: HubFile, tell: Tell) -> Offer:
        """Return what the hub has for a file.

        Raises:
            UsageError: huggingface_hub is not installed.
            DownloadRefused: the file is not there, or not for this account.
            DownloadFailed: the hub does not answer, or is no hub.
            ModelFileDamaged: the hub has other bytes than are known.
        """
        tries = Tries(self.patience, wanted.key, tell)
        token: str | None = None
        while True:
            answer = await asyncio.to_thread(_ask, source.url(self.endpoint), token, self.patience.question)
            if not isinstance(answer, _Refusal):
                return self._offer(wanted, source, answer, token)
            if answer.wants_token and token is None and self._token_for_use() is not None:
                token = self.token
                continue
            if not answer.worth_another_try:
                raise DownloadRefused(self._told(answer, source, token))
            await tries.again(f"{self.endpoint} {answer.reason}", retry_after=answer.retry_after)

    def _token_for_use(self) -> str | None:
        if self.token is None:
            return None
        secure = self.endpoint.startswith("https://")
        if not secure and host_of(self.endpoint) not in ("127.0.0.1", "::1", "localhost"):
            raise UsageError(
                f"{self.endpoint} wants a token, which is not sent in clear: name the mirror with https://."
            )
        return self.token

    def _offer(self, wanted: Wanted, source: HubFile, found: HfFileMetadata, token: str | None) -> Offer:
        where = source.url(self.endpoint)
        if found.commit_hash is None:
            raise DownloadFailed(
                f"{where} answers as no hub does, without the commit of the file: check --mirror and "
                "HF_ENDPOINT, and whether a proxy of the network stands in between."
            )
        digest = found.etag if found.etag is not None and _SHA256.fullmatch(found.etag) else None
        for what, known, offered in (
            ("SHA-256", wanted.sha256, digest),
            ("bytes", wanted.size, found.size),
        ):
            if known is not None and offered is not None and known != offered:
                raise ModelFileDamaged(
                    f"{where} has another file than the one known as {wanted.key}: {what} {offered} instead "
                    f"of {known}. Nothing was fetched."
                )
        size = found.size if wanted.size is None else wanted.size
        if size is not None and size > LARGEST:
            raise DownloadFailed(
                f"{where} has {size:,} bytes, and the hub serves none above {LARGEST:,} over HTTP: fetch it "
                "with `hf download` and take it with `atelier models link`."
            )
        pinned = replace(source, revision=found.commit_hash)
        return Offer(
            wanted=wanted,
            # The hub's own address, which leads to a freshly signed one at each try.
            place=pinned.url(self.endpoint),
            origin=pinned.url(self.endpoint),
            authorization=None if token is None else f"Bearer {token}",
            revision=found.commit_hash,
            size=size,
            sha256=wanted.sha256 or digest,
            sha256_from=wanted.sha256_from if wanted.sha256 else "hub" if digest else "content",
        )

    def _told(self, answer: _Refusal, source: HubFile, token: str | None) -> str:
        page = f"{HUB}/{source.repository}"
        if answer.status == 404 and not answer.wants_token:
            return f"{source.url(self.endpoint)} answers 404: there is no such file or revision."
        if answer.gated and token is not None:
            return (
                f"{page} is not open to the token's account: sign in there with that account and accept the "
                "licence, or wait until its owners let it in."
            )
        if token is not None:
            return (
                f"{source.url(self.endpoint)} answers {answer.status} to the token: it is wrong or expired, "
                "may not read this repository, or there is no such repository."
            )
        need = (
            "asks for an account that accepted its licence"
            if answer.gated
            else "is gated, private or not there"
        )
        return (
            f"{page} {need}: accept it there, make a token that may read at {HUB}/settings/tokens, and keep "
            "it with `atelier credentials set huggingface-token`, or in the environment variable HF_TOKEN."
        )


@dataclass(frozen=True, kw_only=True)
class _Refusal:
    """Why the hub gave no metadata."""

    reason: str
    status: int | None = None
    gated: bool = False
    wants_token: bool = False
    worth_another_try: bool = False
    retry_after: float | None = None


def _ask(url: str, token: str | None, timeout: float) -> HfFileMetadata | _Refusal:
    try:
        import httpx2
        from huggingface_hub import get_hf_file_metadata
        from huggingface_hub.errors import (
            GatedRepoError,
            HfHubHTTPError,
            OfflineModeIsEnabled,
            RepositoryNotFoundError,
        )
    except ImportError as error:
        raise UsageError(
            "The hub's files need huggingface_hub: pip install 'comfy-atelier[deploy]', or copy them from a "
            "folder with --offline."
        ) from error

    try:
        # Without its own retries, which wait for as long as a server asks them to. False keeps it from
        # sending a token that somebody saved on this machine for other things.
        return get_hf_file_metadata(url, token=token or False, timeout=timeout, library_name="atelier")
    except HfHubHTTPError as error:
        status = error.response.status_code
        return _Refusal(
            reason=f"answers {status}",
            status=status,
            gated=isinstance(error, GatedRepoError),
            wants_token=status in (401, 403) or isinstance(error, RepositoryNotFoundError),
            worth_another_try=status in WORTH_ANOTHER_TRY,
            retry_after=seconds_of(error.response.headers.get("Retry-After")),
        )
    except OfflineModeIsEnabled as error:
        raise UsageError(
            "HF_HUB_OFFLINE is set, and so the hub is not asked: unset it, or use --offline FOLDER."
        ) from error
    except httpx2.TransportError as error:
        return _Refusal(reason=f"cannot be reached ({error or type(error).__name__})", worth_another_try=True)
    except httpx2.HTTPError as error:
        raise DownloadFailed(f"{url} cannot be asked: {error}.") from error
