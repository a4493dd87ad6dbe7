"""Checks a workflow before it runs: what a server refuses, fails on or drops, and what is worth a warning.

Source: docs/reference/protocol.md, `POST /prompt`, as ComfyUI 0.3.64 answers. The check is a pure function,
takes time linear in the workflow, recurses nowhere, and answers for any JSON value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from atelier.findings import Finding
from atelier.workflows import wiring
from atelier.workflows.node_check import NodeCheck
from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.remedies import Remedy, shown
from atelier.workflows.run_time import run_time_faults
from atelier.workflows.survey import Survey

#: A loop's nodes are named up to this many.
_NAMED_IN_LOOP = 12


def check(workflow: object, catalogue: NodeCatalogue, *, files: Collection[str] = ()) -> tuple[Finding, ...]:
    """Return what is wrong with a workflow in API format, in the order of its nodes; empty for nothing.

    An error is what the server refuses, or accepts and then fails on or leaves out; all else is a warning.
    What only the server can tell, such as a damaged picture, is not found.

    Args:
        workflow: Any JSON value.
        catalogue: The node classes of the server.
        files: Names of files that the server has besides those that its lists offer, as LoadImage takes
            them: `sub/photo.png`, `drawn.png [output]`. Without them a name that no list can hold is a
            warning.
    """
    if not isinstance(workflow, Mapping) or not all(isinstance(each, str) for each in workflow):
        return (
            Finding(
                kind="no_prompt",
                message=f"A workflow is an object of nodes by id, not {shown(workflow)}.",
                fix="Export the workflow in API format.",
            ),
        )
    survey = Survey(workflow, catalogue, files)
    nodes = {node_id: NodeCheck(node_id, survey) for node_id in workflow}
    for each in nodes.values():
        each.check()
    _check_loops(survey, nodes)
    _check_chains(survey, nodes)
    if survey.outputs:
        for node_id, fault in run_time_faults(survey):
            nodes[node_id].add("run_time", fault.message, fault.remedy, input_name=fault.input_name)
    return (*_without_outputs(survey), *(each for node in nodes.values() for each in node.findings))


def _without_outputs(survey: Survey) -> tuple[Finding, ...]:
    if survey.outputs:
        return ()
    if isinstance(survey.workflow.get("nodes"), list):
        return (
            Finding(
                kind="ui_format",
                message="This is the page's own format; the server takes the API format.",
                fix="Convert it: atelier workflow convert.",
            ),
        )
    return (
        Finding(
            kind="prompt_no_outputs",
            message="No node keeps a result." if survey.workflow else "The workflow is empty.",
            fix="Add a node that keeps its result, such as SaveImage or PreviewImage.",
        ),
    )


def _check_loops(survey: Survey, nodes: Mapping[str, NodeCheck]) -> None:
    for loop in wiring.loops(survey.sources):
        if len(loop) == 2:
            message, fix = "The node feeds itself.", "Link it to another node."
        else:
            more = len(loop) > _NAMED_IN_LOOP + 1
            names = (*loop[:_NAMED_IN_LOOP], "...", loop[-1]) if more else loop
            message = f"The nodes {' -> '.join(names)} feed each other in a loop."
            fix = "Cut one of these links."
        nodes[loop[0]].add("dependency_cycle", message, Remedy(fix=fix))


def _check_chains(survey: Survey, nodes: Mapping[str, NodeCheck]) -> None:
    lengths = wiring.longest_chains(survey.sources)
    used = {source for feeding in survey.sources.values() for source in feeding}
    for node_id, length in lengths.items():
        if length > wiring.LONGEST_CHAIN and node_id not in used:
            nodes[node_id].add(
                "chain_too_long",
                f"The longest chain that ends here has {length} nodes; the server gives up after "
                f"{wiring.LONGEST_CHAIN}, without a word.",
                Remedy(fix="Split the workflow: save in the middle, and load from there."),
            )
