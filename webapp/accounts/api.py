"""Who am I, for scripts."""

from __future__ import annotations

from pydantic import BaseModel

from webapp.accounts.context import person
from webapp.accounts.policy import policy
from webapp.accounts.steam_accounts import steam_accounts_of
from webapp.core.api import api_blueprint

api = api_blueprint("accounts", __name__)


class Me(BaseModel):
    """The person a token or a session stands for; ids are strings."""

    id: int
    discord_id: str
    name: str
    role: str
    steam_ids: list[str]


@api.get("/me", responses={200: Me}, summary="Who is signed in")
@policy("player")
def me() -> dict[str, object]:
    user = person()
    accounts = steam_accounts_of(user.id)
    return Me(
        id=user.id,
        discord_id=str(user.discord_id),
        name=user.name,
        role=user.role,
        steam_ids=[str(account.steam_id) for account in accounts],
    ).model_dump()
