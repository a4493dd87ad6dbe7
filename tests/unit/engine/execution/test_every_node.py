"""Every node of the catalogue runs in a job, on the real weights, and a job can be stopped in a sampler."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image as PillowImage

from atelier.engine.catalogue import Catalogue
from atelier.engine.diffusion.model_files import ModelFiles
from atelier.engine.folders import Folders
from atelier.engine.messages import Message, Outgoing, PreviewFrame
from atelier.engine.nodes import all_nodes
from atelier.engine.runner import JobRunner
from tests.unit.engine.execution.runners import DEADLINE, Recorder
from tests.unit.engine.execution.small_nodes import folders_in

Workflow = dict[str, dict[str, Any]]


class Node:
    """A node of a draft; its items are links to its outputs."""

    def __init__(self, node_id: str) -> None:
        self.node_id = node_id

    def __getitem__(self, slot: int) -> list[Any]:
        return [self.node_id, slot]


class Draft:
    """A workflow in the making, free of what the room of workflows knows about nodes."""

    def __init__(self) -> None:
        self.workflow: Workflow = {}

    def add(self, class_type: str, **inputs: Any) -> Node:
        node_id = str(len(self.workflow) + 1)
        self.workflow[node_id] = {"class_type": class_type, "inputs": inputs}
        return Node(node_id)


@dataclass(frozen=True, kw_only=True)
class Engine:
    runner: JobRunner
    folders: Folders
    recorder: Recorder

    def submit(self, graph: Workflow) -> str:
        answer = self.runner.submit({"prompt": graph, "client_id": "alice"})
        assert (answer.status, answer.document.get("node_errors")) == (200, {}), answer.document
        return str(answer.document["prompt_id"])

    def run(self, graph: Workflow) -> dict[str, Any]:
        prompt_id = self.submit(graph)
        self.recorder.wait_for_end(prompt_id)
        return dict(self.runner.history.get(prompt_id)[prompt_id])


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folders = folders_in(tmp_path_factory.mktemp("engine"))
    PillowImage.new("RGBA", (64, 64), (200, 100, 50, 128)).save(folders.input / "photograph.png")
    recorder = Recorder()
    runner = JobRunner(
        catalogue=Catalogue(all_nodes()),
        folders=folders,
        models=ModelFiles(folders, threads=1),
        publish=recorder,
        preview_method="latent2rgb",
    )
    runner.start()
    yield Engine(runner=runner, folders=folders, recorder=recorder)
    runner.stop(DEADLINE)


def pictures() -> Workflow:
    """Return a workflow of every node that works on pictures and masks alone."""
    g = Draft()
    loaded = g.add("LoadImage", image="photograph.png")
    white = g.add("EmptyImage", width=64, height=64, batch_size=1, color=0xFFFFFF)
    inverted = g.add("ImageInvert", image=loaded[0])
    blended = g.add("ImageBlend", image1=inverted[0], image2=white[0], blend_factor=0.5, blend_mode="screen")
    blurred = g.add("ImageBlur", image=blended[0], blur_radius=2, sigma=1.0)
    batch = g.add("ImageBatch", image1=blurred[0], image2=loaded[0])
    scaled = g.add("ImageScale", image=batch[0], upscale_method="lanczos", width=48, height=32, crop="center")
    larger = g.add("ImageScaleBy", image=scaled[0], upscale_method="bicubic", scale_by=1.5)
    total = g.add("ImageScaleToTotalPixels", image=larger[0], upscale_method="area", megapixels=0.01)
    cropped = g.add("ImageCrop", image=total[0], width=32, height=32, x=4, y=4)
    padded = g.add("ImagePadForOutpaint", image=cropped[0], left=8, top=8, right=8, bottom=8, feathering=4)
    channel = g.add("LoadImageMask", image="photograph.png", channel="alpha")
    solid = g.add("SolidMask", value=0.5, width=48, height=48)
    grown = g.add("GrowMask", mask=channel[0], expand=-2, tapered_corners=True)
    feathered = g.add("FeatherMask", mask=grown[0], left=2, top=2, right=2, bottom=2)
    mask = g.add("InvertMask", mask=feathered[0])
    as_image = g.add("MaskToImage", mask=mask[0])
    as_mask = g.add("ImageToMask", image=as_image[0], channel="red")
    composed = g.add(
        "ImageCompositeMasked",
        destination=padded[0],
        source=white[0],
        x=2,
        y=2,
        resize_source=True,
        mask=as_mask[0],
    )
    for picture in (composed, g.add("MaskToImage", mask=solid[0]), g.add("MaskToImage", mask=padded[1])):
        g.add("PreviewImage", images=picture[0])
    g.add("SaveImage", images=composed[0], filename_prefix="pictures")
    return g.workflow


def latents(model: str) -> Workflow:
    """Return a workflow of every node that works on models, prompts and latents."""
    g = Draft()
    clip = g.add("CLIPLoader", clip_name=model, type="qwen_image", device="default")
    vae = g.add("VAELoader", vae_name=model)
    shifted = g.add(
        "ModelSamplingAuraFlow",
        model=g.add("UNETLoader", unet_name=model, weight_dtype="default")[0],
        shift=3.0,
    )
    normed = g.add("CFGNorm", model=shifted[0], strength=1.0)
    trio = g.add("CheckpointLoaderSimple", ckpt_name="atelier_nano.json")
    photograph = g.add("LoadImage", image="photograph.png")
    encoded = g.add("VAEEncode", pixels=photograph[0], vae=vae[0])
    text = g.add("CLIPTextEncode", text="a red house", clip=clip[0])
    zero = g.add("ConditioningZeroOut", conditioning=text[0])
    edit = g.add("TextEncodeQwenImageEdit", clip=clip[0], prompt="at night", vae=vae[0], image=photograph[0])
    edit_plus = g.add(
        "TextEncodeQwenImageEditPlus", clip=trio[1], prompt="at night", vae=trio[2], image1=photograph[0]
    )
    reference = g.add("ReferenceLatent", conditioning=text[0], latent=encoded[0])
    inpainted = g.add(
        "VAEEncodeForInpaint", pixels=photograph[0], vae=vae[0], mask=photograph[1], grow_mask_by=6
    )
    masked = g.add("SetLatentNoiseMask", samples=encoded[0], mask=photograph[1])
    empty = g.add("EmptyLatentImage", width=64, height=64, batch_size=1)
    repeated = g.add("RepeatLatentBatch", samples=empty[0], amount=2)
    upscaled = g.add(
        "LatentUpscale", samples=encoded[0], upscale_method="bilinear", width=128, height=64, crop="center"
    )
    wide = g.add("EmptySD3LatentImage", width=64, height=64, batch_size=1)

    def draw(latent: Node, positive: Node, model_node: Node) -> None:
        sampled = g.add(
            "KSampler",
            model=model_node[0],
            seed=7,
            steps=2,
            cfg=2.0,
            sampler_name="euler",
            scheduler="simple",
            positive=positive[0],
            negative=zero[0],
            latent_image=latent[0],
            denoise=1.0,
        )
        decoded = g.add("VAEDecode", samples=sampled[0], vae=vae[0])
        g.add("SaveImage", images=decoded[0], filename_prefix="latents")

    for latent, positive, model_node in (
        (wide, text, normed),
        (repeated, text, shifted),
        (upscaled, reference, trio),
        (encoded, edit, normed),
        (encoded, edit_plus, normed),
        (inpainted, text, normed),
        (masked, text, normed),
    ):
        draw(latent, positive, model_node)
    return g.workflow


def weights(engine: Engine) -> str:
    return engine.folders.model_names("diffusion_models")[0]


def test_every_node_runs_in_a_job(engine: Engine) -> None:
    graphs = (pictures(), latents(weights(engine)))
    assert {each["class_type"] for graph in graphs for each in graph.values()} == {
        each.name for each in all_nodes()
    }
    for graph in graphs:
        entry = engine.run(graph)
        assert entry["status"]["completed"], entry["status"]["messages"][-1][1]
        for output in entry["outputs"].values():
            for file in output["images"]:
                path = engine.folders.path(file["filename"], type=file["type"], subfolder=file["subfolder"])
                with PillowImage.open(path) as picture:
                    picture.verify()


def long_drawing(engine: Engine, seed: int, steps: int = 10_000) -> Workflow:
    g = Draft()
    model = weights(engine)
    text = g.add(
        "CLIPTextEncode",
        text="a zorgle",
        clip=g.add("CLIPLoader", clip_name=model, type="qwen_image", device="default")[0],
    )
    sampled = g.add(
        "KSampler",
        model=g.add("UNETLoader", unet_name=model, weight_dtype="default")[0],
        seed=seed,
        steps=steps,
        cfg=1.0,
        sampler_name="euler",
        scheduler="simple",
        positive=text[0],
        negative=text[0],
        latent_image=g.add("EmptySD3LatentImage", width=64, height=64, batch_size=1)[0],
        denoise=1.0,
    )
    decoded = g.add("VAEDecode", samples=sampled[0], vae=g.add("VAELoader", vae_name=model)[0])
    g.add("SaveImage", images=decoded[0], filename_prefix="long")
    return g.workflow


def test_an_interrupt_stops_a_sampler_within_a_step(engine: Engine) -> None:
    stepped = threading.Event()

    def watch(batch: Sequence[Outgoing]) -> None:
        if any(isinstance(each, Message) and each.type == "progress" for each in batch):
            stepped.set()

    engine.recorder.watch = watch
    prompt_id = engine.submit(long_drawing(engine, seed=1))
    assert stepped.wait(DEADLINE)
    engine.runner.interrupt(prompt_id)
    engine.recorder.wait_for_end(prompt_id)
    kind, data = engine.runner.history.get(prompt_id)[prompt_id]["status"]["messages"][-1]
    assert (kind, data["node_type"]) == ("execution_interrupted", "KSampler")


def test_each_step_shows_a_preview_and_unknown_words_are_noticed(engine: Engine) -> None:
    before = len(engine.recorder.sent)
    entry = engine.run(long_drawing(engine, seed=2, steps=3))
    previews = [each for each in engine.recorder.sent[before:] if isinstance(each, PreviewFrame)]
    assert len(previews) == 3
    assert all(each.jpeg.startswith(b"\xff\xd8") and each.client_id == "alice" for each in previews)
    (notice,) = entry["atelier.notice"]
    assert (notice["code"], notice["items"]) == ("unknown_words", ["zorgle"])


def test_a_size_beyond_the_limit_is_refused_before_it_is_queued(engine: Engine) -> None:
    graph = long_drawing(engine, seed=3)
    latent = next(node for node in graph.values() if node["class_type"] == "EmptySD3LatentImage")
    latent["inputs"]["width"] = 2048
    answer = engine.runner.submit({"prompt": graph})
    assert answer.status == 400
    (entry,) = answer.document["node_errors"].values()
    assert {each["type"] for each in entry["errors"]} == {"custom_validation_failed"}


def test_models_are_loaded_again_after_they_were_unloaded(engine: Engine) -> None:
    engine.run(long_drawing(engine, seed=4, steps=1))
    engine.runner.free(unload_models=True, free_memory=True)
    assert engine.run(long_drawing(engine, seed=5, steps=1))["status"]["completed"]
