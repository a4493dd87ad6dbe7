"""The step that proves everything and writes it down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from atelier import __version__
from atelier.errors import AtelierError, ReportUnreadable, StepFailed
from atelier.setup import accounts, proof
from atelier.setup.containers import containers
from atelier.setup.setting import Setting
from atelier.setup.step import Done, Outcome, StepEnded
from atelier.verify.claims import CLAIMS
from atelier.verify.evidence import Note
from atelier.verify.profile import includes
from atelier.verify.report import Report, read_report
from atelier.verify.reports import write_report
from atelier.verify.reports.words import score
from atelier.verify.result import Result

FOLDER = "reports"
#: The forms of one report; the first is what people open, the second what is read again.
FILES = ("setup.html", "setup.json", "setup.md")

#: Steps whose claims are left out where they are skipped.
_API, _PICTURE = "api", "picture"


async def carry_out(setting: Setting, before: Sequence[Outcome]) -> Done:
    """Look at every claim that was not looked at yet, and write all of it down, prerequisites included.

    A report that still holds stays: it is good, and of these containers and this Atelier.

    Raises:
        StepEnded: a claim does not hold; the report is written all the same.
        AtelierError: the service cannot be looked at.
    """
    clean = all(each.verdict in ("done", "unchanged") for each in before)
    kept = None if setting.again or not clean else holding(setting)
    if kept is not None:
        return Done(told=f"That of {kept.began} still holds: {score(kept)}.")
    report = await _proved(setting, before)
    for name in FILES:
        write_report(report, setting.directory / FOLDER / name)
    text = f"{score(report)}: {paths(setting)[0]}"
    if not report.good:
        raise StepEnded(StepFailed(f"{text}\n{proof.told(report)}"), looked=report)
    return Done(told=f"{text[0].upper()}{text[1:]}", changed=True, looked=report)


async def plan(setting: Setting) -> str:
    """Say what would be proved and written."""
    if setting.is_made and not setting.again and holding(setting) is not None:
        return f"{paths(setting)[0]} still holds: nothing to do."
    names = ", ".join(FILES)
    return (
        f"Would look at the claims of the profile {setting.profile}, restarting the containers where it is "
        f"full, and write {names} to {setting.directory / FOLDER}."
    )


def paths(setting: Setting) -> tuple[Path, ...]:
    """Return where the forms of the report are."""
    return tuple(setting.directory / FOLDER / name for name in FILES)


def holding(setting: Setting) -> Report | None:
    """Return the report that is there, if it is good, whole, and of what runs now.

    Raises:
        DockerUnusable: Docker does not tell of the containers.
    """
    try:
        report = read_report(setting.directory / FOLDER / FILES[1])
    except ReportUnreadable:
        return None
    if not all(each.is_file() for each in paths(setting)):
        return None
    whole = not any(each.claim.startswith("setup.") for each in report.results)
    if not (report.good and whole and report.target.second_token):
        return None
    if report.target.version != __version__ or not includes(report.target.profile, setting.profile):
        return None
    began = datetime.fromisoformat(report.began)
    # Docker tells nanoseconds.
    made = [datetime.fromisoformat(f"{each.created[:19]}+00:00") for each in containers(setting)]
    return report if made and max(made) <= began else None


async def _proved(setting: Setting, before: Sequence[Outcome]) -> Report:
    """Return what was found in this run, with what is looked at now."""
    looked = [each.looked for each in before if each.looked is not None]
    done = {each.claim for report in looked for each in report.results}
    wanted = [each for each in CLAIMS if includes(setting.profile, each.profile) and each.id not in done]
    not_carried_out = {each.step: each for each in before if each.verdict == "skipped"}
    # Whoever wants no picture gets none in the report's stead.
    left_out = [each for each in wanted if _PICTURE in not_carried_out and each.pictures]
    if _API in not_carried_out:
        ids = {each.id for each in proof.api_claims()}
        left_out += [each for each in wanted if each.id in ids]
    names = {each.id for each in left_out}
    tokens = await _tokens(setting, before)
    claims = [each for each in wanted if each.id not in names]
    looked.append(await proof.look(setting, tokens, claims, setting.profile))
    others = [
        *(result for each in before for result in each.results),
        *(_of_step(each) for each in before if each.verdict == "skipped" or _has_nothing_to_show(each)),
        *(proof.skipped(each, "The step that looks at it was skipped.") for each in left_out),
    ]
    return proof.put_together(looked, others, setting.profile)


async def _tokens(setting: Setting, before: Sequence[Outcome]) -> accounts.Tokens | None:
    """Return the accounts' tokens; None where a step failed already for want of them."""
    try:
        return await accounts.ready(setting, proof.target(setting).tls())
    except AtelierError:
        if not any(map(_has_nothing_to_show, before)):
            raise
        return None


def _has_nothing_to_show(outcome: Outcome) -> bool:
    """Return whether a step failed before it looked at anything."""
    return outcome.verdict == "failed" and outcome.looked is None


def _of_step(outcome: Outcome) -> Result:
    """Return a step that was not carried out, or failed, as the report tells it."""
    failed = outcome.verdict == "failed"
    return Result(
        claim=f"setup.{outcome.step}",
        text=f"{outcome.title}.",
        verdict="failed" if failed else "skipped",
        reason=outcome.told,
        code="unexpected" if failed else "",
        seconds=round(outcome.seconds, 3),
        evidence=(Note(text=outcome.told),) if failed else (),
    )
