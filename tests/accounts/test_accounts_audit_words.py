"""A change in words."""

from __future__ import annotations

import pytest

from webapp.accounts import audit_list


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ({"role": "player"}, {"role": "admin"}, "role: player → admin"),
        (None, {"name": "x", "zone": None}, "name: x, zone: none"),
        ({"ids": list(range(12))}, None, "ids: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 …"),
        (None, {"joined": False, "full": True}, "joined: no, full: yes"),
        (None, None, ""),
    ],
)
def test_a_change_reads_as_one_line(
    before: dict[str, object] | None, after: dict[str, object] | None, words: str
) -> None:
    assert audit_list.changes(before, after) == words
