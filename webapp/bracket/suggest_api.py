"""Suggestions and a team's matches for scripts."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from webapp.accounts.policy import current_user, policy
from webapp.bracket.api import TeamPath
from webapp.bracket.game_api import GamePath
from webapp.bracket.suggestion_view import SuggestionList, list_body, suggestions_for
from webapp.bracket.team_matches import matches_of_team
from webapp.core.api import SIGNED_IN, ListQuery, Query, api_blueprint
from webapp.matches.match_view import MatchList, page_body

api = api_blueprint("suggestions", __name__)


class SuggestionsQuery(Query):
    q: str = Field("", max_length=100, description="A match's id, a steamid or a player's name")
    dismissed: bool = Field(False, description="Those dismissed for this game too, at the end")


@api.get(
    "/games/<int:game_id>/suggestions",
    responses={200: SuggestionList},
    security=SIGNED_IN,
    summary="The matches that could be this game, best first",
)
@policy("organizer")
def suggestions(path: GamePath, query: SuggestionsQuery) -> dict[str, Any]:
    return list_body(suggestions_for(path.game_id, query.q, dismissed=query.dismissed))


@api.get(
    "/tournaments/<int:tournament_id>/teams/<int:team_id>/matches",
    responses={200: MatchList},
    summary="Matches in which at least three of a team stood on one side, newest first",
)
@policy("anonymous")
def team_matches(path: TeamPath, query: ListQuery) -> dict[str, Any]:
    page = matches_of_team(path.tournament_id, path.team_id, query.after, query.limit)
    return page_body(page, admin=bool(current_user.can("admin")))
