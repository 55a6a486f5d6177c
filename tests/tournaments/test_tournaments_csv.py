"""Teams out of a table: what is read, and what is wrong in which line and column."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.accounts.steam_ids import BASE
from webapp.tournaments import teams_csv
from webapp.tournaments.entries import Player
from webapp.tournaments.teams_csv import read

ID = BASE + 1000
HEAD = "team,tag,seed,player,steam_id,captain,mmr\n"


def wrong(text: str, taken: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    return [(one.line, one.column) for one in read(text, taken).wrong]


def test_rows_become_teams_with_their_players() -> None:
    table = read(
        HEAD
        + f"Foxglove,FOX,1,oskvald,{ID},yes,5400\n"
        + f'Foxglove,,,"Лиса, 57",https://steamcommunity.com/profiles/{ID + 1}/,,\n'
        + f'"Moss & Iron",,2,,{1002},C,4000\n'
    )
    assert table.wrong == []
    fox, moss = table.teams
    assert (fox.name, fox.tag, fox.seed) == ("Foxglove", "FOX", 1)
    assert fox.members == (Player(ID, "oskvald", True, False, 5400), Player(ID + 1, "Лиса, 57"))
    assert (moss.name, moss.members) == ("Moss & Iron", (Player(BASE + 1002, "", True, mmr=4000),))
    assert table.players == 3


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_mark_between_columns_is_found_by_itself(mark: str) -> None:
    text = "\ufeffSteam Profile|Team Name|Rank\r\n" + f"{ID}|Foxglove|100\r\n\r\n"
    table = read(text.replace("|", mark))
    assert (table.wrong, table.teams[0].name) == ([], "Foxglove")
    assert table.teams[0].members[0].mmr == 100


@pytest.mark.parametrize(
    ("rows", "places"),
    [
        ("Foxglove,,,,,,", [(2, "steam_id")]),
        ("Foxglove,,,,not a steam id,,", [(2, "steam_id")]),
        ("Foxglove,,,,https://steamcommunity.com/id/oskvald,,", [(2, "steam_id")]),
        (f"Foxglove,,,,{ID},maybe,", [(2, "captain")]),
        (f"Foxglove,,,,{ID},,0", [(2, "mmr")]),
        (f"Foxglove,,,,{ID},,5k", [(2, "mmr")]),
        (f"Foxglove,,x,,{ID},,", [(2, "seed")]),
        (f"Foxglove,,0,,{ID},,", [(2, "seed")]),
        (f",,,,{ID},,", [(2, "team")]),
        (f"Foxglove,,,,{ID},,\nFoxglove,,,,{ID},,", [(3, "steam_id")]),
        (f"Foxglove,,,,{ID},x,\nfoxglove,,,,{ID + 1},x,", [(3, "captain")]),
        (f"Foxglove,A,1,,{ID},,\nFoxglove,B,2,,{ID + 1},,", [(3, "tag"), (3, "seed")]),
        (f"Foxglove,,1,,{ID},,\nSaltmarsh,,1,,{ID + 1},,", [(3, "seed")]),
        (f"Saltmarsh,,,,{ID},,", [(2, "team")]),
        (f"{'x' * 81},,,,{ID},,", [(2, "team")]),
        (f"Foxglove,,,,,y,abc\nSaltmarsh,,,,{ID},,", [(2, "steam_id"), (2, "mmr"), (3, "team")]),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(
    rows: str, places: list[tuple[int, str]]
) -> None:
    assert wrong(HEAD + rows, ("saltmarsh",) if rows.endswith(f"{ID},,") else ()) == places


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("", [(1, "")]),
        ("\n \n", [(1, "")]),
        ("team,player\nFoxglove,oskvald", [(1, "steam_id")]),
        (f"team,steam_id,colour\nFoxglove,{ID},red", [(1, "colour")]),
        (f"team,steam_id,steam\nFoxglove,{ID},{ID}", [(1, "steam_id")]),
        ('team,steam_id\n"Foxglove,1', [(1, "")]),
        (HEAD + "x" * teams_csv.LARGEST, [(1, "")]),
    ],
)
def test_what_is_no_table_is_refused_whole(text: str, places: list[tuple[int, str]]) -> None:
    assert wrong(text) == places


def test_a_table_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teams_csv, "MOST_ROWS", 2)
    rows = "".join(f"Team {n},,,,{ID + n},,\n" for n in range(3))
    assert wrong(HEAD + rows) == [(4, "")]
    monkeypatch.setattr(teams_csv, "MOST_ROWS", 20)
    monkeypatch.setattr(teams_csv, "MOST_TEAMS", 3)
    assert wrong(HEAD + rows, ("another",)) == [(1, "")]


@given(st.text(alphabet=st.sampled_from([*'team,steam_id;\t\r\n" 0719', "\x00", "é"]), max_size=80))
def test_whatever_is_pasted_is_read_or_told_why_not(text: str) -> None:
    for start in ("", HEAD, "team,steam_id\n"):
        table = read(start + text)
        assert table.wrong or table.teams
