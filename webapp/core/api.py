"""The frame of the JSON API: its errors, its blueprints, and the kinds of value it takes."""

from __future__ import annotations

from typing import Annotated, Any

from flask import Response, jsonify
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

LARGEST = 2**63 - 1
"""The largest id the database holds."""


class Problem(BaseModel):
    code: str
    message: str
    fields: dict[str, str] | None = None


class ErrorBody(BaseModel):
    """How the API says no."""

    error: Problem


def _number_from_text(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 20 else value


Id = Annotated[int, Field(ge=1, le=LARGEST)]
SteamIdIn = Annotated[int, BeforeValidator(_number_from_text), Field(ge=1, le=LARGEST)]
"""A 64-bit steamid, as a number or a string; answers write it as a string."""

Limit = Annotated[int, Field(ge=1, le=100)]

ERRORS: dict[int | str, Any] = dict.fromkeys((400, 401, 403, 404, 409, 429, 503), ErrorBody)
SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": "session"},
}


class ListQuery(BaseModel):
    """How a list is paged: ``after`` is the ``next`` of the page before."""

    after: str | None = Field(None, max_length=200)
    limit: Limit = 50


def api_blueprint(name: str, import_name: str) -> APIBlueprint:
    """A blueprint under ``/api`` whose routes describe themselves.

    ``name`` is the tag in the description too. List it in ``webapp.app.FEATURES``.
    """
    return APIBlueprint(
        f"{name}_api",
        import_name,
        url_prefix="/api",
        abp_tags=[Tag(name=name)],
        abp_responses=ERRORS,
    )


def error_body(code: str, message: str, fields: dict[str, str] | None = None) -> Response:
    """The body of a refusal; the caller sets its status."""
    problem: dict[str, Any] = {"code": code, "message": message}
    if fields:
        problem["fields"] = fields
    return jsonify(error=problem)


def refuse_invalid(error: ValidationError) -> Response:
    """Pydantic's findings in the API's own form, each under the name of its field."""
    fields = {
        ".".join(str(part) for part in found["loc"]) or "body": found["msg"]
        for found in error.errors(include_url=False, include_context=False, include_input=False)
    }
    response = error_body("bad_input", "This cannot be used as it is.", fields)
    response.status_code = 400
    return response


OPENAPI: dict[str, Any] = {
    "info": {"title": "Aegis", "version": "1"},
    "security_schemes": SECURITY,
    "validation_error_status": 400,
    "validation_error_model": ErrorBody,
    "validation_error_callback": refuse_invalid,
    "doc_ui": False,
}
"""The keyword arguments of ``OpenAPI``. The description is served by our own route."""
