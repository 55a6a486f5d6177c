"""The aegis command with its waits shortened, so that a recovery takes seconds and not a minute.

Only durations differ: a lease of 3 s, a reaper every second. ``test_faults_real_time`` uses the
real ones.
"""

from __future__ import annotations

import os

from webapp.core.runs import reaper, slices
from webapp.dashboard import timetable

if os.environ.get("QUICK", "1") == "1":
    slices.LEASE_SECONDS = 3
    slices.BATCH_SECONDS = 0.5
    slices.SLICE_SECONDS = float(os.environ.get("QUICK_SLICE", "4"))
    reaper.WAITS_TOO_LONG = 3
    real = timetable.entries

    def entries(app):  # type: ignore[no-untyped-def]
        """The same timetable, every line at most a second apart."""
        from dataclasses import replace

        return [replace(e, every=1) if e.name in {"reap", "due"} else e for e in real(app)]

    timetable.entries = entries

from webapp import clock

if os.environ.get("QUICK", "1") == "1":
    clock.entries = timetable.entries

from webapp.cli import main

if __name__ == "__main__":
    main()
