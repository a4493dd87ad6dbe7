"""`atelier deploy status`: how the containers of a deployment are."""

from __future__ import annotations

from atelier.cli import options
from atelier.cli.deploy.arguments import HERE, Directory, run_deploying
from atelier.cli.reporter import Reporter


def status(directory: Directory = HERE, json_lines: options.Json = False) -> None:
    """Show every container, what its check says, and what in the directory was edited.

    The exit status is not 0 where a container is missing or not well.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.service.table import table
        from atelier.deploy.compose import Compose, require_docker
        from atelier.deploy.directory import edited, rendered_deployment
        from atelier.deploy.making import is_up_to_date
        from atelier.errors import ContainerUnwell

        deployment = rendered_deployment(directory)
        require_docker()
        found = {each.service: each for each in Compose(directory, deployment).containers()}
        rows = []
        for service in deployment.services:
            each = found.get(service)
            rows.append(
                {
                    "service": service,
                    "state": each.state if each else "missing",
                    "health": each.health if each else "",
                    "restarts": each.restarts if each else 0,
                    "image": each.image if each else "",
                    "said": each.said.strip().splitlines()[-1] if each and each.said.strip() else "",
                }
            )
        columns = {
            "service": "SERVICE",
            "state": "STATE",
            "health": "HEALTH",
            "restarts": "RESTARTS",
            "image": "IMAGE",
            "said": "ITS CHECK SAYS",
        }
        text = table(rows, columns, empty="")
        changed = edited(directory)
        if changed:
            text += f"\nEdited since it was rendered: {', '.join(changed)}"
        current = is_up_to_date(directory)
        if not current:
            text += "\ndeployment.toml was changed since: `atelier deploy update` takes it over."
        unwell = [name for name in deployment.services if name not in found or not found[name].well]
        reporter.result(
            "status",
            text,
            url=deployment.address.url,
            containers=rows,
            edited=list(changed),
            up_to_date=current,
            unwell=unwell,
        )
        if unwell:
            raise ContainerUnwell(
                f"Not well: {', '.join(unwell)}. Their logs: atelier deploy logs {unwell[0]}; to start them: "
                "atelier deploy up"
            )

    run_deploying(work, json_lines=json_lines)
