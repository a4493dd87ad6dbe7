"""Looks at the claims of a service that was set up, as the two accounts of the verification."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from atelier.setup.accounts import Tokens
from atelier.setup.deployed import target_of
from atelier.setup.setting import Setting
from atelier.verify.claim import Claim
from atelier.verify.claims import CLAIMS
from atelier.verify.diagnosis.diagnose import diagnosed
from atelier.verify.profile import Profile
from atelier.verify.report import Report
from atelier.verify.result import Result
from atelier.verify.run import verify
from atelier.verify.target import Target
from atelier.workflows.text_to_image import TEXT_TO_IMAGE

#: The claims of the step that looks at the API and its door, by topic.
API_TOPICS = frozenset({"reach", "tls", "door", "socket", "server"})
#: What the step that draws looks at.
PICTURE = "draws.text_to_image"


def target(setting: Setting, tokens: Tokens | None = None) -> Target:
    """Return what is to be looked at, and with what means.

    Raises:
        UsageError: the file of authorities cannot be read.
    """
    found = target_of(setting.directory, setting.deployment)
    return replace(
        found,
        token=None if tokens is None else tokens.first.get_secret_value(),
        second_token=None if tokens is None else tokens.second.get_secret_value(),
        ca_file=setting.ca_file or found.ca_file,
        required=frozenset({TEXT_TO_IMAGE.name}),
        side=setting.side,
        drawing_seconds=setting.drawing_seconds,
    )


def api_claims() -> tuple[Claim, ...]:
    """Return the claims about the API and its door that are quick to look at."""
    return tuple(
        each for each in CLAIMS if each.id.partition(".")[0] in API_TOPICS and each.profile == "quick"
    )


async def look(setting: Setting, tokens: Tokens | None, claims: Sequence[Claim], profile: Profile) -> Report:
    """Return what holds of these claims."""

    def tell(result: Result, done: int, of: int) -> None:
        setting.progress("Looking", done, of)

    return await verify(target(setting, tokens), claims, profile=profile, on_result=tell)


def put_together(reports: Sequence[Report], others: Iterable[Result], profile: Profile) -> Report:
    """Return one report of several that looked at different claims one after the other, causes included.

    Args:
        others: Results besides, which stand at its head.
    """
    found = {each.claim: each for report in reports for each in report.results}
    order = [each.id for each in CLAIMS if each.id in found]
    last = reports[-1]
    whole = Report(
        target=last.target.model_copy(update={"profile": profile}),
        began=min((each.began for each in reports), key=datetime.fromisoformat),
        seconds=round(sum(each.seconds for each in reports), 3),
        results=(*others, *(found[each] for each in order)),
    )
    return diagnosed(whole)


def skipped(claim: Claim, reason: str) -> Result:
    """Return the result of a claim that nobody looked at."""
    return Result(claim=claim.id, text=claim.text, verdict="skipped", reason=reason, seconds=0.0)


def told(report: Report) -> str:
    """Return the failed claims with their remedies and likely causes, in lines."""
    lines = [
        f"  {each.text} FAILED: {each.reason} {each.remedy}".rstrip()
        for each in report.results
        if each.verdict == "failed"
    ]
    lines += [f"  Likely cause: {each.title} {each.explanation} {each.remedy}" for each in report.causes]
    return "\n".join(lines)
