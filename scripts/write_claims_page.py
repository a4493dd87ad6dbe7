"""Writes docs/reference/claims.md: `python -m scripts.write_claims_page`."""

from __future__ import annotations

from pathlib import Path

from atelier.verify.claim import NEEDS
from atelier.verify.claims import CLAIMS
from atelier.verify.code import CODES
from atelier.verify.diagnosis.patterns import PATTERNS
from atelier.verify.kind import KINDS, Kind
from atelier.verify.profile import PROFILES

PAGE = Path(__file__).parents[1] / "docs/reference/claims.md"

_SHOWN: tuple[Kind, ...] = ("gateway", "comfyui", "comfyui-login", "embedded")

_INTRODUCTION = """# What is proved

Written by `python -m scripts.write_claims_page`; a test compares it with the code.

`atelier verify` looks at each of these claims by itself. A claim is *passed* only with evidence, *failed*
when it does not hold, when its check broke, or when it did not end by its deadline, and *skipped*, with the
reason, where it says nothing of the server or cannot be looked at. The score is passed / (passed + failed).
"""


def page() -> str:
    """Return the page as it should be."""
    return "\n".join([_INTRODUCTION, *_profiles(), *_claims(), *_skips(), *_causes(), *_codes()]) + "\n"


def _profiles() -> list[str]:
    return ["Profiles, each with all that stands above it:", ""] + [
        f"- `{name}`: {text}" for name, text in PROFILES.items()
    ]


def _claims() -> list[str]:
    lines = [
        "",
        "## Claims",
        "",
        "The time is the deadline; a picture adds `--drawing-seconds` (180).",
        "",
        f"| claim | holds | profile | {' | '.join(KINDS[kind] for kind in _SHOWN)} | seconds |",
        f"|---|---|---|{'---|' * (len(_SHOWN) + 1)}",
    ]
    for each in CLAIMS:
        marks = ("" if kind in each.not_for else "yes" for kind in _SHOWN)
        needs = "".join(f", with `--{_option(need)}`" for need in each.needs if need not in ("token", "tls"))
        time = f"{each.seconds:g}" + (f" + {each.pictures} pictures" if each.pictures else "")
        lines.append(f"| `{each.id}` | {each.text} | {each.profile}{needs} | {' | '.join(marks)} | {time} |")
    return lines


def _option(need: str) -> str:
    return {"second_token": "second-token", "restart": "restart-command"}.get(need, need)


def _skips() -> list[str]:
    lines = ["", "## Why a claim is skipped", ""]
    reasons = dict.fromkeys(reason for each in CLAIMS for reason in each.not_for.values())
    return lines + [f"- {reason}" for reason in [*reasons, *NEEDS.values()]]


def _causes() -> list[str]:
    lines = [
        "",
        "## Causes",
        "",
        "What `atelier diagnose` names, the most fundamental first; a failed claim is explained by the first",
        "that fits.",
        "",
        "| cause | what is wrong | what to do |",
        "|---|---|---|",
    ]
    return lines + [f"| `{each.id}` | {each.title} {each.explanation} | {each.remedy} |" for each in PATTERNS]


def _codes() -> list[str]:
    lines = [
        "",
        "## Codes",
        "",
        "A failed claim has one in its `code`.",
        "",
        "| code | meaning |",
        "|---|---|",
    ]
    return lines + [f"| `{code}` | {text} |" for code, text in CODES.items()]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
