"""`atelier verify` and `atelier diagnose` as an administrator runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

DEADLINE = 120


def atelier(*arguments: object) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ATELIER_")}
    return subprocess.run(
        [sys.executable, "-m", "atelier", *map(str, arguments)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=DEADLINE,
        check=False,
        env=environment,
    )


def told(answer: subprocess.CompletedProcess[str], event: str) -> dict[str, Any]:
    documents = [json.loads(line) for line in answer.stdout.splitlines()]
    [found] = [each for each in documents if each["event"] == event]
    return dict(found)


def test_without_an_address_an_engine_of_ones_own_is_proved_and_reports_are_written(tmp_path: Path) -> None:
    reports = [tmp_path / f"proof.{suffix}" for suffix in ("json", "md", "html", "xml")]
    options = [text for each in reports for text in ("--report", each)]
    answer = atelier("verify", "--json", *options, "--metrics", tmp_path / "proof.prom")
    document = told(answer, "verified")
    failed = {each["claim"] for each in document["results"] if each["verdict"] == "failed"}
    # How fast it is depends on what else this machine does.
    assert {each for each in failed if not each.startswith("figures.")} == set()
    assert answer.returncode == (14 if failed else 0)
    assert all(each.stat().st_size > 1000 for each in reports)
    assert "atelier_verify_score" in (tmp_path / "proof.prom").read_text(encoding="utf-8")

    same = atelier("verify", "compare", reports[0], reports[0])
    assert (same.returncode, same.stdout.strip()) == (0, "Nothing changed.")


def test_a_server_that_is_not_there_is_said_to_be_so_and_what_broke_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    answer = atelier("verify", "http://127.0.0.1:9", "--report", broken)
    assert answer.returncode == 14
    assert "Nothing listens at the address." in answer.stdout

    again = atelier("diagnose", "--from-report", broken, "--json")
    assert again.returncode == 14
    assert [each["id"] for each in told(again, "diagnosis")["causes"]] == ["not-running"]


def test_a_report_that_could_not_be_written_costs_no_run(tmp_path: Path) -> None:
    answer = atelier("verify", "http://127.0.0.1:9", "--report", tmp_path / "proof.pdf")
    assert answer.returncode == 2
    assert ".html" in answer.stderr
