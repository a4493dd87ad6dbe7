"""The steps that look at the API with its door, and that draw one picture."""

from __future__ import annotations

from collections.abc import Sequence

from atelier.errors import StepFailed
from atelier.setup import accounts, proof
from atelier.setup.setting import Setting
from atelier.setup.step import Done, Outcome, StepEnded
from atelier.verify.claim import Claim
from atelier.verify.claims import CLAIMS
from atelier.verify.diagnosis.diagnose import diagnosed
from atelier.verify.evidence import PictureSeen
from atelier.verify.report import Report


async def check_api(setting: Setting, before: Sequence[Outcome]) -> Done:
    """Look at the address, the certificate, the door, the WebSocket and the server; make the accounts for it.

    Raises:
        StepEnded: a claim does not hold; with what was found.
        AtelierError: the service does not answer, or the accounts cannot be made.
    """
    report, made = await _looked(setting, proof.api_claims())
    passed, skipped = report.counts["passed"], report.counts["skipped"]
    text = f"{passed} claims hold, {skipped} do not apply."
    if made:
        text += f" Made the accounts {' and '.join(made)}."
    return Done(told=text, changed=bool(made), looked=report)


async def plan_api(setting: Setting) -> str:
    """Say what would be looked at and made."""
    there = accounts.known(setting)
    made = [each for each in accounts.ACCOUNTS if each not in there]
    text = f"Would look at {len(proof.api_claims())} claims about {setting.deployment.address.url}"
    return f"{text}, with the new accounts {' and '.join(made)}." if made else f"{text}."


async def draw(setting: Setting, before: Sequence[Outcome]) -> Done:
    """Draw one picture over HTTPS, as a student does; raises as `check_api`."""
    report, made = await _looked(setting, _drawing())
    seen = [each for each in report.results[0].evidence if isinstance(each, PictureSeen)]
    told = ", ".join(f"{each.format} of {each.width} x {each.height}" for each in seen)
    return Done(
        told=f"Drawn anew within {report.results[0].seconds:.1f} s, fetched and looked at: {told}.",
        changed=bool(made),
        looked=report,
    )


async def plan_draw(setting: Setting) -> str:
    """Say what would be drawn."""
    return "Would draw a picture over HTTPS as a student does, look at it, and delete it."


def _drawing() -> tuple[Claim, ...]:
    return tuple(each for each in CLAIMS if each.id == proof.PICTURE)


async def _looked(setting: Setting, claims: Sequence[Claim]) -> tuple[Report, tuple[str, ...]]:
    tokens = await accounts.ready(setting, proof.target(setting).tls())
    report = diagnosed(await proof.look(setting, tokens, claims, "quick"))
    if not report.good:
        failed = report.counts["failed"]
        whole = f"{failed} of {len(report.results)} claims do not hold:\n{proof.told(report)}"
        raise StepEnded(StepFailed(whole), looked=report)
    return report, tokens.made
