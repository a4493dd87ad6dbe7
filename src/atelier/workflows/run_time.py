"""Faults that a server accepts and that make a node fail when it runs.

Source: runs on ComfyUI 0.3.64, recorded in tests/reference/comfyui/checks. Only what the workflow itself
tells is found: literal values, and sizes that follow from them.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from atelier.workflows import wiring
from atelier.workflows.remedies import Remedy, shown
from atelier.workflows.shapes import Shape, fraction, linked, scaled, shapes, whole
from atelier.workflows.survey import Survey

#: Bytes that file systems allow a name, less the number and the ending that the server adds.
_LONGEST_NAME = 255 - len("_00001_.png")


@dataclass(frozen=True, kw_only=True, slots=True)
class RunTimeFault:
    """Why a node fails although the server accepts it."""

    message: str
    remedy: Remedy
    input_name: str | None = None


_Inputs = Mapping[str, Any]
_Shapes = Mapping[str, Shape]


def run_time_faults(survey: Survey) -> Iterator[tuple[str, RunTimeFault]]:
    """Yield the nodes that run and fail, each with the first reason."""
    sizes = shapes(survey.workflow, survey.sources)
    for node_id, type in survey.types.items():
        if type is None or node_id not in survey.live:
            continue
        inputs = wiring.inputs_of(survey.workflow[node_id])
        rule = _RULES.get(type.name) if type.native else None
        if rule is None and type.output_node and "filename_prefix" in type.inputs:
            rule = _prefix
        fault = rule(inputs, sizes) if rule else None
        if fault is not None:
            yield node_id, fault


def leaves_its_folder(prefix: str) -> bool:
    """Return whether files with this prefix would lie outside of the server's output folder."""
    folder = posixpath.dirname(posixpath.normpath(prefix))
    return folder.startswith("/") or folder.split("/")[0] == ".."


def _prefix(inputs: _Inputs, sizes: _Shapes) -> RunTimeFault | None:
    prefix = inputs.get("filename_prefix")
    if not isinstance(prefix, str):
        return None
    if leaves_its_folder(prefix):
        return RunTimeFault(
            message=f"{shown(prefix)} leads out of the server's output folder, where nothing may be written.",
            remedy=Remedy(fix="Use a name, or sub-folders without a leading slash and without '..'."),
            input_name="filename_prefix",
        )
    if any(len(part.encode("utf-8", "replace")) > _LONGEST_NAME for part in prefix.split("/")):
        return RunTimeFault(
            message=f"{shown(prefix)} is longer than a file name may be.",
            remedy=Remedy(fix=f"Use at most {_LONGEST_NAME} characters."),
            input_name="filename_prefix",
        )
    return None


def _radius(input_name: str) -> Callable[[_Inputs, _Shapes], RunTimeFault | None]:
    """Return the rule for a filter that mirrors the picture at its edges, which must lie wider apart."""

    def rule(inputs: _Inputs, sizes: _Shapes) -> RunTimeFault | None:
        radius, shape = whole(inputs, input_name), linked(inputs, "image", sizes)
        sides = [each for each in (shape.width, shape.height) if each is not None]
        if radius is None or not sides or radius < min(sides):
            return None
        return RunTimeFault(
            message=f"The radius {shown(radius)} is not below the picture's {shown(min(sides))} pixels.",
            remedy=Remedy(fix=f"Use at most {min(sides) - 1}.", nearest=min(sides) - 1),
            input_name=input_name,
        )

    return rule


def _scaled_to_nothing(inputs: _Inputs, sizes: _Shapes) -> RunTimeFault | None:
    shape = linked(inputs, "image", sizes)
    after = scaled(shape, fraction(inputs, "scale_by"))
    if after.width != 0 and after.height != 0:
        return None
    return RunTimeFault(
        message=f"Nothing is left of a picture of {shape.width} x {shape.height} pixels.",
        remedy=Remedy(fix="Use a larger factor."),
        input_name="scale_by",
    )


def _crossed_thresholds(inputs: _Inputs, sizes: _Shapes) -> RunTimeFault | None:
    low, high = fraction(inputs, "low_threshold"), fraction(inputs, "high_threshold")
    if low is None or high is None or low <= high:
        return None
    return RunTimeFault(
        message=f"The low threshold {low} is above the high one, {high}.",
        remedy=Remedy(fix="Swap the thresholds.", nearest=high),
        input_name="low_threshold",
    )


def _no_noise_left(inputs: _Inputs, sizes: _Shapes) -> RunTimeFault | None:
    for name in ("sigma_max", "sigma_min"):
        if fraction(inputs, name) == 0:
            return RunTimeFault(
                message="The schedule takes the logarithm of it, and 0 has none.",
                remedy=Remedy(fix="Use a little more than 0."),
                input_name=name,
            )
    return None


def _no_curve(inputs: _Inputs, sizes: _Shapes) -> RunTimeFault | None:
    if fraction(inputs, "rho") != 0:
        return None
    return RunTimeFault(
        message="The schedule divides by it.",
        remedy=Remedy(fix="Use 7, its default.", nearest=7.0),
        input_name="rho",
    )


def _channels(first: str, second: str) -> Callable[[_Inputs, _Shapes], RunTimeFault | None]:
    """Return the rule for two latents that are joined and need the same number of channels."""

    def rule(inputs: _Inputs, sizes: _Shapes) -> RunTimeFault | None:
        one, other = (linked(inputs, name, sizes).channels for name in (first, second))
        if one is None or other is None or one == other:
            return None
        return RunTimeFault(
            message=f"Latents of {one} and of {other} channels do not go together.",
            remedy=Remedy(fix="Make both with the same node: EmptySD3LatentImage gives 16 channels."),
            input_name=second,
        )

    return rule


def _planes(inputs: _Inputs, sizes: _Shapes) -> RunTimeFault | None:
    found = [linked(inputs, name, sizes) for name in ("Y", "U", "V")]
    for sides in ([each.width for each in found], [each.height for each in found]):
        known = {each for each in sides if each is not None}
        if len(known) > 1:
            return RunTimeFault(
                message=f"The three planes differ in size: {', '.join(map(shown, sorted(known)))} pixels.",
                remedy=Remedy(fix="Scale them to one size."),
            )
    return None


_RULES: Mapping[str, Callable[[_Inputs, _Shapes], RunTimeFault | None]] = {
    "ImageBlur": _radius("blur_radius"),
    "ImageSharpen": _radius("sharpen_radius"),
    "ImageScaleBy": _scaled_to_nothing,
    "Canny": _crossed_thresholds,
    "ExponentialScheduler": _no_noise_left,
    "PolyexponentialScheduler": _no_noise_left,
    "KarrasScheduler": _no_curve,
    "LatentAdd": _channels("samples1", "samples2"),
    "LatentSubtract": _channels("samples1", "samples2"),
    "LatentInterpolate": _channels("samples1", "samples2"),
    "LatentBatch": _channels("samples1", "samples2"),
    "LatentBlend": _channels("samples1", "samples2"),
    "LatentConcat": _channels("samples1", "samples2"),
    "LatentComposite": _channels("samples_to", "samples_from"),
    "LatentCompositeMasked": _channels("destination", "source"),
    "ImageYUVToRGB": _planes,
}
