"""`atelier classes`: classes, and their lessons."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from atelier.cli import options
from atelier.cli.reporter import Reporter
from atelier.cli.service import arguments
from atelier.cli.service.access import Access, Api, part
from atelier.cli.service.running import run_with_api

Name = Annotated[str, typer.Argument(help="Name of the class.")]

_COLUMNS = {"name": "CLASS", "shows_pictures": "PICTURES SHOWN", "lesson_until": "LESSON UNTIL"}
_STUDENTS = {
    "name": "STUDENT",
    "waiting": "WAIT",
    "running": "RUN",
    "succeeded": "DONE",
    "failed": "FAILED",
    "images": "PICTURES",
    "engine_seconds": "SECONDS",
}


def listing(
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """List the classes that you may see."""

    async def work(api: Api, reporter: Reporter) -> None:
        from atelier.cli.service.table import table

        found = await api.call("GET", "/classes")
        reporter.result("classes", table(found, _COLUMNS, empty="There are no classes."), classes=found)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def show(
    name: Name,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Show how the students of a class are doing today."""

    async def work(api: Api, reporter: Reporter) -> None:
        from atelier.cli.service.table import table

        found = await api.call("GET", f"/classes/{part(name)}")
        rows = [{**each, **each["used"]} for each in found["students"]]
        lines = [table(rows, _STUDENTS, empty="The class has no students.")]
        lines += [f"{each['name']}: {failure}" for each in rows for failure in each["latest_failures"]]
        reporter.result("class", "\n".join(lines), **found)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def put(
    name: Name,
    shows_pictures: Annotated[
        bool | None,
        typer.Option(
            "--show-pictures/--hide-pictures",
            help="Whether teachers see the students' pictures; the students are told.",
        ),
    ] = None,
    images_per_day: Annotated[int | None, typer.Option(min=0, help="Pictures a day, all together.")] = None,
    engine_seconds_per_day: Annotated[
        float | None, typer.Option(min=0, help="Seconds of engine time a day, all together.")
    ] = None,
    storage_bytes: Annotated[int | None, typer.Option(min=0, help="Bytes of files, all together.")] = None,
    running: Annotated[int | None, typer.Option(min=1, help="Jobs that run at once, all together.")] = None,
    queued: Annotated[int | None, typer.Option(min=0, help="Jobs that wait at once, all together.")] = None,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    offline: arguments.Offline = False,
    config: arguments.ConfigFile = None,
    json_lines: options.Json = False,
) -> None:
    """Make a class, or change one; what is not named stays."""
    limits = {
        "images_per_day": images_per_day,
        "engine_seconds_per_day": engine_seconds_per_day,
        "storage_bytes": storage_bytes,
        "running": running,
        "queued": queued,
    }

    async def work(api: Api, reporter: Reporter) -> None:
        changes: dict[str, Any] = {} if shows_pictures is None else {"shows_pictures": shows_pictures}
        given = {key: value for key, value in limits.items() if value is not None}
        if given:
            known = {each["name"]: each["limits"] for each in await api.call("GET", "/classes")}
            changes["limits"] = known.get(name, {}) | given
        group = await api.call("PUT", f"/classes/{part(name)}", document=changes)
        reporter.result("class", f"The class {group['name']} is as you say.", **group)

    run_with_api(
        Access(server=server, token=token, offline=offline, config=config), work, json_lines=json_lines
    )


def lesson(
    name: Name,
    minutes: Annotated[float, typer.Option(min=1, max=24 * 60, help="How long it is.")] = 45,
    close: Annotated[bool, typer.Option("--close", help="End it now.")] = False,
    server: arguments.Gateway = None,
    token: arguments.AdminToken = None,
    json_lines: options.Json = False,
) -> None:
    """Open a lesson, in which a class has more of the engines, or end it."""

    async def work(api: Api, reporter: Reporter) -> None:
        path = f"/classes/{part(name)}/lesson"
        if close:
            group = await api.call("DELETE", path)
            reporter.result("lesson", f"The lesson of {name} is over.", **group)
        else:
            group = await api.call("POST", path, document={"minutes": minutes})
            reporter.result("lesson", f"{name} has a lesson until {group['lesson_until']}.", **group)

    run_with_api(Access(server=server, token=token), work, json_lines=json_lines)


def build_group() -> typer.Typer:
    """Return the group of commands, ready to be added to the command line."""
    group = typer.Typer(
        name="classes",
        no_args_is_help=True,
        rich_markup_mode=None,
        help="Make and change classes, see how they are doing, open and close lessons.",
    )
    group.command("list")(listing)
    for command in (show, put, lesson):
        group.command()(command)
    return group
