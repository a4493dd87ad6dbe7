"""`atelier workflow check`: what a server would refuse, fail on or drop."""

from __future__ import annotations

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.node_catalogue import node_classes
from atelier.cli.reporter import Reporter
from atelier.cli.workflow import arguments


def check(
    file: arguments.File,
    server: options.Server = None,
    object_info: arguments.ObjectInfo = None,
    token: options.Token = None,
    json_lines: options.Json = False,
) -> None:
    """Check a workflow against a server's node classes; without --server, the embedded engine's.

    The exit status is 10 when there are errors; warnings do not count.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.workflow.findings import tell_findings
        from atelier.cli.workflow.sources import as_api, read_source
        from atelier.workflows.check import check as check_workflow

        source = read_source(file)
        known = await node_classes(server, token, object_info, reporter)
        workflow = as_api(source, known.catalogue, reporter)
        tell_findings(reporter, check_workflow(workflow, known.catalogue), file)

    run_command(work, json_lines=json_lines)
