"""A report as one HTML file, the pictures within."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from html import escape
from string import Template

from atelier.verify.evidence import PictureSeen
from atelier.verify.kind import KINDS
from atelier.verify.report import Report
from atelier.verify.reports import words
from atelier.verify.result import Result

#: Bytes of a picture that is put into the file; a larger one is named only.
_LARGEST = 4 * 2**20
_MARKS = {"passed": "✓", "failed": "✗", "skipped": "–"}
_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}

_PAGE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; --good: #1a7f37; --bad: #c62828; --none: #767676; --line: #8884; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; overflow-wrap: anywhere; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.score { font-size: 1.1rem; font-weight: 600; }
.passed { color: var(--good); } .failed { color: var(--bad); } .skipped { color: var(--none); }
details { border-top: 1px solid var(--line); padding: .35rem 0; }
summary { cursor: pointer; display: flex; gap: .6rem; }
summary .time { margin-left: auto; color: var(--none); white-space: nowrap; }
.mark { width: 1.2rem; text-align: center; flex: none; font-weight: 700; }
.why { margin: .3rem 0 .3rem 1.8rem; } ul { margin: .3rem 0 .6rem 1.8rem; padding-left: 1rem; }
li { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
figure { display: inline-block; margin: .5rem .5rem .5rem 1.8rem; }
figcaption { font-size: .8rem; color: var(--none); }
img { max-width: 16rem; max-height: 16rem; border: 1px solid var(--line); image-rendering: auto; }
.cause { border-left: 4px solid var(--bad); padding: .2rem .8rem; margin: .6rem 0; }
</style></head><body>
<h1>$title</h1>
<p>$about</p>
<p class="score $verdict">$score</p>
$causes
<h2>Pictures</h2>
$pictures
<h2>Claims</h2>
$claims
</body></html>
"""
)


def html(report: Report) -> str:
    """Return the page; nothing in it is fetched, and nothing that a server answered is markup."""
    target = report.target
    pictures = [
        _figure(each, f"{result.claim}: ") for result in report.results for each in _pictures_of(result)
    ]
    return _PAGE.substitute(
        title=escape(f"What holds of {target.url}"),
        about=escape(
            f"{KINDS[target.kind]}, looked at with the profile {target.profile} on {report.began} within "
            f"{report.seconds:.1f} s, by Atelier {target.version}."
        ),
        verdict="passed" if report.good else "failed",
        score=escape(words.score(report)[0].upper() + words.score(report)[1:] + "."),
        causes="".join(_causes(report)),
        pictures="\n".join(pictures) or "<p>None was drawn.</p>",
        claims="\n".join(_claim(each) for each in report.results),
    )


def _causes(report: Report) -> Iterator[str]:
    if report.causes:
        yield "<h2>Likely causes</h2>"
    for each in report.causes:
        explained = ", ".join(each.claims)
        yield (
            f'<div class="cause"><strong>{escape(each.title)}</strong> {escape(each.explanation)} '
            f"{escape(each.remedy)}<br><small>Explains: {escape(explained)}</small></div>"
        )


def _claim(result: Result) -> str:
    why = f"{result.reason} {result.remedy}".strip()
    lines = "".join(f"<li>{escape(words.evidence(each))}</li>" for each in result.evidence)
    return (
        f"<details{' open' if result.verdict == 'failed' else ''}><summary>"
        f'<span class="mark {result.verdict}" title="{result.verdict}">{_MARKS[result.verdict]}</span>'
        f'<span>{escape(result.text)}</span><span class="time">{escape(result.claim)}, '
        f"{result.seconds:.2f} s</span></summary>"
        + (f'<p class="why">{escape(why)}</p>' if why else "")
        + (f"<ul>{lines}</ul>" if lines else "")
        + "</details>"
    )


def _pictures_of(result: Result) -> list[PictureSeen]:
    return [
        each
        for each in result.evidence
        if isinstance(each, PictureSeen) and 0 < len(each.data) <= _LARGEST and each.format in _TYPES
    ]


def _figure(seen: PictureSeen, before: str) -> str:
    data = base64.b64encode(seen.data).decode()
    return (
        f'<figure><img alt="{escape(seen.name)}" src="data:{_TYPES[seen.format]};base64,{data}">'
        f"<figcaption>{escape(before)}{escape(seen.name)}<br>{seen.width} x {seen.height}, "
        f"SHA-256 {seen.sha256[:16]}</figcaption></figure>"
    )
