"""The styleguide: every component on one page, in development and the sandbox only."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from flask import Blueprint, render_template

from webapp.accounts.policy import policy
from webapp.core.time import utcnow

bp = Blueprint("styleguide", __name__)


@bp.get("/styleguide")
@policy("anonymous")
def page() -> str:
    """Invented figures in every component, so that a change of the stylesheet can be looked at."""
    now = utcnow()
    counts = SimpleNamespace(total=731, detailed=505, stub=220, failed=4, withheld=2)
    return render_template(
        "styleguide/page.html",
        section="styleguide",
        counts=counts,
        earlier=[now - timedelta(seconds=n) for n in (12, 4000, 90_000, 300_000, 40_000_000)],
    )
