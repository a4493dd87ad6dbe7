"""Notices travel as JSON and come back as they were."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atelier.schemas.notices import Notice

NOTICES = st.builds(
    Notice, code=st.text(), message=st.text(), node_id=st.text(), items=st.lists(st.text()).map(tuple)
)


@given(NOTICES)
def test_a_notice_survives_the_wire(notice: Notice) -> None:
    assert Notice.from_json(json.loads(json.dumps(notice.to_json()))) == notice


@pytest.mark.parametrize("document", [{}, {"code": 1, "message": "", "node": ""}, {"items": "ab"}])
def test_what_is_no_notice_is_refused(document: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a notice"):
        Notice.from_json(document)
