"""``python -m webapp.sandbox --port N [--spec NAME|JSON] [--state FILE]``."""

from __future__ import annotations

import argparse
from pathlib import Path

from webapp.sandbox.server import main
from webapp.sandbox.spec import PRESETS, WorldSpec


def _spec(text: str) -> WorldSpec:
    return PRESETS[text]() if text in PRESETS else WorldSpec.from_json(text)


def _run() -> None:
    reader = argparse.ArgumentParser(prog="python -m webapp.sandbox")
    reader.add_argument("--port", type=int, default=8099, help="0 takes any free one")
    reader.add_argument("--spec", type=_spec, help=f"{', '.join(PRESETS)} or JSON")
    reader.add_argument("--state", type=Path, help="file that keeps the default world's start")
    given = reader.parse_args()
    main(given.port, spec=given.spec, state=given.state)


if __name__ == "__main__":
    _run()
