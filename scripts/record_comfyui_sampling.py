"""Record what a real ComfyUI computes where no weights are needed: schedules, samplers, masks, latents.

    cd COMFYUI && python ATELIER/scripts/record_comfyui_sampling.py > sampling.json

Run it with ComfyUI's own Python from ComfyUI's directory. The tests of the engine's diffusion compare
themselves with the file, which stands in tests/reference/comfyui/.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

sys.argv = [sys.argv[0], "--cpu"]
sys.path.insert(0, str(Path.cwd()))
importlib.import_module("comfy.options").enable_args_parsing()

torch: Any = importlib.import_module("torch")
nodes: Any = importlib.import_module("nodes")
samplers: Any = importlib.import_module("comfy.samplers")
model_sampling: Any = importlib.import_module("comfy.model_sampling")
k_diffusion: Any = importlib.import_module("comfy.k_diffusion.sampling")
sampler_helpers: Any = importlib.import_module("comfy.sampler_helpers")
version: Any = importlib.import_module("comfyui_version")

SAMPLERS = ("euler", "heun", "euler_ancestral", "dpmpp_2m")
SHIFT = 1.73


def flow_of(shift: float) -> Any:
    """Return the sampling of a rectified flow, as ModelSamplingAuraFlow sets it."""
    flow = type("Flow", (model_sampling.ModelSamplingDiscreteFlow, model_sampling.CONST), {})()
    flow.set_parameters(shift=shift, multiplier=1.0)
    return flow


class Patcher:
    """As much of a model as KSampler asks for its schedule."""

    def __init__(self, flow: Any) -> None:
        self.flow = flow

    def get_model_object(self, name: str) -> Any:
        return self.flow


class Innermost:
    def __init__(self, flow: Any) -> None:
        self.model_sampling = flow

    def scale_latent_inpaint(self, *, sigma: Any, noise: Any, latent_image: Any, x: Any) -> Any:
        return self.model_sampling.noise_scaling(sigma.reshape(-1, 1, 1, 1), noise, latent_image)


class Toy:
    """A denoiser of one line in the place of a network; tests repeat the line."""

    def __init__(self, flow: Any) -> None:
        self.inner_model = Innermost(flow)

    def __call__(self, x: Any, sigma: Any, **_: Any) -> Any:
        level = sigma.reshape(-1, 1, 1, 1)
        return torch.tanh(2 * x) * (1 - level) + 0.3 * level * torch.cos(x)


def numbers(tensor: Any) -> Any:
    """Return a tensor as nested lists of seven significant digits."""

    def rounded(value: Any) -> Any:
        if isinstance(value, list):
            return [rounded(each) for each in value]
        return json.loads(f"{value:.7g}")

    return rounded(tensor.tolist())


def random(*shape: int, seed: int) -> Any:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def schedules() -> Iterable[dict[str, Any]]:
    settings = ((1, 1.0), (4, 1.0), (20, 1.0), (37, 1.0), (20, 0.6), (7, 0.3), (8, 0.9))
    for shift in (1.0, SHIFT, 3.1, 0.05):
        for scheduler in ("simple", "normal", "sgm_uniform", "beta"):
            for steps, denoise in settings:
                sampler = samplers.KSampler(
                    Patcher(flow_of(shift)),
                    steps,
                    "cpu",
                    sampler="euler",
                    scheduler=scheduler,
                    denoise=denoise,
                )
                yield {
                    "scheduler": scheduler,
                    "steps": steps,
                    "shift": shift,
                    "denoise": denoise,
                    "sigmas": numbers(sampler.sigmas),
                }


def trajectories() -> Iterable[dict[str, Any]]:
    flow = flow_of(SHIFT)
    sigmas = samplers.simple_scheduler(flow, 6).double()
    start, latent = random(1, 2, 2, 3, seed=1), random(1, 2, 2, 3, seed=2)
    mask = torch.tensor([[[[1.0, 0.0, 0.25], [0.0, 1.0, 0.5]]]], dtype=torch.float64)
    fresh = [random(1, 2, 2, 3, seed=10 + step) for step in range(len(sigmas))]
    for name in SAMPLERS:
        for masked in (False, True):
            model = samplers.KSamplerX0Inpaint(Toy(flow), sigmas)
            model.latent_image, model.noise = latent, start
            visited: list[Any] = []
            options: dict[str, Any] = {
                "disable": True,
                "extra_args": {"denoise_mask": mask if masked else None},
            }
            if name == "euler_ancestral":
                given = iter(fresh)
                options["noise_sampler"] = lambda *_, given=given: next(given)
            end = getattr(k_diffusion, f"sample_{name}")(
                model,
                flow.noise_scaling(sigmas[0], start, latent),
                sigmas,
                callback=lambda state, visited=visited: visited.append(state["x"].clone()),
                **options,
            )
            yield {
                "sampler": name,
                "masked": masked,
                "sigmas": numbers(sigmas),
                "start": numbers(start),
                "latent": numbers(latent),
                "mask": numbers(mask),
                "fresh_noise": [numbers(each) for each in fresh],
                "visited": [numbers(each) for each in [*visited[1:], end]],
            }


def guidance() -> Iterable[dict[str, Any]]:
    conditional, unconditional = random(2, 3, 2, 2, seed=3), random(2, 3, 2, 2, seed=4)
    cfg_node = importlib.import_module("comfy_extras.nodes_cfg").CFGNorm

    class Clone:
        def clone(self) -> Clone:
            return self

        def set_model_sampler_post_cfg_function(self, function: Any) -> None:
            self.function = function

    for cfg in (0.0, 1.0, 2.5, 8.0):
        for strength in (None, 1.0, 0.5):
            options: dict[str, Any] = {}
            if strength is not None:
                model = Clone()
                cfg_node.execute(model, strength)
                options["sampler_post_cfg_function"] = [model.function]
            guided = samplers.cfg_function(None, conditional, unconditional, cfg, conditional, None, options)
            yield {
                "cfg": cfg,
                "cfg_norm": strength,
                "conditional": numbers(conditional),
                "unconditional": numbers(unconditional),
                "guided": numbers(guided),
            }


def upscaled() -> dict[str, Any]:
    samples = random(1, 3, 9, 12, seed=5).float()
    samples[:, :, 0, :2] = 0
    results = []
    for method in ("nearest-exact", "bilinear", "area", "bicubic", "bislerp"):
        for width, height, crop in ((128, 112, "disabled"), (64, 64, "center"), (80, 0, "disabled")):
            (latent,) = nodes.LatentUpscale().upscale({"samples": samples}, method, width, height, crop)
            size = {"width": width, "height": height, "crop": crop}
            results.append({"method": method, **size, "samples": numbers(latent["samples"])})
    return {"samples": numbers(samples), "results": results}


class RecordingVae:
    """A VAE that keeps the pixels it is given."""

    downscale_ratio = 8

    def encode(self, pixels: Any) -> Any:
        self.pixels = pixels
        return pixels


def inpainting() -> dict[str, Any]:
    generator = torch.Generator().manual_seed(6)
    pixels = (torch.rand((1, 19, 26, 3), generator=generator) * 100).round() / 100
    mask = (torch.rand((1, 10, 13), generator=generator) > 0.85).float()
    results = []
    for grow in (0, 1, 5, 6):
        vae = RecordingVae()
        (latent,) = nodes.VAEEncodeForInpaint().encode(vae, pixels, mask, grow)
        results.append({"grow_mask_by": grow, "noise_mask": numbers(latent["noise_mask"].int())})
    return {
        "pixels": numbers(pixels),
        "mask": numbers(mask),
        "encoded_pixels": numbers(vae.pixels),
        "results": results,
    }


def latent_masks() -> dict[str, Any]:
    mask = torch.rand((2, 1, 24, 40), generator=torch.Generator().manual_seed(8))
    prepared = [
        numbers(sampler_helpers.prepare_mask(mask, torch.Size((batch, 1, rows, columns)), "cpu"))
        for batch, rows, columns in ((2, 3, 5), (3, 4, 7))
    ]
    return {"mask": numbers(mask), "prepared": prepared}


if __name__ == "__main__":
    record = {
        "comfyui": version.__version__,
        "schedules": list(schedules()),
        "trajectories": list(trajectories()),
        "guidance": list(guidance()),
        "upscaled": upscaled(),
        "inpainting": inpainting(),
        "latent_masks": latent_masks(),
    }
    json.dump(record, sys.stdout, separators=(",", ":"))
