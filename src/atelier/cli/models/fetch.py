"""`atelier models fetch`: brings model files, and goes on where an earlier attempt ended."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.models import place
from atelier.cli.reporter import Reporter
from atelier.errors import UsageError

if TYPE_CHECKING:
    from atelier.deploy.models import Fetching, Plan, Wanted


def fetch(
    sets: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SET|URL]...",
            help="Model sets, or addresses of single files. Default: the deployment's sets.",
            show_default=False,
        ),
    ] = None,
    models: place.Models = None,
    deployment: place.Deployment = None,
    yes: Annotated[bool, typer.Option("--yes", help="Fetch without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be fetched.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Read what is there again, and replace what is damaged.")
    ] = False,
    mirror: Annotated[
        str | None,
        typer.Option(
            metavar="URL", envvar="HF_ENDPOINT", show_envvar=True, help="A mirror of the hub to use instead."
        ),
    ] = None,
    offline: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Copy the files from a folder, and ask nobody."),
    ] = None,
    folder: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Where an address's file belongs, such as loras."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What to call an address's file. Default: as it is called there.")
    ] = None,
    sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="The checksum that an address's file must have.")
    ] = None,
    tries: Annotated[
        int, typer.Option(min=1, max=1000, help="Tries without progress before a file is given up.")
    ] = 8,
    json_lines: options.Json = False,
) -> None:
    """Fetch the files of model sets, or single files, into a folder of models.

    First it says how much comes and where it goes; then each file is downloaded beside its place, compared
    with its checksum, and given its name. After an interruption the same command goes on from there.
    The token of a gated model is `huggingface-token` of the deployment's store, or HF_TOKEN.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.models.telling import teller
        from atelier.deploy.models import HUB, Fetching, Hub, Net, OfflineFolder, Patience
        from atelier.deploy.models.token import hub_token

        where = place.place_of(models, deployment)
        wanted = _wanted(sets or list(where.chosen), folder=folder, name=name, sha256=sha256)
        tell = teller(reporter)
        with nullcontext() if dry_run else where.folder.held():
            if offline is not None:
                source = OfflineFolder.of(
                    offline, [where.lock.applied(each) for each in wanted], without=where.folder.root
                )
                fetching = Fetching(where.folder, where.lock, source, tell)
                await _fetch(reporter, fetching, wanted, where, yes=yes, dry_run=dry_run, check=check)
                return
            patience = Patience(tries=tries)
            hub = Hub(endpoint=mirror or HUB, token=hub_token(where.secrets), patience=patience)
            async with Net.opened(hub, patience) as net:
                fetching = Fetching(where.folder, where.lock, net, tell)
                await _fetch(reporter, fetching, wanted, where, yes=yes, dry_run=dry_run, check=check)

    run_command(
        work, json_lines=json_lines, kept="what has come is kept, and the same command goes on from there"
    )


async def _fetch(
    reporter: Reporter,
    fetching: Fetching,
    wanted: tuple[Wanted, ...],
    where: place.Place,
    *,
    yes: bool,
    dry_run: bool,
    check: bool,
) -> None:
    from atelier.cli.models.telling import files

    plan = await fetching.plan(wanted, recheck=check, record=not dry_run)
    _tell_plan(reporter, plan, where)
    if dry_run or not plan.steps:
        if not dry_run:
            reporter.result("models", "Nothing is to be fetched.", fetched=[], present=_present(plan))
        return
    plan.check_space()
    if not yes:
        _ask()
    kept = await fetching.carry_out(plan)
    reporter.result(
        "models",
        f"{files(len(kept))} came, {len(plan.present)} there before.",
        fetched=[each.key for each in kept],
        present=_present(plan),
    )


def _ask() -> None:
    import sys

    if not sys.stdin.isatty():
        raise UsageError("Nothing was fetched: say --yes to fetch this.")
    if not typer.confirm("Fetch this?", err=True):
        raise UsageError("Nothing was fetched.")


def _tell_plan(reporter: Reporter, plan: Plan, where: place.Place) -> None:
    from atelier.cli.models.telling import files, gigabytes

    there = f"{files(len(plan.present))} there already"
    lines = [f"{there} in {where.folder.root}."]
    if plan.steps:
        lines = [
            f"{files(len(plan.steps))} to fetch into {where.folder.root}, {gigabytes(plan.left)} yet to "
            f"come; {there}."
        ]
    for step in plan.steps:
        begun = f", {gigabytes(step.begun)} of it there" if step.begun else ""
        lines.append(f"  {step.offer.key}: {gigabytes(step.offer.size)}{begun}, from {step.offer.origin}")
        if step.replaces:
            lines.append(f"    replaces {step.target}: {step.replaces}")
        if step.offer.wanted.may_run_code:
            lines.append("    a format that can run code when it is loaded: only from people you trust")
        if step.offer.sha256 is None:
            lines.append("    no checksum is known: what comes is recorded, and compared from then on")
    reporter.remark(
        "plan",
        "\n".join(lines),
        folder=str(where.folder.root),
        bytes=plan.left,
        unknown_sizes=list(plan.unknown),
        present=_present(plan),
        files=[
            {
                "file": step.offer.key,
                "size": step.offer.size,
                "begun": step.begun,
                "sha256": step.offer.sha256,
                "sha256_from": step.offer.sha256_from,
                "from": step.offer.origin,
                "revision": step.offer.revision,
                "replaces": step.replaces,
            }
            for step in plan.steps
        ],
    )


def _present(plan: Plan) -> list[str]:
    return [each.wanted.key for each in plan.present]


def _wanted(
    what: list[str], *, folder: str | None, name: str | None, sha256: str | None
) -> tuple[Wanted, ...]:
    from atelier.deploy.models import wanted_address

    if not what:
        raise UsageError("Name what to fetch: model sets, which `atelier models list` shows, or an address.")
    addresses = [each for each in what if "://" in each]
    if not addresses:
        if folder or name or sha256:
            raise UsageError("--folder, --name and --sha256 belong to an address, and none is named.")
        return place.wanted_of(what)
    if len(what) > 1 and (len(addresses) < len(what) or name or sha256):
        raise UsageError(
            "Fetch sets and addresses one after another; --name and --sha256 belong to one address."
        )
    if folder is None:
        raise UsageError("Say where the file belongs, such as --folder loras.")
    return tuple(wanted_address(each, folder=folder, name=name, sha256=sha256) for each in addresses)
