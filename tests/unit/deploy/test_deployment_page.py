"""The page about a deployment's directory says what the source says."""

from __future__ import annotations

from atelier.deploy.deployment import checked
from atelier.deploy.rendering import render
from scripts.write_deployment_page import PAGE, page


def test_the_page_is_as_the_source_would_write_it() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m scripts.write_deployment_page"


def test_every_path_that_is_rendered_is_explained() -> None:
    chosen = {"device": "cpu", "engine": "comfyui", "monitoring": True}
    text = PAGE.read_text(encoding="utf-8")
    for path in render(checked(chosen, "here"), constraints=""):
        top, slash, _ = path.partition("/")
        assert f"`{top}{slash}`" in text or top == ".gitignore", path
