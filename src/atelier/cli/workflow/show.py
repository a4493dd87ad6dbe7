"""`atelier workflow show`: one workflow of the library, with its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from atelier.cli import options
from atelier.cli.command import run_command
from atelier.cli.reporter import Reporter
from atelier.cli.workflow import arguments

if TYPE_CHECKING:
    from atelier.workflows.library_workflow import LibraryWorkflow


def show(name: arguments.Name, json_lines: options.Json = False) -> None:
    """Say what a workflow of the library does, and which parameters it takes."""

    async def work(reporter: Reporter) -> None:
        from atelier.workflows.library import find

        workflow = find(name)
        reporter.result("workflow", "\n".join(_lines(workflow)), **_document(workflow))

    run_command(work, json_lines=json_lines)


def _lines(workflow: LibraryWorkflow) -> list[str]:
    lines = [f"{workflow.title}: {workflow.purpose}", "", workflow.wiring, ""]
    width = max(len(each.name) for each in workflow.parameters)
    for each in workflow.parameters:
        given = "Required" if each.required else f"Default: {each.default_note or repr(each.default)}"
        notes = ". ".join(
            note.rstrip(".") for note in (each.purpose, each.range_text(), given, each.advice) if note
        )
        lines.append(f"  {each.name:<{width}}  {notes}.")
    lines += ["", "When something is wrong:"]
    lines += [f"  {each.symptom} {each.cause} {each.remedy}" for each in workflow.troubles]
    return lines


def _document(workflow: LibraryWorkflow) -> dict[str, Any]:
    return {
        "name": workflow.name,
        "title": workflow.title,
        "purpose": workflow.purpose,
        "parameters": [
            {
                "name": each.name,
                "kind": each.kind,
                "purpose": each.purpose,
                "required": each.required,
                "default": each.default,
                "minimum": each.minimum,
                "maximum": each.maximum,
                "advice": each.advice,
            }
            for each in workflow.parameters
        ],
    }
