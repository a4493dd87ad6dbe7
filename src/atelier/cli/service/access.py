"""Reaches the API of a service: over the network, or in this process while the service is stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from atelier.errors import AnswerUnusable, RequestRefused, UsageError

if TYPE_CHECKING:
    from atelier.client.protocol import Transport
    from atelier.gateway.api.in_process import InProcess

API = "/atelier/api"

#: Seconds for a call; an import of thousands of accounts takes some.
_PATIENCE = 120.0
#: Bytes of an answer that is no archive.
_LARGEST = 64 * 2**20


@dataclass(frozen=True, kw_only=True)
class Access:
    """Which service to reach, as the options say."""

    server: str | None
    token: str | None
    offline: bool = False
    config: Path | None = None

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Api]:
        """Give the service's API.

        Raises:
            UsageError: the options name no service, or two.
            ConfigInvalid, DatabaseInUse, DatabaseNewer, DatabaseUnusable: with `offline`.
        """
        if self.offline:
            from atelier.gateway.api.in_process import stopped_service
            from atelier.gateway.config_file import read_config

            config = read_config(self.config)
            if not config.database_file.exists():
                raise UsageError(
                    f"There is no database {config.database_file}: start the service once, or name its "
                    "configuration with --config."
                )
            async with stopped_service(config) as api:
                yield _Offline(api)
            return
        if self.server is None:
            raise UsageError(
                "Name the gateway with --server or ATELIER_SERVER, or use --offline while it is stopped."
            )
        from atelier.client.protocol import Transport

        async with Transport(
            self.server, token=self.token, request_timeout=_PATIENCE, answer_limit=_LARGEST
        ) as transport:
            yield _Online(transport)


class Api(Protocol):
    """What the commands call."""

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: object = None,
        content: bytes | None = None,
    ) -> Any:
        """Return the document that a route answers.

        Raises:
            RequestRefused: with the service's own words.
            ClientError: it does not answer.
        """

    async def save(self, path: str, target: Path) -> int:
        """Write the archive that a route answers to a new file of mode 600; return its bytes."""


class _Online:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: object = None,
        content: bytes | None = None,
    ) -> Any:
        answer = await self._transport.request(
            method,
            API + path,
            params=params,
            document=document,
            content=content,
            accept=frozenset(range(400, 500)),
        )
        if answer.status >= 400:
            from atelier.client._refusals import refusal

            told = _told(answer.body)
            problem = refusal(answer, self._transport.token)
            if told is None or problem is None:
                raise problem or AnswerUnusable(f"{answer.where} answered {answer.status}.")
            raise type(problem)(told) if isinstance(problem, RequestRefused) else problem
        return self._transport.json_of(answer)

    async def save(self, path: str, target: Path) -> int:
        from atelier.cli.service.secret_files import new_file

        size = 0
        with new_file(target) as file:
            async for piece in self._transport.stream(API + path, seconds=3600.0, limit=2**40):
                file.write(piece)
                size += len(piece)
        return size


class _Offline:
    def __init__(self, api: InProcess) -> None:
        self._api = api

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        document: object = None,
        content: bytes | None = None,
    ) -> Any:
        import json

        body = content if document is None else json.dumps(document).encode()
        answer = await self._api.request(method, API + path, params=params, content=body or b"")
        if answer.status >= 400:
            raise RequestRefused(_told(answer.body) or f"The service answered {answer.status}.")
        return json.loads(answer.body)

    async def save(self, path: str, target: Path) -> int:
        from atelier.cli.service.secret_files import new_file

        answer = await self._api.request("GET", API + path)
        if answer.status >= 400:
            raise RequestRefused(_told(answer.body) or f"The service answered {answer.status}.")
        with new_file(target) as file:
            file.write(answer.body)
        return len(answer.body)


def part(name: str) -> str:
    """Return a name as a part of a path."""
    return quote(name, safe="")


def _told(body: bytes) -> str | None:
    """Return the service's own words for an error."""
    import json

    try:
        message = json.loads(body)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return None
    return message if isinstance(message, str) else None
