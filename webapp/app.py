"""The application is put together here."""

from __future__ import annotations

from flask import Flask, current_app
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.openapi import OpenAPI
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter
from werkzeug.utils import import_string

from webapp.accounts import (
    audit,
    context,
    people,
    policy,
    sessions,
    steam_accounts,
    steam_ids,
    tokens,
)
from webapp.bracket import counting
from webapp.clients import outside
from webapp.core import api, headers, problems, render, requests
from webapp.core import logs as log_output
from webapp.core.db import db, engine_options, migrate, prepare
from webapp.core.runs import kinds
from webapp.dashboard import styleguide
from webapp.leagues import services as leagues
from webapp.matches import dota, linking
from webapp.sandbox import tournament
from webapp.sandbox.people import ORGANIZER, OWNED_NAMES, PEOPLE
from webapp.sandbox.spec import default_spec, remembered_spec
from webapp.settings import ROOT, Settings, load

FEATURES = (
    "webapp.accounts.site:bp",
    "webapp.accounts.signin:bp",
    "webapp.accounts.people_routes:bp",
    "webapp.accounts.routes:bp",
    "webapp.accounts.api:api",
    "webapp.leagues.routes:bp",
    "webapp.sync.routes:bp",
    "webapp.sync.add_routes:bp",
    "webapp.dashboard.home:bp",
    "webapp.dashboard.runs:bp",
    "webapp.dashboard.queues:bp",
    "webapp.matches.routes:bp",
    "webapp.matches.admin_routes:bp",
    "webapp.matches.failed_routes:bp",
    "webapp.matches.player_routes:bp",
    "webapp.sync.retry_routes:bp",
    "webapp.matches.api:api",
    "webapp.bracket.mark_routes:bp",
    "webapp.bracket.mark_routes:api",
    "webapp.bracket.live_api:api",
    "webapp.bracket.live_routes:bp",
    "webapp.bracket.tonight_routes:bp",
    "webapp.bracket.find_routes:bp",
    "webapp.sync.api:api",
    "webapp.tournaments.routes:bp",
    "webapp.tournaments.team_routes:bp",
    "webapp.tournaments.import_routes:bp",
    "webapp.tournaments.schedule_routes:bp",
    "webapp.tournaments.api:api",
    "webapp.tournaments.team_api:api",
    "webapp.bracket.routes:bp",
    "webapp.bracket.panel_routes:bp",
    "webapp.bracket.result_routes:bp",
    "webapp.bracket.overview_routes:bp",
    "webapp.sync.series_routes:bp",
    "webapp.bracket.api:api",
    "webapp.bracket.series_api:api",
    "webapp.bracket.game_api:api",
    "webapp.bracket.suggest_api:api",
)
"""Every blueprint, as ``module:name``; an ``APIBlueprint`` describes itself besides."""

RUN_KINDS = (
    "webapp.sync.jobs:SYNC",
    "webapp.matches.jobs:RELINK",
    "webapp.matches.naming:NAMES",
)
"""Every kind of background work, as ``module:name``."""

MODELS = ("webapp.core.timetable", "webapp.core.sources", "webapp.tournaments.models")
"""Tables that no feature above imports; the others come with their features."""

BODY_LIMIT = 2 * 1024 * 1024


class Id(IntegerConverter):
    """``<int:...>`` in an address: what no column could hold is nobody's address."""

    def __init__(self, *args: int, **options: int | bool | None) -> None:
        options.setdefault("max", api.LARGEST)
        super().__init__(*args, **options)  # type: ignore[arg-type]  # werkzeug's own arguments


def create_app(settings: Settings | None = None) -> Flask:
    """The application with every feature in it.

    Raises:
        SettingsError: a setting cannot be used.
        RuntimeError: a route declares no policy.
    """
    settings = settings or load()
    app = OpenAPI(
        "webapp",
        static_folder=str(ROOT / "static"),
        template_folder=str(ROOT / "templates"),
        **api.OPENAPI,
    )
    app.url_map.converters["int"] = Id
    app.json = api.Json(app)
    app.config.update(MAX_CONTENT_LENGTH=BODY_LIMIT)
    app.extensions["settings"] = settings
    app.extensions["outside"] = outside.build(settings)
    log_output.structure()
    _add_database(app, settings)
    # Answers pass the last of these first: the headers and the request id stand on everything.
    requests.init_app(app)
    headers.init_app(app, settings)
    sessions.init_app(app, settings)
    audit.init_app(app)
    tokens.init_app(app)
    policy.init_app(app)
    problems.init_app(app)
    render.init_app(app)
    dota.init_app(app)
    context.init_app(app)
    _add_features(app)
    if not settings.production:
        app.register_blueprint(styleguide.bp)
    for path in MODELS:
        import_string(path)
    for path in RUN_KINDS:
        kinds.register(import_string(path))
    linking.listen()
    counting.listen()
    policy.check_policies(app)
    if settings.secure:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


def first_rows() -> None:
    """What an empty database needs: the settings' leagues; the sandbox's people and tournament."""
    settings: Settings = current_app.extensions["settings"]
    invented = default_spec().leagues if settings.sandbox else ()
    names = {league.league_id: league.name for league in invented}
    leagues.ensure_first_leagues(settings.league_ids, names, sandbox=settings.sandbox)
    db.session.commit()
    if settings.sandbox:
        seed_sandbox()
        world = remembered_spec(settings.data_dir / "world.json")
        organizer, _ = people.find_or_add(int(ORGANIZER.discord_id))
        tournament.seed(world, by=organizer.id)
        db.session.commit()


def seed_sandbox() -> None:
    """Give the sandbox's invented people their roles and Steam accounts; within the application.

    Whoever is known already keeps what they have.
    """
    for one in PEOPLE:
        user, new = people.find_or_add(int(one.discord_id), one.global_name or one.username)
        if new:
            user.role = one.role
            for steam_id in map(int, one.steam_ids):
                persona = OWNED_NAMES.get(steam_id - steam_ids.BASE, "")
                steam_accounts.give_steam_account(user, steam_id, persona=persona)
    db.session.commit()


def _add_database(app: Flask, settings: Settings) -> None:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(settings.database_url),
    )
    db.init_app(app)
    migrate.init_app(  # type: ignore[no-untyped-call]  # it has no types
        app,
        db,
        directory=str(ROOT / "migrations"),
        render_as_batch=settings.database_url.startswith("sqlite"),
        compare_type=True,
    )
    with app.app_context():
        prepare(db.engine)


def _add_features(app: OpenAPI) -> None:
    for path in FEATURES:
        blueprint = import_string(path)
        if isinstance(blueprint, APIBlueprint):
            app.register_api(blueprint)
        else:
            app.register_blueprint(blueprint)
