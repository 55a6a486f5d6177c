"""The addresses every installation has, whichever features it holds."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, current_app, jsonify

from webapp.accounts.context import outside
from webapp.accounts.policy import policy
from webapp.core import health

bp = Blueprint("site", __name__)


@bp.get("/healthz")
@policy("anonymous")
def healthz() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@bp.get("/readyz")
@policy("anonymous")
def readyz() -> tuple[Response, int]:
    """The database and Redis answer; otherwise 503 with the failing parts named."""
    parts = health.failing(outside().redis)
    if not parts:
        return jsonify(status="ok"), 200
    message = f"no answer from: {', '.join(parts)}"
    return jsonify(status="failing", failing=parts, error={"code": "busy", "message": message}), 503


@bp.get("/api/openapi.json")
@policy("anonymous")
def openapi() -> dict[str, Any]:
    """The JSON API described by itself."""
    described: dict[str, Any] = current_app.api_doc  # type: ignore[attr-defined]  # OpenAPI has it
    return described
