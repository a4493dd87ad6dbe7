"""A report as JUnit XML, which build servers show."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from atelier.verify.report import Report
from atelier.verify.reports import words

#: What XML 1.0 cannot carry.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def junit(report: Report) -> str:
    """Return the document; a claim is a test case of its topic."""
    counts = report.counts
    suite = Element(
        "testsuite",
        name=f"atelier verify {report.target.url}",
        timestamp=report.began,
        time=f"{report.seconds:.3f}",
        tests=str(len(report.results)),
        failures=str(counts["failed"]),
        errors="0",
        skipped=str(counts["skipped"]),
    )
    for each in report.results:
        topic = each.claim.partition(".")[0]
        case = SubElement(
            suite, "testcase", classname=f"atelier.{topic}", name=each.claim, time=f"{each.seconds:.3f}"
        )
        if each.verdict == "failed":
            failure = SubElement(case, "failure", type=each.code, message=_clean(each.reason))
            failure.text = _clean(f"{each.text}\n{each.remedy}")
        elif each.verdict == "skipped":
            SubElement(case, "skipped", message=_clean(each.reason))
        SubElement(case, "system-out").text = _clean("\n".join(map(words.evidence, each.evidence)))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suite, encoding="unicode") + "\n"


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
