"""`atelier tokens`: keys to accounts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from atelier.cli import options
from atelier.cli.reporter import Reporter
from atelier.cli.service import arguments
from atelier.cli.service.access import Access, Api, part
from atelier.cli.service.running import confirmed, run_with_api

Name = Annotated[str, typer.Argument(help="Name of the account.")]
Out = Annotated[
    Path | None,
    typer.Option(metavar="OUT", help="Write it into this new .env file instead of printing it."),
]
Url = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The gateway as its users reach it. Default: that of --server."),
]

_COLUMNS = {
    "id": "ID",
    "account": "ACCOUNT",
    "hint": "ENDS IN",
    "created": "CREATED",
    "expires": "EXPIRES",
    "revoked": "REVOKED",
    "last_used": "LAST USED",
}


def listing(
    account: Annotated[str | None, typer.Option(metavar="NAME", help="Of this account alone.")] = None,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """List tokens by their last characters; nobody can see more of them again."""

    async def work(api: Api, reporter: Reporter) -> None:
        from atelier.cli.service.table import table

        params = {} if account is None else {"account": account}
        found = [each for each in await api.call("GET", "/tokens", params=params) if each["kind"] == "bearer"]
        reporter.result("tokens", table(found, _COLUMNS, empty="There are no tokens."), tokens=found)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def issue(
    name: Name,
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE", help="All that it may do; may be repeated. Default: what the role may."
        ),
    ] = None,
    expires: arguments.Expires = None,
    out: Out = None,
    url: Url = None,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Issue a further token to an account; it is shown this once."""
    document = {"scopes": scope or None, "expires": None if expires in (None, "never") else expires}
    _give(
        Access(server=server, token=token, offline=offline, config=config),
        f"/accounts/{part(name)}/tokens",
        document,
        out,
        url,
        json_lines,
    )


def reissue(
    name: Name,
    out: Out = None,
    url: Url = None,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Issue a token in the place of a lost one; all others of the account end at once."""
    access = Access(server=server, token=token, offline=offline, config=config)
    _give(access, f"/accounts/{part(name)}/tokens/reissue", {}, out, url, json_lines)


def rotate(
    name: Name,
    overlap_minutes: Annotated[
        float, typer.Option(min=0, help="Minutes for which the tokens of before still work.")
    ] = 24 * 60,
    out: Out = None,
    url: Url = None,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Issue a token in the place of all others of an account, which still work for a while."""
    access = Access(server=server, token=token, offline=offline, config=config)
    document = {"overlap_minutes": overlap_minutes}
    _give(access, f"/accounts/{part(name)}/tokens/rotate", document, out, url, json_lines)


def revoke(
    token_id: Annotated[str, typer.Argument(help="The token's id, as `atelier tokens list` shows it.")],
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """End a token, and the browsers' sessions that came from it."""

    async def work(api: Api, reporter: Reporter) -> None:
        await api.call("DELETE", f"/tokens/{part(token_id)}")
        reporter.result("revoked", f"Revoked {token_id}.", id=token_id)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def export(
    out: Annotated[
        Path, typer.Option(metavar="OUT", help="A new .csv file, or a directory for .env files; mode 600.")
    ],
    group: arguments.Class = None,
    again: Annotated[
        bool, typer.Option("--again", help="Give everybody of the class a new token; all others end at once.")
    ] = False,
    yes: arguments.Yes = False,
    url: Url = None,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Issue tokens to those who have none, in bulk: this once, into files."""
    if again:
        if group is None:
            raise typer.BadParameter("it ends the tokens of a whole class: name it with --class.")
        confirmed(f"End all tokens of {group} and issue new ones?", yes)

    async def work(api: Api, reporter: Reporter) -> None:
        from atelier.cli.service.secret_files import TokenFiles

        address = address_for(url, server)
        files = TokenFiles(out)
        params = {} if group is None else {"class": group}
        if again:
            accounts = await api.call("GET", "/accounts", params=params)
            secrets = [
                await api.call("POST", f"/accounts/{part(each['name'])}/tokens/reissue")
                for each in accounts
                if each["role"] == "student"
            ]
        else:
            secrets = await api.call("POST", "/tokens/missing", params=params)
        tell_files(reporter, files.write(secrets, address), len(secrets))

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def address_for(url: str | None, server: str | None) -> str:
    """Return the gateway's address that goes into files.

    Raises:
        UsageError: nobody says it.
    """
    from atelier.errors import UsageError

    address = url or server
    if address is None:
        raise UsageError(
            "Say with --url at which address the users reach the gateway: it goes into the files."
        )
    return address.rstrip("/")


def tell_files(reporter: Reporter, files: Sequence[Path], count: int) -> None:
    """Tell where tokens were written; the tokens themselves are not told."""
    text = "\n".join(map(str, files)) if files else "Everybody has a token."
    reporter.result("tokens", text, files=[str(each.absolute()) for each in files], count=count)


def _give(
    access: Access, path: str, document: dict[str, Any], out: Path | None, url: str | None, json_lines: bool
) -> None:
    async def work(api: Api, reporter: Reporter) -> None:
        from atelier.cli.service.secret_files import TokenFiles
        from atelier.errors import UsageError

        if out is not None and not (out.suffix.lower() == ".env" or out.name == ".env"):
            raise UsageError(f"A token is written to a file that ends in .env, which {out} does not.")
        address = address_for(url, access.server) if out is not None else ""
        files = TokenFiles(out) if out is not None else None
        secret = await api.call("POST", path, document=document)
        if files is not None:
            tell_files(reporter, files.write([secret], address), 1)
        else:
            reporter.result("token", secret["token"], **secret)

    run_with_api(access, work, json_lines=json_lines)


def build_group() -> typer.Typer:
    """Return the group of commands, ready to be added to the command line."""
    group = typer.Typer(
        name="tokens",
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Issue, rotate and revoke the tokens of a service's accounts.",
    )
    group.command("list")(listing)
    for command in (issue, reissue, rotate, revoke, export):
        group.command()(command)
    return group
