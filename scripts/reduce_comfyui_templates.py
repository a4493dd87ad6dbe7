"""Reduce workflow templates of the stock page to their structure, as tests/reference/comfyui/templates_ui/.

The templates come with the package comfyui-workflow-templates, which is licensed under the GPL, so they are
not part of this repository. What is kept are facts that a converter needs: ids, classes, modes, wires, and
settings. Notes, prose, layout, colours and download links are not.

It also converts the originals to API format, and fails where one differs from the page's own export in
tests/reference/comfyui/templates_api/.

    python -m scripts.reduce_comfyui_templates FOLDER_OF_TEMPLATES
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from atelier.workflows.object_info import NodeCatalogue
from atelier.workflows.ui_to_api import ui_to_api

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


def main(folder: Path) -> int:
    object_info = json.loads((REFERENCE / "object_info-0.3.64.json").read_text(encoding="utf-8"))
    catalogue = NodeCatalogue.parse(object_info)
    different = 0
    for path in sorted((REFERENCE / "templates_api").glob("*.json")):
        template = json.loads((folder / path.name).read_text(encoding="utf-8"))
        target = REFERENCE / "templates_ui" / path.name
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(reduce_template(template), ensure_ascii=False) + "\n", encoding="utf-8")
        export = json.loads(path.read_text(encoding="utf-8"))
        same = ui_to_api(template, catalogue).workflow == export
        different += not same
        print(path.name, f"{len(export)} nodes,", "as exported" if same else "DIFFERENT from the export")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
