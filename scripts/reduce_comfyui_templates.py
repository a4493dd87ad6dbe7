"""Reduce workflow templates of the stock page to their structure, as tests/reference/comfyui/templates_ui/.

The templates come with the package comfyui-workflow-templates, which is licensed under the GPL, so they are
not part of this repository. What is kept are facts that a converter needs: ids, classes, modes, wires, and
settings. Notes, prose, layout, colours and download links are not.

    python scripts/reduce_comfyui_templates.py FOLDER_OF_TEMPLATES
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parent.parent / "tests" / "reference" / "comfyui"
#: Texts with blanks in them that are longer are prose.
LONGEST_SETTING = 40
PROSE = "prose"


def without_prose(value: Any) -> Any:
    """Return a setting, or one word in the place of a text for people."""
    is_prose = isinstance(value, str) and len(value) > LONGEST_SETTING and " " in value
    return PROSE if is_prose else value


def reduce_node(node: dict[str, Any]) -> dict[str, Any]:
    reduced = {key: node[key] for key in ("id", "type", "order", "mode")}
    if node["type"] in ("Note", "MarkdownNote"):
        return {**reduced, "widgets_values": [PROSE]}
    if node.get("title"):
        reduced["title"] = node["title"]
    inputs = [
        {key: each[key] for key in ("name", "type", "link", "widget") if key in each}
        for each in node.get("inputs", [])
    ]
    if inputs:
        reduced["inputs"] = inputs
    if node.get("outputs"):
        reduced["outputs"] = [{"name": each["name"], "type": each["type"]} for each in node["outputs"]]
    if node.get("widgets_values"):
        reduced["widgets_values"] = [without_prose(each) for each in node["widgets_values"]]
    return reduced


def reduce_graph(graph: dict[str, Any]) -> dict[str, Any]:
    return {"nodes": [reduce_node(each) for each in graph["nodes"]], "links": graph["links"]}


def reduce_subgraph(subgraph: dict[str, Any]) -> dict[str, Any]:
    borders = {
        side: [{key: each[key] for key in ("name", "type", "linkIds")} for each in subgraph[side]]
        for side in ("inputs", "outputs")
    }
    return {"id": subgraph["id"], "name": subgraph["name"], **borders, **reduce_graph(subgraph)}


def reduce_template(template: dict[str, Any]) -> dict[str, Any]:
    reduced = {"version": template["version"], **reduce_graph(template)}
    subgraphs = template.get("definitions", {}).get("subgraphs", [])
    if subgraphs:
        reduced["definitions"] = {"subgraphs": [reduce_subgraph(each) for each in subgraphs]}
    return reduced


def main(folder: Path) -> None:
    for export in sorted((REFERENCE / "templates_api").glob("*.json")):
        template = json.loads((folder / export.name).read_text(encoding="utf-8"))
        target = REFERENCE / "templates_ui" / export.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(reduce_template(template), ensure_ascii=False) + "\n", encoding="utf-8")
        print(target.relative_to(REFERENCE), target.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
