"""A command tells people lines and programs documents."""

from __future__ import annotations

import io
import json

from atelier.cli.reporter import Reporter


def told(*, json_lines: bool) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    with Reporter(json_lines=json_lines, out=out, err=err) as reporter:
        reporter.event("accepted", job_id="1")
        for step in range(1, 9):
            reporter.progress("sampling", step, 8)
        reporter.remark("notice", "The model does not know: dragon.", words=["dragon"])
        reporter.result("saved", "a.png", path="a.png")
        reporter.error("JobFailed", "Node 3 failed.", status=7, details=("node 3: too large",))
    return out.getvalue(), err.getvalue()


def test_a_person_gets_results_on_standard_output_and_the_rest_on_standard_error() -> None:
    out, err = told(json_lines=False)
    assert out == "a.png\n"
    assert err.splitlines()[-3:] == [
        "The model does not know: dragon.",
        "atelier: Node 3 failed.",
        "  node 3: too large",
    ]


def test_without_a_terminal_progress_is_a_few_plain_lines() -> None:
    _, err = told(json_lines=False)
    assert [line for line in err.splitlines() if line.startswith("sampling")] == [
        "sampling: 1 of 8",
        "sampling: 2 of 8",
        "sampling: 4 of 8",
        "sampling: 6 of 8",
        "sampling: 8 of 8",
    ]


def test_a_program_gets_one_document_a_line_and_nothing_else() -> None:
    out, err = told(json_lines=True)
    events = [json.loads(line) for line in out.splitlines()]
    assert err == ""
    assert [each["event"] for each in events] == ["accepted", *["progress"] * 8, "notice", "saved", "error"]
    assert events[-1]["status"] == 7
