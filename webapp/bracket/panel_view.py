"""A series' panel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.bracket.bracket_view import View
from webapp.bracket.services import Bracket
from webapp.tournaments.models import Series


def panel_of(bracket: Bracket, series: Series, args: Mapping[str, str], view: View) -> Any:
    return None
