"""`atelier workflow repair`: the faults that can be mended safely."""

from __future__ import annotations

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.node_catalogue import node_classes
from atelier.cli.reporter import Reporter
from atelier.cli.workflow import arguments


def repair(
    file: arguments.File,
    out: arguments.Result = None,
    server: options.Server = None,
    object_info: arguments.ObjectInfo = None,
    token: options.Token = None,
    json_lines: options.Json = False,
) -> None:
    """Mend what can be mended safely, say what was done, and what is left.

    Dangling links go to the only socket of the right type, model files that moved are named as the server
    has them. The exit status is 10 when errors are left.
    """

    async def work(reporter: Reporter) -> None:
        from atelier.cli.workflow.sources import as_api, read_source
        from atelier.cli.workflow.writing import write_json
        from atelier.errors import WorkflowFaulty
        from atelier.workflows.check import check
        from atelier.workflows.repair import repair as repair_workflow

        source = read_source(file)
        known = await node_classes(server, token, object_info, reporter)
        repaired = repair_workflow(as_api(source, known.catalogue, reporter), known.catalogue)
        for change in repaired.changes:
            reporter.remark("changed", str(change))
        write_json(
            reporter, "workflow", repaired.workflow, out, changes=[str(each) for each in repaired.changes]
        )
        left = [each for each in check(repaired.workflow, known.catalogue) if each.severity == "error"]
        for each in left:
            reporter.remark("left", f"error: {each}")
        if left:
            raise WorkflowFaulty(
                f"Not everything in {file} can be mended without a decision of yours: {len(left)} left."
            )

    run_command(work, json_lines=json_lines)
