"""Whether an account's role may run a workflow: its node classes, its files, its size. A pure function.

The library's `check` says whether a server takes a workflow; this says whether the account may ask for it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from atelier.errors import WorkflowFaulty
from atelier.findings import Finding
from atelier.gateway.custom_nodes import strays
from atelier.gateway.node_table import is_paid, never_for, refused_for
from atelier.gateway.rules import Rules
from atelier.storage.account import Role
from atelier.workflows import wiring
from atelier.workflows.extents import Extent, Extents, extents_of
from atelier.workflows.file_inputs import FileReference, checked_prefix, file_inputs, save_prefixes
from atelier.workflows.needs import FOLDERS
from atelier.workflows.object_info import NodeCatalogue, NodeType
from atelier.workflows.remedies import shown

_NUMBER = "a value that is written in it, or a node that gives a number such as PrimitiveInt"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a role may not have of a workflow, and what the workflow makes."""

    #: Errors, in the order of the nodes; empty where all is allowed.
    findings: tuple[Finding, ...]
    #: Pictures that it gives at most, previews included.
    images: int


def judge(
    workflow: Mapping[str, Any],
    catalogue: NodeCatalogue,
    rules: Rules,
    *,
    files: Collection[str],
    pictures: Mapping[str, Extent] | None = None,
    targets: Collection[str] | None = None,
) -> Judgement:
    """Return what the rules have against a workflow.

    Args:
        workflow: In API format; what is no node in it, the check finds.
        catalogue: The node classes of the engines that may run it.
        rules: What the account's role may have.
        files: The files of the account that the workflow may name, each as `str(FileReference)`.
        pictures: The extents of such files, by the names under which the workflow has them.
        targets: The output nodes that are to run; None for all.
    """
    crowd = too_many_nodes(workflow, rules)
    if crowd is not None:
        return Judgement(findings=(crowd,), images=0)
    extents = extents_of(workflow, catalogue, targets=targets, pictures=pictures)
    findings = [
        *_classes(workflow, catalogue, rules),
        *_files(workflow, catalogue, files),
        *_prefixes(workflow, catalogue),
        *_custom(workflow, catalogue, rules),
        *_models(workflow),
        *_bounds(workflow, extents, catalogue, rules),
    ]
    place = {node_id: number for number, node_id in enumerate(workflow)}
    findings.sort(key=lambda each: place.get(each.node_id or "", -1))
    return Judgement(findings=tuple(findings), images=sum(extents.kept.values()))


def too_many_nodes(workflow: Mapping[str, Any], rules: Rules) -> Finding | None:
    """Return what the rules have against the number of nodes, which is looked at before anything else."""
    most = rules.bounds.nodes
    if most is None or len(workflow) <= most:
        return None
    return Finding(
        kind="too_many_nodes",
        message=f"The workflow has {len(workflow)} nodes, and a {rules.role} may have {most}.",
        received=len(workflow),
        nearest=most,
        fix="Split it: save in the middle, and load from there.",
    )


def refusal_of(rules: Rules, type: NodeType) -> str | None:
    """Return why a role may not use a node class, as the end of a sentence; None where it may."""
    if type.name in rules.refuse:
        return "is switched off here"
    if type.name in rules.allow and not is_paid(type) and never_for(rules.role, type.name) is None:
        return None
    return refused_for(rules.role, type)


def without_files(catalogue: NodeCatalogue) -> NodeCatalogue:
    """Return the node classes without the lists of the engine's own input files, which are nobody's."""
    nodes = dict(catalogue.nodes)
    for name, type in catalogue.nodes.items():
        if any(each.upload is not None for each in type.inputs.values()):
            inputs = {
                key: replace(each, options=(), default=None) if each.upload is not None else each
                for key, each in type.inputs.items()
            }
            nodes[name] = replace(type, inputs=inputs)
    return NodeCatalogue(nodes=nodes)


