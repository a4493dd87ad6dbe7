"""The parameters of a library workflow as data, and how a value is read for one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from atelier.errors import UsageError
from atelier.workflows.model_sets import ModelSet
from atelier.workflows.nearest import nearest

#: What a parameter takes. `picture` and `mask` are names of uploaded files, `pictures` several of them;
#: `side` is a number of pixels within the model set's limits; `name` is one of the server's choices.
Kind = Literal["text", "name", "integer", "number", "side", "picture", "pictures", "mask"]


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """One named value of a library workflow."""

    name: str
    kind: Kind
    purpose: str
    required: bool = False
    #: What is taken without it; None where the model set or the workflow decides, as `default_note` says.
    default: Any = None
    default_note: str = ""
    #: Bounds of numbers; of `pictures`, how many.
    minimum: float | None = None
    maximum: float | None = None
    #: Whole numbers must be multiples of it.
    multiple: int = 1
    advice: str = ""

    def read(self, value: object, models: ModelSet) -> Any:
        """Return a value as the request takes it; numbers may be given as text.

        Raises:
            UsageError: it is of another kind, or beyond the limits.
        """
        if self.kind in ("text", "name", "picture", "mask"):
            if not isinstance(value, str) or (self.kind != "text" and not value):
                raise self._refused(value, "a file name" if self.kind in ("picture", "mask") else "text")
            return value
        if self.kind == "pictures":
            return self._read_pictures(value)
        if self.kind == "number":
            return self._within(self._number(value, float), self.minimum, self.maximum)
        number = self._number(value, int)
        if self.kind == "side":
            self._within(number, models.min_side, models.max_side)
        self._within(number, self.minimum, self.maximum)
        multiple = models.multiple if self.kind == "side" else self.multiple
        if number % multiple:
            nearest = max(round(number / multiple), 1) * multiple
            raise UsageError(
                f"{self.name} must be a multiple of {multiple}, such as {nearest}; got {number}."
            )
        return number

    def range_text(self) -> str:
        """Return the limits in words; empty where there are none."""
        if self.kind == "side":
            return "the model set's limits, in its multiples"
        if self.minimum is None or self.maximum is None:
            return ""
        text = f"{_plain(self.minimum)} to {_plain(self.maximum)}"
        return f"{text}, multiples of {self.multiple}" if self.multiple > 1 else text

    def _read_pictures(self, value: object) -> tuple[str, ...]:
        names = [each.strip() for each in value.split(",")] if isinstance(value, str) else value
        if not isinstance(names, Sequence) or not all(isinstance(each, str) and each for each in names):
            raise self._refused(value, "file names, with commas between them")
        self._within(len(names), self.minimum, self.maximum, what=f"The number of {self.name}")
        return tuple(names)

    def _number(self, value: object, kind: type[int] | type[float]) -> Any:
        wanted = "a whole number" if kind is int else "a number"
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise self._refused(value, wanted)
        try:
            number = kind(value)
        except (ValueError, OverflowError) as error:
            raise self._refused(value, wanted) from error
        if isinstance(value, float) and number != value:
            raise self._refused(value, wanted)
        return number

    def _within(self, number: Any, low: float | None, high: float | None, what: str = "") -> Any:
        if (low is not None and not number >= low) or (high is not None and not number <= high):
            # A number that is none compares with nothing.
            nearest = high if high is not None and number > high else low
            raise UsageError(
                f"{what or self.name} must be {_plain(low)} to {_plain(high)}, got {_plain(number)}. "
                f"Nearest: {_plain(nearest)}."
            )
        return number

    def _refused(self, value: object, wanted: str) -> UsageError:
        return UsageError(f"{self.name} takes {wanted}, got {value!r}.")


MAX_SEED = 2**64 - 1

NEGATIVE_PROMPT = Parameter(
    name="negative_prompt",
    kind="text",
    purpose="What to avoid.",
    default="",
    advice="Has no effect at cfg 1, and none with a model set that has no negative prompt.",
)
COUNT = Parameter(
    name="count",
    kind="integer",
    purpose="Pictures in one batch.",
    default=1,
    minimum=1,
    maximum=64,
    advice="Memory grows with it; begin with 1 on a large model.",
)
PREFIX = Parameter(
    name="prefix",
    kind="name",
    purpose="Begins the file names on the server.",
    default="atelier",
)
SEED = Parameter(
    name="seed",
    kind="integer",
    purpose="Chooses the noise: the same seed gives the same picture.",
    default=0,
    minimum=0,
    maximum=MAX_SEED,
    advice="Stay below 2^53 where a browser will show it.",
)
STEPS = Parameter(
    name="steps",
    kind="integer",
    purpose="Steps of the sampler.",
    default_note="the model set's",
    minimum=1,
    maximum=10_000,
    advice="Fewer for a sketch; beyond the model set's number little changes.",
)
CFG = Parameter(
    name="cfg",
    kind="number",
    purpose="How strongly the prompt is followed.",
    default_note="the model set's",
    minimum=0,
    maximum=100,
    advice="1 switches guidance off, which halves the work; too high gives hard colours.",
)
GUIDANCE = Parameter(
    name="guidance",
    kind="number",
    purpose="Guidance that the model was distilled with.",
    default_note="the model set's",
    minimum=0,
    maximum=100,
    advice="FLUX.1-dev only; its template has 3.5.",
)
SAMPLER_NAME = Parameter(
    name="sampler_name",
    kind="name",
    purpose="The sampler, as the server's KSampler offers it.",
    default_note="the model set's",
    advice="Change it last.",
)
SCHEDULER = Parameter(
    name="scheduler",
    kind="name",
    purpose="The scheduler, as the server's KSampler offers it.",
    default_note="the model set's",
    advice="Without effect with SDXL-Turbo, which has its own.",
)

#: What every workflow takes, to sample.
SAMPLING = (SEED, STEPS, CFG, GUIDANCE, SAMPLER_NAME, SCHEDULER)


def denoise(default: float | None, advice: str, *, note: str = "") -> Parameter:
    """Return the parameter that says how much of the starting picture may change."""
    return Parameter(
        name="denoise",
        kind="number",
        purpose="How much of the starting picture may change.",
        default=default,
        default_note=note,
        minimum=0,
        maximum=1,
        advice=advice,
    )


def read_all(parameters: Sequence[Parameter], given: Mapping[str, Any], models: ModelSet) -> dict[str, Any]:
    """Return the values that were given, read.

    Raises:
        UsageError: a name is unknown (the message has the nearest), one is missing, or a value cannot serve.
    """
    known = {each.name: each for each in parameters}
    for name in given:
        if name not in known:
            near = nearest(name, known)
            hint = "" if near is None else f" Did you mean {near!r}?"
            raise UsageError(f"There is no parameter {name!r}.{hint} It takes: {', '.join(known)}.")
    for each in parameters:
        if each.required and each.name not in given:
            raise UsageError(f"The parameter {each.name!r} is missing. {each.purpose}")
    return {name: known[name].read(value, models) for name, value in given.items()}


def _plain(number: float | None) -> str:
    if number is None:
        return "any"
    if number == MAX_SEED:
        return "2^64 - 1"
    return f"{number:g}"
