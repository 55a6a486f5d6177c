"""A small application around the layout: no database, no sign-in, only what writes pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_wtf import CSRFProtect

from webapp.core import render
from webapp.dashboard import styleguide
from webapp.matches import dota
from webapp.settings import ROOT

POLICY = (
    "default-src 'none'; script-src 'self' https://cdn.jsdelivr.net; style-src 'self'; "
    "font-src 'self'; img-src 'self' https://cdn.cloudflare.steamstatic.com; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'"
)
NOBODY = SimpleNamespace(is_authenticated=False, role="anonymous", can=lambda role: False)
ADMIN = SimpleNamespace(
    is_authenticated=True, name="Mara Quell", role="admin", can=lambda role: True
)


@pytest.fixture
def app() -> Flask:
    app = Flask(
        "front",
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.config.update(SECRET_KEY="a key of the tests", TESTING=True)
    CSRFProtect(app)
    render.init_app(app)
    dota.init_app(app)
    app.register_blueprint(styleguide.bp)
    app.config["PERSON"] = ADMIN

    @app.context_processor
    def around_every_page() -> dict[str, object]:
        return {
            "settings": SimpleNamespace(sandbox=True),
            "current_user": app.config["PERSON"],
            "run_count": 1,
        }

    return app


@pytest.fixture
def draw(app: Flask) -> Iterator[Callable[..., str]]:
    """Renders a piece of a template inside a request, and takes its spare white space out."""

    def render_piece(source: str, **context: object) -> str:
        with app.test_request_context("/"):
            return " ".join(app.jinja_env.from_string(source).render(**context).split())

    yield render_piece