# --- node classes -------------------------------------------------------------------------------------


def _classes(workflow: Mapping[str, Any], catalogue: NodeCatalogue, rules: Rules) -> Iterator[Finding]:
    for node_id, node in workflow.items():
        type = catalogue.get(wiring.class_of(node))
        if type is None:
            continue
        reason = refusal_of(rules, type)
        if reason is not None:
            yield _finding(
                workflow,
                node_id,
                kind="node_not_allowed",
                message=f"A {rules.role} may not use {type.name}: it {reason}.",
                fix="Remove the node, or ask whoever runs the service to allow it.",
            )


def _models(workflow: Mapping[str, Any]) -> Iterator[Finding]:
    for node_id, node in workflow.items():
        class_type = wiring.class_of(node)
        for name, value in wiring.inputs_of(node).items():
            if (class_type, name) in FOLDERS and isinstance(wiring.unwrapped(value), list):
                yield _finding(
                    workflow,
                    node_id,
                    kind="model_not_named",
                    message="The model must be named in the node: nobody can tell which engine has it.",
                    input_name=name,
                    received=value,
                    fix="Choose the file in the node instead of linking it.",
                )


# --- files --------------------------------------------------------------------------------------------


def _files(
    workflow: Mapping[str, Any], catalogue: NodeCatalogue, files: Collection[str]
) -> Iterator[Finding]:
    for each in file_inputs(dict(workflow), catalogue):
        if each.text is None:
            said = "The file must be named in the node, as text: nobody can tell whose a linked one is."
        else:
            try:
                known = str(FileReference.parse(each.text)) in files
            except WorkflowFaulty as error:
                said = str(error)
            else:
                if known:
                    continue
                said = f"Among your uploads and pictures is no file {shown(each.text)}."
        yield _finding(
            workflow,
            each.node_id,
            kind="custom_validation_failed",
            message=said,
            input_name=each.name,
            received=each.value,
            fix="Upload the file first and use the name that the upload answers.",
        )


def _prefixes(workflow: Mapping[str, Any], catalogue: NodeCatalogue) -> Iterator[Finding]:
    for each in save_prefixes(dict(workflow), catalogue):
        if each.text is None:
            said = (
                "The prefix must be written in the node, as text: nobody can tell where a linked one leads."
            )
        else:
            try:
                checked_prefix(each.text)
            except WorkflowFaulty as error:
                said = str(error)
            else:
                continue
        yield _finding(
            workflow,
            each.node_id,
            kind="prefix_not_allowed",
            message=said,
            input_name=each.name,
            received=each.value,
            fix="Write a name such as 'fox', or one in a folder of yours such as 'sketches/fox'.",
        )


def _custom(workflow: Mapping[str, Any], catalogue: NodeCatalogue, rules: Rules) -> Iterator[Finding]:
    # Whoever runs the service may tell a node that they allowed whatever they like.
    for each in () if rules.role is Role.ADMIN else strays(workflow, catalogue):
        yield _finding(
            workflow,
            each.node_id,
            kind="text_not_allowed",
            message=each.message,
            input_name=each.input_name,
            received=each.value,
            fix="Use a name without slashes at the beginning, without '..' and without '://'.",
        )


# --- size ---------------------------------------------------------------------------------------------


def _bounds(
    workflow: Mapping[str, Any], extents: Extents, catalogue: NodeCatalogue, rules: Rules
) -> Iterator[Finding]:
    for each in extents.unknown:
        yield _finding(
            workflow,
            each.node_id,
            kind="value_not_known",
            message="The value is not known before the workflow runs, and so neither how much it makes.",
            input_name=each.input_name,
            received=wiring.inputs_of(workflow[each.node_id]).get(each.input_name),
            fix="Write a value in the node, or link a node that gives a number, such as PrimitiveInt.",
        )
    for excess in (*_growth(workflow, extents, catalogue, rules), *_totals(extents, rules)):
        yield _finding(
            workflow,
            excess.node_id,
            kind="beyond_bound",
            message=f"{excess.said}, and a {rules.role} may have {excess.most}.",
            received=excess.received,
            nearest=excess.most,
            fix=excess.fix,
        )


