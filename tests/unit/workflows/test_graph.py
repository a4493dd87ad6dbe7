"""A graph is built from typed handles: what does not fit is found before anything runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mypy import api

from atelier.workflows.graph import AnyNode, Graph
from atelier.workflows.nodes.images import ImageScaleBy, LoadImage, SaveImage
from atelier.workflows.nodes.latents import VAEDecode, VAEEncode
from atelier.workflows.nodes.loaders import CheckpointLoaderSimple

ROOT = Path(__file__).parents[3]

#: A program that mypy takes, but for one line.
PROGRAM = """
from atelier.workflows.graph import AnyNode, Graph
from atelier.workflows.nodes.images import LoadImage, SaveImage
from atelier.workflows.nodes.latents import VAEDecode, VAEEncode
from atelier.workflows.nodes.loaders import CheckpointLoaderSimple

graph = Graph()
model, clip, vae = graph.add(CheckpointLoaderSimple(ckpt_name="a.safetensors"))
picture, mask = graph.add(LoadImage(image="a.png"))
latent = graph.add(VAEEncode(pixels=picture, vae=vae))
(anything,) = graph.add(AnyNode("PackNode", {"vae": vae}, outputs=1))
graph.add(VAEDecode(samples=anything, vae=vae))
"""

FAULTS = {
    "a VAE in a latent's place": ("graph.add(VAEDecode(samples=vae, vae=vae))", '"samples"'),
    "a mask in a picture's place": ("graph.add(VAEEncode(pixels=mask, vae=vae))", '"pixels"'),
    "all outputs in the place of one": (
        "graph.add(SaveImage(images=graph.add(LoadImage(image='a.png'))))",
        "Node[Link[Image]]",
    ),
    "a number in a text's place": ("graph.add(LoadImage(image=3))", '"image"'),
    "an input that does not exist": ("graph.add(LoadImage(picture='a.png'))", '"picture"'),
    "a missing link": ("graph.add(VAEDecode(samples=latent))", '"vae"'),
    "what a node without outputs gives": ("images = graph.add(SaveImage(images=picture)) + 1", "None"),
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> dict[int, str]:
    """What mypy says of the program with every fault at its end, by line."""
    path = tmp_path_factory.mktemp("typed") / "program.py"
    path.write_text(PROGRAM + "\n".join(line for line, _ in FAULTS.values()) + "\n", encoding="utf-8")
    cache = ROOT / ".mypy_cache"
    told, problems, _ = api.run(
        [str(path), "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(cache)]
    )
    assert not problems
    found = re.findall(r"^.*program\.py:(\d+): error: (.*)$", told, re.MULTILINE)
    return {int(number): text for number, text in found}


def test_a_sound_program_is_taken(complaints: dict[int, str]) -> None:
    first_fault = len(PROGRAM.splitlines()) + 1
    assert [line for line in complaints if line < first_fault] == []


@pytest.mark.parametrize("fault", FAULTS)
def test_what_does_not_fit_is_a_type_error(complaints: dict[int, str], fault: str) -> None:
    line = len(PROGRAM.splitlines()) + 1 + list(FAULTS).index(fault)
    assert FAULTS[fault][1] in complaints[line]


def test_nodes_are_numbered_from_one_and_links_name_node_and_output() -> None:
    graph = Graph()
    _, mask = graph.add(LoadImage(image="a.png"), title="Source")
    graph.add(AnyNode("MaskPreview", {"mask": mask}, outputs=0))
    assert graph.workflow() == {
        "1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}, "_meta": {"title": "Source"}},
        "2": {"class_type": "MaskPreview", "inputs": {"mask": ["1", 1]}},
    }


def test_typed_and_untyped_nodes_mix() -> None:
    graph = Graph()
    _, _, vae = graph.add(CheckpointLoaderSimple(ckpt_name="a.safetensors"))
    picture, _ = graph.add(LoadImage(image="a.png"))
    latent = graph.add(VAEEncode(pixels=picture, vae=vae))
    softer, sharper = graph.add(AnyNode("PackNode", {"latent": latent, "amount": 0.5}, outputs=2))
    graph.add(SaveImage(images=graph.add(VAEDecode(samples=sharper, vae=vae))))
    workflow = graph.workflow()
    assert softer != sharper
    assert workflow["4"]["inputs"] == {"latent": ["3", 0], "amount": 0.5}
    assert workflow["5"]["inputs"] == {"samples": ["4", 1], "vae": ["1", 2]}


def test_an_input_that_is_none_is_left_out() -> None:
    graph = Graph()
    graph.add(AnyNode("PackNode", {"given": 0, "left_out": None}))
    assert graph.workflow()["1"]["inputs"] == {"given": 0}


def test_the_workflow_of_a_graph_is_a_copy() -> None:
    graph = Graph()
    picture, _ = graph.add(LoadImage(image="a.png"))
    graph.add(ImageScaleBy(image=picture))
    graph.workflow()["1"]["inputs"]["image"] = "b.png"
    assert graph.workflow()["1"]["inputs"]["image"] == "a.png"
