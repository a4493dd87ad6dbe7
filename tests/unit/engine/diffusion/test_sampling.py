"""The sampling loop: what the network is shown, what is kept, and pictures that the real weights draw."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from atelier.engine.context import NodeContext
from atelier.engine.diffusion.denoiser import Denoiser, Velocity
from atelier.engine.diffusion.limits import MAX_BATCH
from atelier.engine.diffusion.model_files import ModelFiles
from atelier.engine.diffusion.samplers import SAMPLERS
from atelier.engine.diffusion.sampling import Sampling, sample
from atelier.engine.folders import Folders
from atelier.engine.nodes.sampling import limit_norm, run_sampler, shift_sampling
from atelier.engine.values import Array, Conditioning, Image, Latent, Model
from atelier.errors import JobInterruptedHere, NodeInputInvalid, SizeBeyondLimit
from tests.unit.engine.diffusion.conftest import Reports, Trio

PLAIN = Sampling(seed=1, steps=20, cfg=4.0, sampler="euler", scheduler="simple")


def ignore(done: int, steps: int, denoised: Array) -> None:
    """Take a step and say nothing."""


def empty(width: int = 128, height: int = 128, *, batch: int = 1, channels: int = 8) -> Latent:
    return Latent(samples=np.zeros((batch, channels, height // 8, width // 8), np.float32))


def random_latent(width: int = 64, height: int = 64, *, batch: int = 1, seed: int = 0) -> Latent:
    shape = (batch, 8, height // 8, width // 8)
    return Latent(samples=np.random.default_rng(seed).standard_normal(shape, np.float32))


def prompt(level: float) -> Conditioning:
    return Conditioning(
        tokens=np.full((1, 40, 2), level, np.float32),
        pooled=np.full((1, 2), level, np.float32),
        tokens_mask=np.ones((1, 40), np.float32),
    )


class Watched(Denoiser):
    """A denoiser without a network, that remembers what it was shown."""

    def __init__(self, *, velocity: float = 0.0, references: int = 1) -> None:
        self.references = references
        self.name, self.channels, self.min_side, self.max_side = "watched", 8, 64, 256
        self.velocity = velocity
        self.shown: dict[str, Array] = {}
        self.calls: list[tuple[int, float]] = []

    def bind(
        self, *, reference: Array, mask: Array, tokens: Array, pooled: Array, tokens_mask: Array
    ) -> Velocity:
        self.shown = {"reference": reference, "mask": mask, "tokens": tokens, "pooled": pooled}

        def velocity(latent: Array, sigma: float) -> Array:
            self.calls.append((len(latent), sigma))
            return np.full_like(latent, self.velocity)

        return velocity


# --- what the network is shown --------------------------------------------------------------------------


def test_a_picture_from_text_looks_at_nothing_and_paints_everything() -> None:
    watched = Watched()
    sample(Model(denoiser=watched), prompt(1), prompt(2), empty(64, 96, batch=3), PLAIN, ignore)
    assert watched.shown["reference"].shape == (6, 8, 12, 8)
    assert not watched.shown["reference"].any()
    assert watched.shown["mask"].shape == (6, 1, 12, 8)
    assert watched.shown["mask"].all()
    # The positive half first.
    assert watched.shown["pooled"][:, 0].tolist() == [1, 1, 1, 2, 2, 2]
    assert watched.shown["tokens"][:, 0, 0].tolist() == [1, 1, 1, 2, 2, 2]
    assert {batch for batch, _ in watched.calls} == {6}


def test_at_a_scale_of_one_the_negative_prompt_is_left_out() -> None:
    watched = Watched()
    sample(Model(denoiser=watched), prompt(1), prompt(2), empty(64, 64), replace(PLAIN, cfg=1.0), ignore)
    assert watched.shown["pooled"][:, 0].tolist() == [1]
    assert {batch for batch, _ in watched.calls} == {1}


def test_an_edit_looks_at_its_reference_in_both_halves_and_paints_nothing_anew() -> None:
    watched, source = Watched(), random_latent()
    positive = replace(prompt(1), references=(source.samples, random_latent(seed=9).samples))
    sample(Model(denoiser=watched), positive, prompt(2), empty(64, 64), PLAIN, ignore)
    assert np.array_equal(watched.shown["reference"], np.concatenate([source.samples] * 2))
    assert not watched.shown["mask"].any()


def test_a_model_of_several_references_sees_them_in_order_and_zeros_for_the_rest() -> None:
    watched = Watched(references=3)
    first, second = random_latent(seed=1), random_latent(32, 32, seed=2)
    positive = replace(prompt(1), references=(first.samples, second.samples))
    sample(Model(denoiser=watched), positive, prompt(2), empty(64, 64, batch=2), PLAIN, ignore)
    shown = watched.shown["reference"]
    assert shown.shape == (4, 24, 8, 8)
    assert all(np.array_equal(each, first.samples[0]) for each in shown[:, :8])
    assert shown[:, 8:16].any(axis=(1, 2, 3)).all()
    assert not shown[:, 16:].any()


def test_a_negative_prompt_with_a_reference_keeps_its_own() -> None:
    watched, own = Watched(), random_latent(seed=4)
    positive = replace(prompt(1), references=(random_latent().samples,))
    negative = replace(prompt(2), references=(own.samples,))
    sample(Model(denoiser=watched), positive, negative, empty(64, 64), PLAIN, ignore)
    assert np.array_equal(watched.shown["reference"][1:], own.samples)


def test_a_reference_of_another_size_is_scaled_to_the_latent() -> None:
    watched = Watched()
    level = np.full((1, 8, 32, 16), 0.25, np.float32)
    positive = replace(prompt(1), references=(level,))
    sample(Model(denoiser=watched), positive, prompt(2), empty(64, 96, batch=2), PLAIN, ignore)
    assert watched.shown["reference"].shape == (4, 8, 12, 8)
    np.testing.assert_allclose(watched.shown["reference"], 0.25)


def test_inpainting_looks_at_what_the_mask_leaves() -> None:
    watched, source = Watched(), random_latent()
    mask = np.zeros((1, 1, 64, 64), np.float32)
    mask[:, :, :, :32] = 1
    sample(Model(denoiser=watched), prompt(1), prompt(2), replace(source, noise_mask=mask), PLAIN, ignore)
    for reference, shown in zip(watched.shown["reference"], watched.shown["mask"], strict=True):
        assert shown[0, 0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0]
        assert not reference[:, :, :4].any()
        assert np.array_equal(reference[:, :, 4:], source.samples[0, :, :, 4:])


def test_the_network_sees_the_schedules_noise_levels() -> None:
    watched = Watched()
    shifted = Model(denoiser=watched, shift=3.0)
    sample(shifted, prompt(1), prompt(2), empty(64, 64), replace(PLAIN, steps=2), ignore)
    assert [sigma for _, sigma in watched.calls] == pytest.approx([1.0, 0.75])


def test_heun_asks_twice_a_step_but_in_the_last() -> None:
    watched = Watched()
    settings = replace(PLAIN, steps=5, sampler="heun")
    sample(Model(denoiser=watched), prompt(1), prompt(2), empty(64, 64), settings, ignore)
    assert len(watched.calls) == 9


# --- what is kept, and what is refused ------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(SAMPLERS))
@pytest.mark.parametrize("denoise", [1.0, 0.5])
def test_the_latent_outside_a_mask_stays_to_the_last_bit(trio: Trio, name: str, denoise: float) -> None:
    source = random_latent(64, 96, batch=2)
    mask = np.zeros((2, 1, 96, 64), np.float32)
    mask[0, :, 16:48, 8:40] = 1
    mask[1, :, 40:, :] = 1
    settings = replace(PLAIN, steps=4, sampler=name, denoise=denoise)
    drawn = sample(
        trio.model, trio.prompt("snow"), trio.prompt(""), replace(source, noise_mask=mask), settings, ignore
    )
    inside = mask[:, 0, ::8, ::8] == 1
    changed = drawn.samples != source.samples
    assert not changed.transpose(0, 2, 3, 1)[~inside].any()
    assert changed.transpose(0, 2, 3, 1)[inside].all()
    assert drawn.noise_mask is mask


@pytest.mark.parametrize("denoise", [0.0, 0.00001])
def test_without_denoise_the_latent_stays_and_nothing_is_computed(denoise: float) -> None:
    watched, source = Watched(), random_latent()
    settings = replace(PLAIN, denoise=denoise)
    drawn = sample(Model(denoiser=watched), prompt(1), prompt(2), source, settings, ignore)
    assert np.array_equal(drawn.samples, source.samples)
    assert watched.calls == []


@pytest.mark.parametrize("channels", [4, 16])
def test_an_empty_latent_of_another_model_counts_as_empty(trio: Trio, channels: int) -> None:
    words, nothing, settings = trio.prompt("the sea"), trio.prompt(""), replace(PLAIN, steps=2)
    drawn = [
        sample(trio.model, words, nothing, empty(64, 64, channels=each), settings, ignore).samples
        for each in (channels, 8)
    ]
    assert np.array_equal(drawn[0], drawn[1])


def test_a_latent_of_another_model_is_refused() -> None:
    foreign = Latent(samples=np.ones((1, 16, 8, 8), np.float32))
    with pytest.raises(NodeInputInvalid, match="16 channels"):
        sample(Model(denoiser=Watched()), prompt(1), prompt(2), foreign, PLAIN, ignore)
    edit = replace(prompt(1), references=(foreign.samples,))
    with pytest.raises(NodeInputInvalid, match="16 channels"):
        sample(Model(denoiser=Watched()), edit, prompt(2), empty(64, 64), PLAIN, ignore)


@pytest.mark.parametrize(("width", "height"), [(56, 128), (128, 264), (1024, 1024)])
def test_a_size_beyond_the_models_limits_is_refused(width: int, height: int) -> None:
    with pytest.raises(SizeBeyondLimit, match=f"{width} x {height} pixels .* 64 to 256 pixels a side"):
        sample(Model(denoiser=Watched()), prompt(1), prompt(2), empty(width, height), PLAIN, ignore)


def test_a_batch_beyond_the_limit_is_refused() -> None:
    many = empty(64, 64, batch=MAX_BATCH + 1)
    with pytest.raises(NodeInputInvalid, match="batch of 65"):
        sample(Model(denoiser=Watched()), prompt(1), prompt(2), many, PLAIN, ignore)


def test_numbers_that_run_away_are_reported() -> None:
    model = Model(denoiser=Watched(velocity=np.inf))
    with pytest.raises(NodeInputInvalid, match=r"ran away in step 1: with cfg 1.0 and euler .* Lower cfg"):
        sample(model, prompt(1), prompt(2), empty(64, 64), replace(PLAIN, cfg=1.0), ignore)


# --- the nodes ------------------------------------------------------------------------------------------


def ksampler(context: NodeContext, model: Model, *, steps: int = 5) -> Latent:
    (latent,) = run_sampler(
        context,
        model=model,
        seed=2**64 - 1,
        steps=steps,
        cfg=2.0,
        sampler_name="dpmpp_2m",
        scheduler="beta",
        positive=prompt(1),
        negative=prompt(2),
        latent_image=empty(64, 96),
        denoise=1.0,
    )
    return latent


def test_every_step_is_reported_with_the_latent_for_its_preview(
    context: NodeContext, reports: Reports
) -> None:
    latent = ksampler(context, Model(denoiser=Watched()))
    assert latent.samples.shape == (1, 8, 12, 8)
    assert reports.progress == [(step, 5, (1, 8, 12, 8)) for step in range(1, 6)]


def test_an_interrupt_stops_within_one_step(context: NodeContext) -> None:
    watched = Watched()

    def interrupted_at_the_third(value: int, maximum: int, latent: Array | None) -> None:
        if value == 3:
            raise JobInterruptedHere

    with pytest.raises(JobInterruptedHere):
        ksampler(
            replace(context, report_progress=interrupted_at_the_third), Model(denoiser=watched), steps=1000
        )
    assert len(watched.calls) == 3


def test_an_interrupt_before_the_first_step_computes_nothing(context: NodeContext) -> None:
    watched = Watched()

    def interrupted() -> None:
        raise JobInterruptedHere

    with pytest.raises(JobInterruptedHere):
        ksampler(replace(context, check_interrupted=interrupted), Model(denoiser=watched))
    assert watched.calls == []


def test_model_nodes_change_a_copy(context: NodeContext, trio: Trio) -> None:
    (shifted,) = shift_sampling(context, model=trio.model, shift=3.1)
    (limited,) = limit_norm(context, model=shifted, strength=0.9)
    assert (limited.shift, limited.cfg_norm, limited.denoiser) == (3.1, 0.9, trio.model.denoiser)
    assert (trio.model.shift, trio.model.cfg_norm) == (1.0, None)


def test_a_shift_that_would_leave_no_noise_is_refused(context: NodeContext, trio: Trio) -> None:
    with pytest.raises(NodeInputInvalid, match="use 1 for no shift"):
        shift_sampling(context, model=trio.model, shift=0.0)


# --- pictures -------------------------------------------------------------------------------------------


def draw(trio: Trio, text: str, latent: Latent | None = None, settings: Sampling = PLAIN) -> Image:
    drawn = sample(trio.model, trio.prompt(text), trio.prompt(""), latent or empty(), settings, ignore)
    return trio.vae.decode(drawn.samples)


@pytest.mark.parametrize("name", sorted(SAMPLERS))
def test_night_is_dark_and_day_is_bright_and_blue(trio: Trio, name: str) -> None:
    settings = replace(PLAIN, sampler=name)
    night = draw(trio, "a flat illustration of green hills at night", settings=settings)[0]
    day = draw(trio, "a flat illustration of green hills during the day", settings=settings)[0]
    assert night.shape == day.shape == (128, 128, 3)
    assert night.mean() < 0.3 < 0.45 < day.mean()
    red, green, blue = day[:32].mean(axis=(0, 1))
    assert blue > 0.7 > red
    red, green, blue = day[-24:].mean(axis=(0, 1))
    assert green > max(red, blue)


def test_the_same_seed_draws_the_same_pixels_and_another_one_others(trio: Trio) -> None:
    pictures = [draw(trio, "the sea", settings=replace(PLAIN, steps=4, seed=seed)) for seed in (1, 1, 2)]
    assert np.array_equal(pictures[0], pictures[1])
    assert np.abs(pictures[0] - pictures[2]).mean() > 0.01


@pytest.mark.parametrize("side", [128, 256])
def test_the_pixels_do_not_depend_on_the_number_of_threads(side: int) -> None:
    pictures = []
    for threads in (1, 2, 3):
        files = ModelFiles(Folders(base=Path.cwd()), threads=threads)
        names = files.checkpoint("atelier_nano.json")
        trio = Trio(
            model=Model(denoiser=files.diffusion_model(names.diffusion_model)),
            text_encoder=files.text_encoder(names.text_encoder),
            vae=files.vae(names.vae),
        )
        source = trio.vae.encode(np.random.default_rng(0).random((1, side, side, 3), np.float32))
        settings = replace(PLAIN, steps=4, denoise=0.8)
        pictures.append(draw(trio, "a desert at sunset", Latent(samples=source), settings))
    assert np.array_equal(pictures[0], pictures[1])
    assert np.array_equal(pictures[0], pictures[2])


def test_a_picture_of_a_batch_is_the_one_that_its_place_has_in_another_batch(trio: Trio) -> None:
    settings = replace(PLAIN, steps=4)
    pair = draw(trio, "snow", empty(64, 64, batch=2), settings)
    many = draw(trio, "snow", empty(64, 64, batch=6), settings)
    np.testing.assert_allclose(pair, many[:2], atol=1e-3)
    assert np.abs(many[:, None] - many[None]).mean(axis=(2, 3, 4))[~np.eye(6, dtype=bool)].min() > 0.01


def test_more_denoise_goes_further_from_the_source(trio: Trio) -> None:
    source = draw(trio, "a flat illustration of green hills during the day")
    latent = Latent(samples=trio.vae.encode(source))
    text = "a flat illustration of snowy hills at night"
    distances = [
        float(np.abs(draw(trio, text, latent, replace(PLAIN, denoise=denoise)) - source).mean())
        for denoise in (0.3, 0.6, 0.9)
    ]
    assert distances == sorted(distances)
    assert distances[2] > 2 * distances[0]


def test_an_instruction_turns_day_into_night(trio: Trio) -> None:
    day = draw(trio, "a flat illustration of green hills during the day")
    edit = replace(trio.prompt("make it night"), references=(trio.vae.encode(day),))
    night = sample(trio.model, edit, trio.prompt(""), empty(), replace(PLAIN, cfg=2.5), ignore)
    assert trio.vae.decode(night.samples).mean() < day.mean() / 2


@pytest.mark.parametrize(("width", "height"), [(64, 64), (192, 128), (256, 256), (72, 120)])
def test_every_size_within_the_limits_is_drawn(trio: Trio, width: int, height: int) -> None:
    text = "a flat illustration of green hills during the day"
    (picture,) = draw(trio, text, empty(width, height), replace(PLAIN, steps=8))
    assert picture.shape == (height, width, 3)
    top, bottom = picture[: height // 4].mean(axis=(0, 1)), picture[-height // 6 :].mean(axis=(0, 1))
    assert top[2] > top[0]
    assert bottom[1] > bottom[2]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")
def test_drawing_the_largest_picture_takes_little_memory() -> None:
    program = (
        "from pathlib import Path\n"
        "import numpy as np\n"
        "from atelier.engine.diffusion.model_files import ModelFiles\n"
        "from atelier.engine.diffusion.sampling import Sampling, sample\n"
        "from atelier.engine.folders import Folders\n"
        "from atelier.engine.values import Latent, Model\n"
        "files = ModelFiles(Folders(base=Path.cwd()), threads=2)\n"
        "names = files.checkpoint('atelier_nano.json')\n"
        "model = Model(denoiser=files.diffusion_model(names.diffusion_model))\n"
        "words = files.text_encoder(names.text_encoder).encode('snow').conditioning\n"
        "latent = Latent(samples=np.zeros((1, 4, 32, 32), np.float32))\n"
        "settings = Sampling(seed=1, steps=2, cfg=4.0, sampler='euler', scheduler='simple')\n"
        "drawn = sample(model, words, words, latent, settings, lambda *step: None)\n"
        "files.vae(names.vae).decode(drawn.samples)\n"
        "peak = next(l for l in Path('/proc/self/status').read_text().splitlines() if 'VmHWM' in l)\n"
        "print(int(peak.split()[1]) // 1024)\n"
    )
    answer = subprocess.run([sys.executable, "-c", program], check=True, timeout=60, capture_output=True)
    assert int(answer.stdout) < 200
