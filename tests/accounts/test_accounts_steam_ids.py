"""Reading what a person writes for a Steam account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.accounts.steam_ids import ANONYMOUS, BASE, SteamRef, account_id, read_steam_ref
from webapp.core.errors import BadInput

ACCOUNTS = st.integers(1, ANONYMOUS - 1)


@given(ACCOUNTS)
def test_every_written_form_of_an_account_means_the_same(account: int) -> None:
    steam_id = BASE + account
    forms = (
        str(steam_id),
        str(account),
        f" {steam_id}\n",
        f"[U:1:{account}]",
        f"u:1:{account}",
        f"STEAM_0:{account % 2}:{account // 2}",
        f"steam_1:{account % 2}:{account // 2}",
        f"https://steamcommunity.com/profiles/{steam_id}",
        f"http://www.steamcommunity.com/profiles/{steam_id}/games?tab=all",
        f"steamcommunity.com/profiles/{steam_id}#top",
    )
    assert {read_steam_ref(form) for form in forms} == {SteamRef(steam_id=steam_id)}
    assert account_id(steam_id) == account


@pytest.mark.parametrize(
    "text",
    ["gabelogannewell", "https://steamcommunity.com/id/gabelogannewell/", "Gabe_Logan-2"],
)
def test_a_vanity_name_is_left_to_steam(text: str) -> None:
    name = text.rstrip("/").rsplit("/", 1)[-1]
    assert read_steam_ref(text) == SteamRef(vanity=name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "0",
        str(ANONYMOUS),
        str(BASE),
        str(BASE + ANONYMOUS),
        "9" * 17,
        "9" * 40,
        "\uff11\uff12\uff13\uff14",
        "STEAM_0:2:5",
        "STEAM_0:0:0",
        "[U:1:4294967295]",
        "[U:2:77]",
        "https://evil.example/profiles/76561198046783616",
        "https://steamcommunity.com.evil.example/id/somebody",
        "javascript:alert(1)",
        "a name with spaces",
        "x" * 33,
        "a",
        "\x00",
        "https://steamcommunity.com/id/../admin",
    ],
)
def test_what_is_no_account_is_refused_under_its_field(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_steam_ref(text)
    assert "steam" in refused.value.fields


@given(st.text(max_size=60))
def test_any_text_is_an_account_or_refused(text: str) -> None:
    try:
        ref = read_steam_ref(text)
    except BadInput:
        return
    assert (ref.steam_id is None) != (ref.vanity is None)
    assert ref.steam_id is None or BASE < ref.steam_id < BASE + ANONYMOUS
