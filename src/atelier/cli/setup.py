"""`atelier setup`: from an empty machine to a service that is proved to work."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter
from atelier.cli.verify import arguments as proof
from atelier.errors import PrerequisiteMissing, StepFailed, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from atelier.deploy.deployment import Deployment
    from atelier.setup.setting import Setting
    from atelier.setup.step import Outcome

#: Where a deployment is made when nobody says.
_DEFAULT = Path("studio")

_KEPT = "what is done stays, and the same command goes on from there"
_MARKS = {"done": "done", "unchanged": "as it should be", "planned": "", "not reached": "not reached"}


def _skip(what: str) -> Any:
    return typer.Option(f"--skip-{what}", help=f"Leave out the step '{what}'; it counts as skipped.")


def setup(
    directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIRECTORY]",
            help="The deployment's directory, made where there is none. Default: where you are if it is one, "
            "and otherwise studio.",
            show_default=False,
        ),
    ] = None,
    cpu: Annotated[bool, typer.Option("--cpu", help="Draw on the CPU, with the embedded engine.")] = False,
    gpu: Annotated[
        list[str] | None,
        typer.Option(metavar="UUID", help="Draw on this GPU, with ComfyUI; 'all' for all of them. Repeat."),
    ] = None,
    comfyui: Annotated[
        bool, typer.Option("--comfyui", help="With --cpu: ComfyUI, not the embedded engine.")
    ] = False,
    model_set: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A model set that ComfyUI is to have. Repeat.")
    ] = None,
    domain: Annotated[
        str | None, typer.Option(help="Name or IPv4 address at which people reach it. Default: localhost.")
    ] = None,
    http_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port for HTTP. Default: 80.", show_default=False)
    ] = None,
    https_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port for HTTPS. Default: 443.", show_default=False)
    ] = None,
    tls: Annotated[
        Literal["internal", "files", "acme"] | None,
        typer.Option(help="An authority of its own (default), your certificate, or Let's Encrypt."),
    ] = None,
    email: Annotated[str | None, typer.Option(help="With --tls acme: whom Let's Encrypt writes to.")] = None,
    name: Annotated[
        str | None, typer.Option(help="What containers and volumes are called after. Default: atelier.")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option(help="Atelier's wheel or checkout for the images. Default: what this one came from."),
    ] = None,
    mirror: Annotated[
        str | None,
        typer.Option(
            metavar="URL", envvar="HF_ENDPOINT", show_envvar=True, help="A mirror of the model hub to use."
        ),
    ] = None,
    profile: Annotated[
        Literal["quick", "daily", "full"],
        typer.Option(help="How much the report proves; full restarts the containers once."),
    ] = "full",
    again: Annotated[
        bool, typer.Option("--again", help="Prove it again, although the report that is there still holds.")
    ] = False,
    ca_file: proof.CaFile = None,
    side: proof.Side = None,
    drawing_seconds: proof.DrawingSeconds = 180.0,
    skip_prerequisites: Annotated[bool, _skip("prerequisites")] = False,
    skip_models: Annotated[bool, _skip("models")] = False,
    skip_containers: Annotated[bool, _skip("containers")] = False,
    skip_api: Annotated[bool, _skip("api")] = False,
    skip_picture: Annotated[bool, _skip("picture")] = False,
    skip_report: Annotated[bool, _skip("report")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what each step would do, and change nothing.")
    ] = False,
    json_lines: options.Json = False,
) -> None:
    """Set up a service in seven steps: from an empty machine to a report with the evidence.

    What the machine needs, the directory with its secrets, models, containers, the API and its door, a
    picture drawn as a student draws it, and a report. Call it again whenever you like: what is as it should
    be stays, and after a failure it goes on from there. Without --cpu or --gpu it asks. More can be chosen
    with `atelier deploy init` before. The exit status is 15 when a step failed.
    """
    if importlib.util.find_spec("jinja2") is None:
        raise typer.BadParameter("It needs more libraries: pip install 'comfy-atelier[deploy]'.")
    given = {
        "cpu": cpu or None,
        "gpu": gpu,
        "comfyui": comfyui or None,
        "model_set": model_set,
        "domain": domain,
        "http_port": http_port,
        "https_port": https_port,
        "tls": tls,
        "email": email,
        "name": name,
    }
    skip = {
        step
        for step, wanted in {
            "prerequisites": skip_prerequisites,
            "models": skip_models,
            "containers": skip_containers,
            "api": skip_api,
            "picture": skip_picture,
            "report": skip_report,
        }.items()
        if wanted
    }

    async def work(reporter: Reporter) -> None:
        from atelier.deploy.deployment import FILE
        from atelier.setup.run import set_up
        from atelier.setup.setting import Setting
        from atelier.setup.step import Step
        from atelier.setup.steps import STEPS

        place = directory or (Path() if Path(FILE).is_file() else _DEFAULT)
        setting = Setting(
            directory=place,
            deployment=_deployment(place, {key: value for key, value in given.items() if value is not None}),
            source=source,
            profile=profile,
            again=again,
            ca_file=ca_file,
            side=side,
            drawing_seconds=drawing_seconds,
            mirror=mirror,
            tell=lambda text, /, **data: reporter.remark("detail", f"    {text}", **data),
            progress=reporter.progress,
        )

        def begun(number: int, step: Step) -> None:
            reporter.remark("begun", f"{number}/{len(STEPS)} {step.title}", step=step.name, number=number)

        outcomes = await set_up(
            setting,
            STEPS,
            skip=skip,
            dry_run=dry_run,
            on_step=begun,
            on_outcome=lambda outcome: _tell(reporter, outcome),
        )
        if not dry_run:
            await _tidy(reporter, setting, outcomes)
        reporter.result("setup", _ending(setting, outcomes, dry_run=dry_run), **_document(setting, outcomes))
        _refuse_failures(outcomes)

    run_command(work, json_lines=json_lines, kept=_KEPT)


def _deployment(directory: Path, given: dict[str, Any]) -> Deployment:
    """Return the deployment that is in the directory, or else the one that the options choose.

    Raises:
        UsageError: the options say otherwise than the directory.
    """
    from atelier.cli.deploy.choosing import chosen
    from atelier.deploy.deployment import FILE, read_deployment

    if not (directory / FILE).is_file():
        return chosen(**given)
    there = read_deployment(directory)
    gpus = given.get("gpu", ())
    if "all" in gpus:
        from atelier.deploy.gpus import seen_gpus

        gpus = [each.uuid for each in seen_gpus()]
    stands = {
        "cpu": there.device == "cpu",
        "gpu": set(gpus) == set(there.gpus),
        "comfyui": there.engine == "comfyui",
        "model_set": set(given.get("model_set", ())) == set(there.model_sets),
        "domain": given.get("domain", "").lower() == there.address.domain,
        "http_port": given.get("http_port") == there.address.http_port,
        "https_port": given.get("https_port") == there.address.https_port,
        "tls": given.get("tls") == there.tls.mode,
        "email": given.get("email") == there.tls.email,
        "name": given.get("name") == there.name,
    }
    for key in given:
        if not stands[key]:
            raise UsageError(
                f"{directory / FILE} says otherwise than --{key.replace('_', '-')}: leave the option out, or "
                f"change the file and take it over with `atelier deploy update -C {directory}`."
            )
    return there


async def _tidy(reporter: Reporter, setting: Setting, outcomes: Sequence[Outcome]) -> None:
    """Delete what was drawn to look at the service."""
    from atelier.setup.accounts import tidied
    from atelier.setup.proof import target

    if any(each.looked is not None for each in outcomes):
        why = await tidied(setting, target(setting).tls())
        if why is not None:
            reporter.remark("left", f"Pictures of the accounts of the verification are left: {why}")


def _tell(reporter: Reporter, outcome: Outcome) -> None:
    mark = _MARKS.get(outcome.verdict, outcome.verdict.upper())
    text = f"    {mark}: {outcome.told}" if mark else f"    {outcome.told}"
    reporter.remark("step", text, **_of(outcome))


def _of(outcome: Outcome) -> dict[str, Any]:
    return {
        "step": outcome.step,
        "title": outcome.title,
        "verdict": outcome.verdict,
        "told": outcome.told,
        "kind": outcome.kind,
        "seconds": round(outcome.seconds, 3),
    }


def _document(setting: Setting, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    from atelier.setup.report import paths

    return {
        "directory": str(setting.directory.absolute()),
        "url": setting.deployment.address.url,
        "changed": any(each.verdict == "done" for each in outcomes),
        "steps": [_of(each) for each in outcomes],
        "report": [str(each.absolute()) for each in paths(setting) if each.is_file()],
    }


def _ending(setting: Setting, outcomes: Sequence[Outcome], *, dry_run: bool) -> str:
    """Return what a teacher needs next."""
    from atelier.deploy.life import AUTHORITY
    from atelier.deploy.secrets import ADMIN
    from atelier.setup.report import paths

    if dry_run:
        return "Nothing was changed. Without --dry-run it is done."
    directory, url = setting.directory, setting.deployment.address.url
    failed = [each for each in outcomes if each.verdict == "failed"]
    page = paths(setting)[0]
    if failed:
        seen = f" What was seen: {page}." if page.is_file() and failed[-1].looked is not None else ""
        return f"Not done: the step '{failed[0].step}' failed. {_KEPT[0].upper()}{_KEPT[1:]}.{seen}"
    own = setting.deployment.tls.mode == "internal"
    trust = f"export SSL_CERT_FILE={directory / AUTHORITY}\n    " if own else ""
    token = f"{directory}/.secrets/containers/gateway/{ADMIN}"
    lines = [
        f"The service: {url}",
        f"  Its report: {page}" if page.is_file() else "  There is no report: the step was skipped.",
    ]
    if own:
        lines.append(
            f"  Browsers trust it once {directory / AUTHORITY} is among their authorities "
            "(docs/how-to/set-up.md)."
        )
    lines += [
        "  Students: a list of names as CSV, or one by one:",
        f"    {trust}export ATELIER_SERVER={url}",
        f'    export ATELIER_TOKEN="$(cat {token})"',
        f"    atelier users import roster.csv --tokens tokens --url {url}",
        "    atelier users add NAME && atelier tokens issue NAME",
        f"  Before the lesson: atelier setup {directory}",
    ]
    skipped = [each for each in outcomes if each.verdict == "skipped"]
    lines += [f"  Skipped: {each.step}. {each.told}" for each in skipped]
    return "\n".join(lines)


def _refuse_failures(outcomes: Sequence[Outcome]) -> None:
    """Return if no step failed.

    Raises:
        PrerequisiteMissing: the machine lacks something.
        StepFailed: another step failed.
    """
    failed = [each for each in outcomes if each.verdict == "failed"]
    if not failed:
        return
    kind = PrerequisiteMissing if failed[0].kind == "PrerequisiteMissing" else StepFailed
    raise kind(f"{failed[0].title}: not so. {failed[0].told}")
