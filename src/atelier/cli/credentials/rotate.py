"""`atelier credentials rotate`: a new value in the store and in every copy, and no request refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.credentials import arguments
from atelier.cli.reporter import Reporter
from atelier.cli.service import arguments as service

if TYPE_CHECKING:
    from atelier.cli.service.access import Access
    from atelier.credentials.store import Store


def rotate(
    name: arguments.Name,
    overlap_minutes: Annotated[
        float,
        typer.Option(
            min=0,
            help="Minutes for which a gateway's tokens of before still work; with 0, "
            "requests that still come with them are refused.",
        ),
    ] = 24 * 60,
    by: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The secret that holds the token of an admin, who rotates a gateway's token."
        ),
    ] = "admin-token",
    server: service.Gateway = None,
    offline: service.Offline = False,
    config: service.ConfigFile = None,
    store: arguments.StoreFolder = arguments.DEFAULT_STORE,
    json_lines: options.Json = False,
) -> None:
    """Make a secret anew, and write every copy of it.

    A gateway's token is issued by the gateway, which takes the one of before for a while; a password is made
    here. Somebody else's key is made there, and kept with `atelier credentials set`.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.credentials.telling import tell_changes
        from atelier.cli.service.access import Access
        from atelier.credentials.kind import Kind
        from atelier.credentials.making import new_value
        from atelier.credentials.store import Store
        from atelier.credentials.sync import sync

        opened = Store.open(store)
        with opened.held():
            entry = opened.entry(name)
            _refuse_if_copies_cannot_follow(opened, name)
            if entry.kind is Kind.GATEWAY:
                token = None if offline else opened.get(by).get_secret_value()
                access = Access(server=server, token=token, offline=offline, config=config)
                told = await _rotate_at_gateway(opened, name, access, overlap_minutes)
            else:
                opened.put(name, new_value(name, entry.kind))
                told = f"{name} is new: what reads it takes the one of before until it is restarted."
            reporter.result("rotated", told, name=name, kind=entry.kind.value)
            tell_changes(reporter, sync(opened))
        if entry.kind is Kind.GATEWAY and not offline:
            await _prove(opened, name, server)

    run_command(work, json_lines=json_lines)


def _refuse_if_copies_cannot_follow(store: Store, name: str) -> None:
    """Return if every copy can be written.

    Raises:
        CopiesDrifted: one of them cannot; then nothing was changed.
    """
    from atelier.credentials.copies import read_copies
    from atelier.credentials.sync import hindrance
    from atelier.errors import CopiesDrifted

    contents = store.contents()
    concerned = {name} | {each for each, entry in contents.secrets.items() if entry.hash_of == name}
    for copy in read_copies(store):
        failure = hindrance(store, copy, contents) if concerned & set(copy.names) else None
        if failure is not None:
            raise CopiesDrifted(f"{name} is not rotated, for {copy.file} could not follow: {failure}")


async def _rotate_at_gateway(store: Store, name: str, access: Access, overlap_minutes: float) -> str:
    import time

    from atelier.cli.service.access import part
    from atelier.credentials.judging import day
    from atelier.errors import ClientError, CredentialsError, RequestRefused, ServerUnreachable

    account = store.entry(name).account
    until = time.time() + 60 * overlap_minutes
    async with access.opened() as api:
        # Should this program end before the new token is kept, `check` says so.
        store.note_rotation(name, until)
        try:
            answer = await api.call(
                "POST",
                f"/accounts/{part(str(account))}/tokens/rotate",
                document={"overlap_minutes": overlap_minutes},
            )
        except RequestRefused:
            store.note_rotation(name, None)
            raise
        except ClientError as error:
            if isinstance(error, ServerUnreachable) and not error.sent:
                store.note_rotation(name, None)
            raise
    try:
        store.put(name, answer["token"])
    except CredentialsError as error:
        raise CredentialsError(
            f"The gateway issued a new {name}, which could not be kept and is lost: {error} The one of "
            f"before ends at {day(until)}: rotate again until then."
        ) from error
    return f"{name} is new; the tokens that {account} had before end at {day(until)}."


async def _prove(store: Store, name: str, server: str | None) -> None:
    """Return if the gateway takes the new token; raises as a client does."""
    from atelier.cli.service.access import Access

    token = store.get(name).get_secret_value()
    async with Access(server=server, token=token).opened() as api:
        await api.call("GET", "/me")
