"""Every pair of colours that the stylesheet puts on each other can be read (WCAG 2.2 AA)."""

from __future__ import annotations

import re

import pytest

from webapp.settings import ROOT

CSS = (ROOT / "static" / "aegis.css").read_text()
TOKENS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#[\da-f]{6}), (#[\da-f]{6})\)", CSS
    )
}
TOKENS["on-gold"] = (re.findall(r"--on-gold: (#[\da-f]{6})", CSS)[0],) * 2

BACKS = ("bg", "surface", "raised", "sunken", "hover")
HUES = ("gold", "river", "radiant", "dire")
SOFT = tuple(f"{hue}-soft" for hue in HUES)
TEXT = [(voice, back) for voice in ("text", "muted", "faint") for back in BACKS + SOFT]
TEXT += [("muted", "tile"), ("on-gold", "gold-solid"), ("bg", "text")]
TEXT += [(hue, back) for hue in HUES for back in (*BACKS, f"{hue}-soft")]
MARKS = [("line-control", back) for back in ("bg", "surface", "sunken", "gold-soft")]
MARKS += [("focus", back) for back in BACKS + SOFT]
MARKS += [(f"{hue}-solid", "surface") for hue in ("radiant", "dire", "river")]
MARKS += [("river-solid", "tile")]
PAIRS = [(*pair, 4.5) for pair in TEXT] + [(*pair, 3.0) for pair in MARKS]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_has_the_known_ratio() -> None:
    assert ratio("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_pair_of_colours_can_be_read(theme: int) -> None:
    found = {(a, b): ratio(TOKENS[a][theme], TOKENS[b][theme]) for a, b, _ in PAIRS}
    low = [f"{a} on {b}: {found[a, b]:.2f}" for a, b, least in PAIRS if found[a, b] < least]
    assert low == []


def test_components_use_only_tokens_for_their_colours() -> None:
    """A colour written out elsewhere would be missed above; black and white mixes are allowed."""
    after = CSS.split("/* ---- Base */", 1)[1]
    colours = set(re.findall(r"#[\da-f]{3,8}\b", after)) - {"#0000", "#fff", "#05070bb3"}
    assert colours == set()
