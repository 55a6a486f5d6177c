"""The frame of the JSON API: its errors, its blueprints, and the kinds of value it takes."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

from flask import Response, has_request_context, jsonify, request
from flask.json.provider import DefaultJSONProvider
from flask_openapi.blueprint import APIBlueprint
from flask_openapi.models.tag import Tag
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from webapp.core.errors import BadInput
from webapp.core.time import iso

LARGEST = 2**63 - 1
"""The largest id the database holds."""


class Problem(BaseModel):
    code: str
    message: str
    fields: dict[str, str] | None = None


class ErrorBody(BaseModel):
    """How the API says no."""

    error: Problem


class Json(DefaultJSONProvider):
    """Flask's JSON, for which a body nested too deeply is no JSON rather than a failure of ours."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) else value


Id = Annotated[int, Field(ge=1, le=LARGEST)]
LargeId = Annotated[str, BeforeValidator(_text)]
"""An id in an answer that may pass 2^53, where a browser's numbers end: written as a string."""

Limit = Annotated[int, Field(ge=1, le=100)]
Moment = Annotated[
    datetime,
    PlainSerializer(iso),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment in an answer: ISO 8601, UTC."""

ERRORS: dict[int | str, Any] = dict.fromkeys((400, 401, 403, 404, 409, 429, 503), ErrorBody)
SIGNED_IN: list[dict[str, list[str]]] = [{"bearer": []}, {"session": []}]
"""The ``security`` of a described call that not everybody may make."""

SECURITY = {
    "bearer": {"type": "http", "scheme": "bearer"},
    "session": {"type": "apiKey", "in": "cookie", "name": "session"},
}


class Query(BaseModel):
    """The part of an address after ``?``; what is empty there was not asked."""

    @model_validator(mode="before")
    @classmethod
    def _leave_out_the_empty(cls, given: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in given.items() if value != ""}


class ListQuery(Query):
    """How a list is paged: ``after`` is the ``next`` of the page before."""

    after: str | None = Field(None, max_length=200)
    limit: Limit = 50


class Body(BaseModel):
    """A request's JSON object: values of the right type, and no field unknown here.

    No body at all is an empty object.
    """

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _take_nothing_for_empty(cls, given: Any) -> Any:
        if given is not None:
            return given
        if has_request_context() and (request.content_length or request.get_data()):
            raise PydanticCustomError("json", "not a JSON object sent as application/json")
        return {}


def to_after(last_id: int | None) -> str | None:
    """The ``next`` of a page whose last row has this id; None where it is the last page."""
    if last_id is None:
        return None
    return base64.urlsafe_b64encode(f"id:{last_id}".encode()).decode().rstrip("=")


def from_after(after: str | None) -> int | None:
    """The id that ``to_after`` wrote.

    Raises:
        BadInput: it wrote no such thing.
    """
    if after is None:
        return None
    try:
        padded = after.encode("ascii") + b"=" * (-len(after) % 4)
        kind, _, digits = base64.b64decode(padded, altchars=b"-_", validate=True).partition(b":")
    except (UnicodeEncodeError, binascii.Error):
        kind, digits = b"", b""
    if kind != b"id" or not digits.isdigit() or not 0 < int(digits) <= LARGEST:
        why = "not the next of a page of this list"
        raise BadInput("That page cannot be found.", fields={"after": why})
    return int(digits)


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
    """Pydantic's findings in the API's own form: each wrong field with the first thing it has."""
    fields: dict[str, str] = {}
    for found in error.errors(include_url=False, include_context=False, include_input=False):
        name, *inside = _field(found["loc"] or ("body",))
        fields.setdefault(name, ": ".join((*inside, found["msg"])))
    response = error_body("bad_input", "This cannot be used as it is.", fields)
    response.status_code = 400
    return response


def _field(place: tuple[int | str, ...]) -> list[str]:
    """The field's name and what is said before the finding.

    ``members[0].steam_id`` for what stands in an object of a list; ``steam_ids`` and its place for
    what stands in the list itself.
    """
    match place:
        case (str(name), int(index), str(inner), *rest):
            return [f"{name}[{index}].{inner}", *map(str, rest)]
    return [str(part) for part in place]


OPENAPI: dict[str, Any] = {
    "info": {"title": "Aegis", "version": "1"},
    "security_schemes": SECURITY,
    "validation_error_status": 400,
    "validation_error_model": ErrorBody,
    "validation_error_callback": refuse_invalid,
    "doc_ui": False,
}
"""The keyword arguments of ``OpenAPI``. The description is served by our own route."""
