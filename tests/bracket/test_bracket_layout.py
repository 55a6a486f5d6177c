"""Where the series of a bracket stand on the page."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.bracket.playing import elimination
from webapp.bracket.layout import LOWER, UPPER, Column, Tree, layout
from webapp.bracket.shape import WinnerOf

SIZES = [*range(2, 18), 21, 24, 33, 65, 97, 128]


def tree_of(format: str, n: int, **options: object) -> Tree:
    tree = layout(elimination(format, n, **options)).tree
    assert tree is not None
    return tree


def drawn(tree: Tree) -> dict[str, str]:
    """Each round with its lines; ``S`` is a series, ``s`` one without a line from the left."""
    return {
        f"{column.bracket} {column.round}": " ".join(column.lines)
        + " "
        + "".join("." if not cell.key else "s" if cell.fresh else "S" for cell in column.cells)
        for column in tree.columns
    }


def column_of(tree: Tree, bracket: str, number: int) -> Column:
    return next(c for c in tree.columns if (c.bracket, c.round) == (bracket, number))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("format", ["single_elimination", "double_elimination"])
def test_every_series_stands_in_one_cell_and_no_two_rounds_share_a_place(
    format: str, n: int
) -> None:
    plan = elimination(format, n, grand_final="reset", third_place=True)
    tree = layout(plan).tree
    assert tree is not None
    cells = [cell.key for column in tree.columns for cell in column.cells if cell.key]
    assert sorted(cells) == sorted(planned.key for planned in plan)
    places = [(column.number, column.row) for column in tree.columns]
    assert len(set(places)) == len(places)
    assert {column.number for column in tree.columns} == set(range(1, tree.width + 1))
    assert tree.width <= 14


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("format", ["single_elimination", "double_elimination"])
def test_a_line_leads_from_each_series_to_the_cell_its_winner_plays_in(format: str, n: int) -> None:
    plan = elimination(format, n)
    tree = layout(plan).tree
    assert tree is not None
    for bracket in ("winners", "losers"):
        columns = [column for column in tree.columns if column.bracket == bracket]
        for before, after in pairwise(columns):
            shrinks = len(before.cells) // len(after.cells)
            assert shrinks == (2 if "merge" in before.lines else 1)
            fed = {p.key: {s.key for s in (p.a, p.b) if isinstance(s, WinnerOf)} for p in plan}
            for place, cell in enumerate(before.cells):
                target = after.cells[place // shrinks]
                if cell.key:
                    assert target.key is not None
                    assert cell.key in fed[target.key]
                    assert not target.fresh
            reached = {place // shrinks for place, cell in enumerate(before.cells) if cell.key}
            for place, cell in enumerate(after.cells):
                assert cell.fresh == (cell.key is not None and place not in reached)


def test_eight_teams_in_double_elimination_stand_as_people_expect() -> None:
    tree = tree_of("double_elimination", 8)
    assert drawn(tree) == {
        "winners 1": "merge ssss",
        "winners 2": "fed merge SS",
        "winners 3": "fed far on S",
        "final 1": "fed final S",
        "losers 1": "on ss",
        "losers 2": "fed merge SS",
        "losers 3": "fed on S",
        "losers 4": "fed rise S",
    }
    assert column_of(tree, "winners", 3).number == column_of(tree, "losers", 4).number == 4
    assert tree.riser == column_of(tree, "final", 1).number == 5


def test_a_bye_leaves_a_gap() -> None:
    assert drawn(tree_of("single_elimination", 7))["winners 1"] == "merge .sss"


def test_a_round_of_few_series_stands_straight_before_the_next() -> None:
    found = drawn(tree_of("single_elimination", 5))
    assert found["winners 1"] == "on s."
    assert found["winners 2"] == "fed merge Ss"


def test_the_third_place_stands_below_the_final() -> None:
    third = column_of(tree_of("single_elimination", 8, third_place=True), "third_place", 1)
    assert (third.number, third.row, third.lines) == (3, LOWER, ())


def test_without_a_grand_final_nothing_rises() -> None:
    tree = tree_of("double_elimination", 8, grand_final="none")
    assert tree.riser is None
    assert column_of(tree, "winners", 3).row == UPPER
    assert "rise" not in column_of(tree, "losers", 4).lines


def test_two_teams_meet_and_meet_again_in_the_grand_final() -> None:
    found = drawn(tree_of("double_elimination", 2, grand_final="reset"))
    assert found == {"winners 1": "on s", "final 1": "fed on S", "final 2": "fed S"}


def test_groups_stand_by_round_before_the_knock_out() -> None:
    shape = layout(elimination("groups_knockout", 8, groups=2, advancing=2))
    assert [group.name for group in shape.groups] == ["A", "B"]
    assert [(number, len(keys)) for number, keys in shape.groups[0].rounds] == [
        (1, 2),
        (2, 2),
        (3, 2),
    ]
    assert shape.tree is not None
    assert shape.tree.width == 2


def test_of_no_bracket_there_is_no_picture() -> None:
    assert layout([]).tree is None
    assert layout([]).groups == ()