@dataclass(frozen=True, kw_only=True)
class _Excess:
    """A node that makes more than a bound."""

    node_id: str
    said: str
    received: int
    most: int
    fix: str


def _growth(
    workflow: Mapping[str, Any], extents: Extents, catalogue: NodeCatalogue, rules: Rules
) -> Iterator[_Excess]:
    """Yield the nodes at which something grows beyond its bound; those behind them would only repeat it."""
    bounds = rules.bounds
    made = extents.of
    drawn = {node_id: extent for node_id, extent in made.items() if _draws(workflow[node_id], catalogue)}
    for node_id, extent in _beyond(made, extents, lambda each: each.pixels, bounds.pixels):
        yield _Excess(
            node_id=node_id,
            said=f"It makes pictures of {_size(extent)} pixels",
            received=extent.pixels,
            most=bounds.pixels or 0,
            fix="Make them smaller.",
        )
    for node_id, extent in _beyond(drawn, extents, lambda each: each.pixels, bounds.drawn_pixels):
        if bounds.pixels is None or extent.pixels <= bounds.pixels:
            yield _Excess(
                node_id=node_id,
                said=f"It draws {_size(extent)} pixels",
                received=extent.pixels,
                most=bounds.drawn_pixels or 0,
                fix="Draw it smaller, and enlarge the picture.",
            )
    for node_id, extent in _beyond(made, extents, lambda each: each.count, bounds.batch):
        yield _Excess(
            node_id=node_id,
            said=f"It makes {extent.count} pictures at once",
            received=extent.count,
            most=bounds.batch or 0,
            fix="Make fewer at once.",
        )


def _beyond(
    among: Mapping[str, Extent], extents: Extents, measure: Callable[[Extent], int], most: int | None
) -> Iterator[tuple[str, Extent]]:
    for node_id, extent in among.items():
        if most is None or measure(extent) <= most:
            continue
        fed = (among.get(source) for source in extents.sources.get(node_id, ()))
        if all(source is None or measure(source) <= most for source in fed):
            yield node_id, extent


def _totals(extents: Extents, rules: Rules) -> Iterator[_Excess]:
    for of, most, said, fix in (
        (
            extents.steps,
            rules.bounds.steps,
            "The workflow samples {} steps",
            "Use fewer steps, or fewer samplers.",
        ),
        (
            extents.kept,
            rules.bounds.images,
            "The workflow gives {} pictures",
            "Save fewer, or run it several times.",
        ),
    ):
        total = sum(of.values())
        if most is not None and total > most:
            worst = max(of, key=lambda each: of[each])
            yield _Excess(node_id=worst, said=said.format(total), received=total, most=most, fix=fix)


def _draws(node: object, catalogue: NodeCatalogue) -> bool:
    type = catalogue.get(wiring.class_of(node))
    return type is not None and any("LATENT" in output.types for output in type.outputs)


def _size(extent: Extent) -> str:
    return f"{extent.width} x {extent.height}"


def _finding(
    workflow: Mapping[str, Any],
    node_id: str,
    *,
    kind: str,
    message: str,
    fix: str,
    input_name: str | None = None,
    received: object = None,
    nearest: object = None,
) -> Finding:
    node = workflow[node_id]
    meta = node.get("_meta") if isinstance(node, Mapping) else None
    title = meta.get("title") if isinstance(meta, Mapping) else None
    return Finding(
        kind=kind,
        message=message,
        node_id=node_id,
        title=title if isinstance(title, str) else None,
        class_type=wiring.class_of(node),
        input_name=input_name,
        received=received,
        nearest=nearest,
        fix=fix,
    )
