"""How good and how fast suggestions and automatic links are.

python -m bench.suggest [seeds]                          against invented seasons, in memory
python -m bench.suggest {sqlite|postgresql} [rounds]     with 10,000 and 100,000 matches stored
"""

from __future__ import annotations

import sys

from bench.suggest.measure import Figures, measure
from bench.suggest.season import season


def main(seeds: int) -> None:
    total = Figures()
    for seed in range(seeds):
        found = measure(season(seed))
        total.add(found)
        print(f"seed {seed:3}: {_told(found)}")
    print(f"{seeds} seeds: {_told(total)}")


def _told(found: Figures) -> str:
    parts = {
        "first": found.first,
        "first in turn": found.first_in_turn,
        "linked": found.linked,
        "linked at the end": found.linked_later,
    }
    shares = ", ".join(f"{what} {100 * n / found.games:.2f} %" for what, n in parts.items())
    return f"{found.games} games: {shares}, wrong {len(found.wrong)}"


if __name__ == "__main__":
    given = sys.argv[1] if len(sys.argv) > 1 else "24"
    if given.isdecimal():
        main(int(given))
    else:
        from bench.suggest import stored  # the application, which the seasons do without

        stored.main(given, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
