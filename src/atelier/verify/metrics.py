"""The last run as figures for Prometheus' textfile collector."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from atelier.errors import UsageError
from atelier.verify.report import Report


def metrics(report: Report) -> str:
    """Return the figures in Prometheus' text format."""
    target = f'target="{_quoted(report.target.url)}",profile="{report.target.profile}"'
    began = datetime.fromisoformat(report.began).timestamp()
    lines = [
        "# HELP atelier_verify_claims Claims of the last run, by verdict.",
        "# TYPE atelier_verify_claims gauge",
        *(
            f'atelier_verify_claims{{{target},verdict="{verdict}"}} {count}'
            for verdict, count in report.counts.items()
        ),
        "# HELP atelier_verify_claim_holds Whether a claim held (1) or failed (0).",
        "# TYPE atelier_verify_claim_holds gauge",
        *(
            f'atelier_verify_claim_holds{{{target},claim="{each.claim}"}} {int(each.verdict == "passed")}'
            for each in report.results
            if each.verdict != "skipped"
        ),
        "# HELP atelier_verify_duration_seconds How long the last run took.",
        "# TYPE atelier_verify_duration_seconds gauge",
        f"atelier_verify_duration_seconds{{{target}}} {report.seconds}",
        "# HELP atelier_verify_timestamp_seconds When the last run began, in seconds since 1970.",
        "# TYPE atelier_verify_timestamp_seconds gauge",
        f"atelier_verify_timestamp_seconds{{{target}}} {began:.0f}",
    ]
    if report.score is not None:
        lines += [
            "# HELP atelier_verify_score The part of the claims with evidence that held, 0 to 1.",
            "# TYPE atelier_verify_score gauge",
            f"atelier_verify_score{{{target}}} {report.score:.6g}",
        ]
    return "\n".join(lines) + "\n"


def write_metrics(report: Report, path: Path) -> None:
    """Write the figures; the file is replaced whole, as the collector may read at any time.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        beside = path.with_name(f".{path.name}.part")
        beside.write_text(metrics(report), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}.") from error


def _quoted(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
