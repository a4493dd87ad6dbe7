"""One measured figure, and the table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True)
class Figure:
    """What was measured, what was hoped for, and what the real server does, where one was given."""

    name: str
    value: float
    unit: str
    #: The bar, in the same unit; None where none is set.
    bar: float | None = None
    #: Whether less is better.
    less_is_better: bool = True
    #: The same measurement of a ComfyUI in the same run.
    reference: float | None = None

    @property
    def passed(self) -> bool | None:
        """Whether the bar is met; None without one."""
        if self.bar is None:
            return None
        return self.value <= self.bar if self.less_is_better else self.value >= self.bar

    @property
    def ratio(self) -> float | None:
        """Ours over the reference's; None without one."""
        return None if not self.reference else self.value / self.reference

    def to_json(self) -> dict[str, object]:
        return asdict(self) | {"passed": self.passed, "ratio": self.ratio}


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as a Markdown table."""
    with_reference = any(each.reference is not None for each in figures)
    header = ["figure", "measured", "bar", "met"] + (["ComfyUI", "ratio"] if with_reference else [])
    rows = [header, ["---"] * len(header)]
    for each in figures:
        sign = "at most" if each.less_is_better else "at least"
        row = [
            each.name,
            f"{_rounded(each.value)} {each.unit}",
            "" if each.bar is None else f"{sign} {each.bar:g} {each.unit}",
            {None: "", True: "yes", False: "no"}[each.passed],
        ]
        if with_reference:
            row += [
                "" if each.reference is None else f"{_rounded(each.reference)} {each.unit}",
                "" if each.ratio is None else f"{each.ratio:.2f}",
            ]
        rows.append(row)
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _rounded(value: float) -> str:
    """Return three significant digits as people write them: 0.316, 15.2, 3,130."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:g}"
