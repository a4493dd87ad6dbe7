"""`atelier users`: who may use the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from atelier.cli import options
from atelier.cli.reporter import Reporter
from atelier.cli.service import arguments
from atelier.cli.service.access import Access, Api, part
from atelier.cli.service.running import confirmed, run_with_api

Name = Annotated[str, typer.Argument(help="Name of the account.")]
Role = Literal["student", "teacher", "admin"]

_COLUMNS = {"name": "NAME", "role": "ROLE", "class": "CLASS", "weight": "WEIGHT", "expires": "EXPIRES"}


def listing(
    group: arguments.Class = None,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """List accounts."""

    async def work(api: Api, reporter: Reporter) -> None:
        from atelier.cli.service.table import table

        params = {} if group is None else {"class": group}
        found = await api.call("GET", "/accounts", params=params)
        columns = _COLUMNS | ({"disabled": "OFF"} if any(each["disabled"] for each in found) else {})
        reporter.result("users", table(found, columns, empty="There are no accounts."), users=found)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they are.")] = "student",
    group: Annotated[str | None, typer.Option("--class", metavar="NAME", help="Their class.")] = None,
    weight: Annotated[float, typer.Option(min=0.001, max=1000, help="Share of the engines.")] = 1.0,
    expires: arguments.Expires = None,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Add an account; `atelier tokens issue` gives it a token."""

    async def work(api: Api, reporter: Reporter) -> None:
        document = {
            "name": name,
            "role": role,
            "class": group,
            "weight": weight,
            "expires": None if expires in (None, "never") else expires,
        }
        added = await api.call("POST", "/accounts", document=document)
        reporter.result("user", f"Added {added['role']} {added['name']}.", user=added)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def change(
    name: Name,
    new_name: Annotated[str | None, typer.Option("--name", help="A new name.")] = None,
    role: Annotated[Role | None, typer.Option(help="What they are from now on.")] = None,
    group: Annotated[
        str | None, typer.Option("--class", metavar="NAME", help="Another class; an empty name for none.")
    ] = None,
    weight: Annotated[float | None, typer.Option(min=0.001, max=1000, help="Share of the engines.")] = None,
    expires: arguments.Expires = None,
    images_per_day: Annotated[int | None, typer.Option(min=0, help="Pictures a day.")] = None,
    engine_seconds_per_day: Annotated[
        float | None, typer.Option(min=0, help="Seconds of engine time a day.")
    ] = None,
    storage_bytes: Annotated[int | None, typer.Option(min=0, help="Bytes of files that are kept.")] = None,
    running: Annotated[int | None, typer.Option(min=1, help="Jobs that run at once.")] = None,
    queued: Annotated[int | None, typer.Option(min=0, help="Jobs that wait at once.")] = None,
    enabled: Annotated[
        bool | None, typer.Option("--on/--off", help="Switch the account on, or off with its tokens.")
    ] = None,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Change an account; what is not named stays."""
    limits = {
        "images_per_day": images_per_day,
        "engine_seconds_per_day": engine_seconds_per_day,
        "storage_bytes": storage_bytes,
        "running": running,
        "queued": queued,
    }

    async def work(api: Api, reporter: Reporter) -> None:
        path = f"/accounts/{part(name)}"
        changes: dict[str, Any] = {
            "name": new_name,
            "role": role,
            "weight": weight,
            "disabled": None if enabled is None else not enabled,
        }
        changes = {key: value for key, value in changes.items() if value is not None}
        if group is not None:
            changes["class"] = group or None
        if expires is not None:
            changes["expires"] = None if expires == "never" else expires
        given = {key: value for key, value in limits.items() if value is not None}
        if given:
            changes["limits"] = (await api.call("GET", path))["limits"] | given
        changed = await api.call("PATCH", path, document=changes)
        reporter.result("user", f"Changed {changed['name']}.", user=changed)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def remove(
    name: Name,
    yes: arguments.Yes = False,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Remove an account with its tokens, jobs and pictures."""
    confirmed(f"Remove {name} with all pictures and jobs?", yes)

    async def work(api: Api, reporter: Reporter) -> None:
        await api.call("DELETE", f"/accounts/{part(name)}")
        reporter.result("removed", f"Removed {name}.", name=name)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def import_(
    file: Annotated[Path, typer.Argument(help="CSV: name and, where wanted, role, class, weight, expiry.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    tokens: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT",
            help="Issue tokens to the new accounts: into a .csv file, or a directory of .env files.",
        ),
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The gateway as students reach it. Default: that of --server."),
    ] = None,
    role: Annotated[Role, typer.Option(help="Of new accounts for which the file says none.")] = "student",
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Add and change accounts as a roster says; accounts that it does not have stay as they are."""

    async def work(api: Api, reporter: Reporter) -> None:
        from atelier.cli.service.roster_telling import tell_import
        from atelier.cli.service.secret_files import TokenFiles
        from atelier.cli.service.tokens import address_for, tell_files
        from atelier.errors import UsageError

        try:
            content = file.read_bytes()
        except OSError as error:
            raise UsageError(f"Cannot read {file}: {error.strerror or error}.") from error
        address = address_for(url, server) if tokens is not None else ""
        files = TokenFiles(tokens) if tokens is not None and not dry_run else None
        params = {"dry_run": str(dry_run).lower(), "role": role, "tokens": str(files is not None).lower()}
        imported = await api.call("POST", "/roster", params=params, content=content)
        secrets = imported.pop("tokens")
        tell_import(reporter, imported)
        if files is not None:
            tell_files(reporter, files.write(secrets, address), len(secrets))

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def export(
    name: Name,
    out: Annotated[Path, typer.Option(help="The ZIP archive to be written.")],
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Take out everything that is kept of an account: pictures, jobs, use, settings."""

    async def work(api: Api, reporter: Reporter) -> None:
        size = await api.save(f"/accounts/{part(name)}/export", out)
        reporter.result("saved", str(out), path=str(out.absolute()), bytes=size)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def erase(
    name: Name,
    yes: arguments.Yes = False,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Delete the pictures, uploads and jobs of an account; the account stays."""
    confirmed(f"Delete all pictures and jobs of {name}?", yes)

    async def work(api: Api, reporter: Reporter) -> None:
        erased = await api.call("DELETE", f"/accounts/{part(name)}/data")
        text = f"Deleted {erased['files']} files and {erased['jobs']} jobs of {name}."
        if erased["still_running"]:
            text += f" {erased['still_running']} still run: do it again when they have ended."
        reporter.result("erased", text, name=name, **erased)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def build_group() -> typer.Typer:
    """Return the group of commands, ready to be added to the command line."""
    group = typer.Typer(
        name="users",
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Add, change and remove accounts of a service, one by one or by a roster.",
    )
    group.command("list")(listing)
    group.command("import")(import_)
    for command in (add, change, remove, export, erase):
        group.command()(command)
    return group
