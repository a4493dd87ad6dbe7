"""`atelier deploy up | down | restart | logs`: a deployment's containers, started and stopped."""

from __future__ import annotations

from typing import Annotated

import typer

from atelier.cli import options
from atelier.cli.deploy.arguments import HERE, Directory, run_deploying, teller
from atelier.cli.reporter import Reporter

Services = Annotated[list[str] | None, typer.Argument(help="Services. Default: all of them.")]


def up(directory: Directory = HERE, json_lines: options.Json = False) -> None:
    """Start a deployment: build what is missing, and wait until every container passes its check."""

    async def work(reporter: Reporter) -> None:
        from atelier.deploy.life import AUTHORITY
        from atelier.deploy.life import up as start
        from atelier.deploy.secrets import ADMIN

        deployment = start(directory, teller(reporter))
        url = deployment.address.url
        text = f"The service answers at {url}."
        if deployment.tls.mode == "internal":
            text += f" Its authority's certificate, for those who are to trust it: {directory / AUTHORITY}."
        text += f" The admin's token is in the credentials, as {ADMIN}."
        reporter.result("up", text, url=url, services=list(deployment.services))

    run_deploying(work, json_lines=json_lines)


def down(directory: Directory = HERE, json_lines: options.Json = False) -> None:
    """Stop a deployment and remove its containers; data, images and secrets stay."""

    async def work(reporter: Reporter) -> None:
        from atelier.deploy.life import down as stop

        stop(directory)
        reporter.result("down", "Stopped; the data stays. To start it again: atelier deploy up")

    run_deploying(work, json_lines=json_lines)


def restart(services: Services = None, directory: Directory = HERE, json_lines: options.Json = False) -> None:
    """Restart containers, and wait until all pass their checks."""

    async def work(reporter: Reporter) -> None:
        from atelier.deploy.life import restart as start_again

        start_again(directory, tuple(services or ()), teller(reporter))
        reporter.result("restarted", "All containers pass their checks.", services=list(services or ()))

    run_deploying(work, json_lines=json_lines)


def logs(
    services: Services = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as they grow.")] = False,
    lines: Annotated[int, typer.Option(min=1, help="How many of the last lines of each.")] = 100,
    directory: Directory = HERE,
) -> None:
    """Print what the containers log."""

    async def work(reporter: Reporter) -> None:
        from atelier.deploy.compose import Compose
        from atelier.deploy.directory import rendered_deployment
        from atelier.deploy.life import require_services, running_tag
        from atelier.errors import DockerUnusable

        deployment = rendered_deployment(directory)
        chosen = tuple(services or ())
        require_services(deployment, chosen)
        arguments = [*(["--follow"] if follow else []), f"--tail={lines}", *chosen]
        try:
            status = Compose(directory, deployment).follow_logs(arguments, tag=running_tag(directory))
        except KeyboardInterrupt:
            if follow:
                # There is no other end.
                return
            raise
        if status:
            raise DockerUnusable(f"Compose could not show the logs (status {status}).")

    run_deploying(work, json_lines=False)
