"""What an organizer sees of a night: which series need a hand, and why. Pure.

Each series of the night stands in one of four sections. What is missing is a hint, never a
verdict: a game that nobody finds may have been played under another ticket, or not yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from webapp.bracket.discord_text import Told
from webapp.bracket.tonight_show import Played, Show
from webapp.core.figures import plural

Section = Literal["needs", "live", "waiting", "settled"]
SECTIONS: dict[Section, str] = {
    "needs": "Needs you",
    "live": "Live",
    "waiting": "Waiting",
    "settled": "Settled",
}

LATE = timedelta(minutes=10)
"""After its start without a live game, a series may be missing."""

PAUSE = timedelta(minutes=30)
"""Between two games; the details of a match come a while after it has ended."""

WON_BY_HAND = frozenset({"withheld", "failed"})
CHECK = "check the ticket."


@dataclass(frozen=True, slots=True)
class Row:
    """A series as the page shows it: its section, a badge, a sentence, and what can be done.

    ``moment`` is told between the badge's words and the sentence, in the reader's zone.
    """

    show: Show
    section: Section
    badge: str
    word: str
    words: str
    moment: datetime | None = None
    link: Played | None = None
    verb: str = ""

    @property
    def href(self) -> str:
        number = self.link.number if self.link else None
        return f"{self.show.href}&game={number}" if number else self.show.href


def row_of(show: Show, now: datetime) -> Row:
    """The section of a series: what needs a person first, then what is live."""
    waiting = Row(show, "waiting", "waiting", "", show.where)
    flagged = next((game for game in show.games if game.flag), None)
    if flagged:
        word = f"Look at game {flagged.number}"
        return replace(
            waiting, section="needs", badge="failed", word=word, words=flagged.flag or "",
            link=flagged, verb="Look",
        )  # fmt: skip
    if show.state == "done":
        return replace(waiting, section="settled", badge="ok", word="Settled", words=_how(show))
    return (
        _asked_for(waiting)
        or _to_link(waiting)
        or _live(waiting)
        or _missing(waiting, now)
        or _when(waiting, now)
    )


def _asked_for(row: Row) -> Row | None:
    """A game whose match no source tells of: a person enters who won."""
    for game in row.show.games:
        if game.state == "linked" and game.match_state in WON_BY_HAND:
            words = f"No source tells of match {game.match_id}, game {game.number}: say who won."
            return replace(
                row, section="needs", badge="withheld", word="Who won?", words=words,
                link=game, verb="Enter winner",
            )  # fmt: skip
    return None


def _to_link(row: Row) -> Row | None:
    show, game = row.show, row.show.next_game
    if show.best is None or game is None:
        return None
    words = f"{', '.join(show.best.reasons)}."
    if show.live:
        words += f" Live now: {show.live.words}."
    return replace(
        row, section="needs", badge="unlinked", word="To link", words=words,
        moment=show.best.start, link=game, verb=f"Link game {game.number}",
    )  # fmt: skip


def _live(row: Row) -> Row | None:
    live = row.show.live
    if live is None:
        return None
    parts = [f"Game {live.number}", live.clock]
    if live.duration:
        parts += [f"{live.score_a or 0} : {live.score_b or 0}"]
    words = " · ".join([*parts, *filter(None, [live.ahead])])
    return replace(row, section="live", badge="live", word="Live", words=words)


def _missing(row: Row, now: datetime) -> Row | None:
    """A game that should be live by now, and is not under our league."""
    show, game = row.show, row.show.next_game
    if game is None or not show.is_open or _awaits_result(show):
        return None
    ended = max((one.end for one in show.games if one.end), default=None)
    since, patience = (ended, PAUSE) if ended else (show.scheduled_at, LATE)
    if since is None or now - since < patience:
        return None
    late = _span(now - since)
    after = f"after game {game.number - 1} ended" if ended else "after the start"
    if not show.live_known:
        words = f"It is {late} {after}, and Steam does not tell of live games just now."
        return replace(row, badge="waiting", word="Overdue", words=words)
    minutes = "ten minutes" if late == "10 min" else late
    words = f"No live game under our league {minutes} {after}: {CHECK}"
    return replace(
        row, section="needs", badge="failed", word="Missing", words=words, link=game, verb="Look"
    )


def _awaits_result(show: Show) -> bool:
    return any(game.state == "linked" for game in show.games)


def _when(row: Row, now: datetime) -> Row:
    """The badge of what is to come, or waits for what is being fetched."""
    show = row.show
    linked = next((game for game in show.games if game.state == "linked"), None)
    if linked:
        words = f"Game {linked.number} is linked to match {linked.match_id}."
        return replace(row, word="Waits for its result", words=words)
    until = _until(show, now)
    if until or show.state == "pending" or show.scheduled_at is None:
        return replace(row, word=until or "To come")
    if show.state == "live":
        return replace(row, word="Between games", words=f"{_score(show)} · {show.where}")
    return replace(row, word="Due now", words=f"{show.where}; its lobby should open any moment.")


def _until(show: Show, now: datetime) -> str:
    """``In 1 h 16``; empty once the start has passed."""
    if show.scheduled_at is None or show.scheduled_at <= now:
        return ""
    return f"In {_span(show.scheduled_at - now)}"


def _span(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{max(minutes, 1)} min"
    return f"{hours} h {rest:02}" if rest else f"{hours} h"


def _score(show: Show) -> str:
    return f"{show.score[0]} : {show.score[1]}"


def _how(show: Show) -> str:
    """How it was settled: by whom its games were linked, or its result entered."""
    if show.walkover:
        return f"{show.label} · walkover"
    if show.by_hand:
        return f"{show.label} · {'forfeit, ' if show.forfeit else ''}entered by hand"
    linked = [game for game in show.games if game.origin]
    if not linked:
        return f"{show.label} · forfeit"
    if all(game.origin == "auto" for game in linked):
        return f"{show.label} · linked by Aegis"
    people = sorted({game.by for game in linked if game.by})
    return f"{show.label} · linked by {' and '.join(people) or 'hand'}"


# ---- the whole night ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Night:
    """The rows of a night, section by section, each by start."""

    rows: tuple[Row, ...]

    def of(self, section: Section) -> list[Row]:
        return [row for row in self.rows if row.section == section]

    @property
    def settled(self) -> int:
        return len(self.of("settled"))

    @property
    def open(self) -> int:
        return len(self.rows) - self.settled

    @property
    def summary(self) -> str:
        return f"{len(self.rows)} series, {self.settled} settled"

    @property
    def waits_for(self) -> str:
        """What keeps the recap back."""
        if not self.rows:
            return "No series is scheduled for tonight."
        left = plural(self.open, "is", "are")
        return f"Ready to copy for Discord once all are settled; {left} open."


def night_of(shows: Iterable[Show], now: datetime) -> Night:
    """Rows keep their place: by start, then tournament and series, whatever their state."""
    far = datetime.max.replace(tzinfo=now.tzinfo)
    in_order = sorted(
        shows, key=lambda one: (one.scheduled_at or far, one.tournament_id, one.series_id)
    )
    return Night(tuple(row_of(show, now) for show in in_order))


def told(shows: Sequence[Show]) -> list[Told]:
    """The results of settled series, for the recap."""
    return [
        Told(show.label, show.a, show.b, show.score, show.winner, show.forfeit)
        for show in shows
        if show.state == "done" and not show.walkover
    ]
