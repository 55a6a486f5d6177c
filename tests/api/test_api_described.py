"""``/api/openapi.json`` describes every call, and holds together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
PROMISED = {
    ("post", "/api/steam/sync/"),
    ("post", "/api/steam/retry-failed/"),
    ("post", "/api/steam/relink-users/"),
    ("post", "/api/steam/find-by-players/"),
    ("get", "/api/steam/live/"),
    ("get", "/api/steam/sync-status/"),
    ("get", "/api/steam/match/{match_id}/"),
    ("get", "/api/matches/"),
    ("get", "/api/matches/{match_id}"),
    ("get", "/api/runs/{run_id}"),
    ("post", "/api/runs/{run_id}/cancel"),
    ("get", "/api/tournaments/"),
    ("post", "/api/tournaments/"),
    ("get", "/api/tournaments/{tournament_id}"),
    ("patch", "/api/tournaments/{tournament_id}"),
    ("delete", "/api/tournaments/{tournament_id}"),
    ("get", "/api/tournaments/{tournament_id}/teams/"),
    ("post", "/api/tournaments/{tournament_id}/teams/"),
    ("get", "/api/tournaments/{tournament_id}/teams/{team_id}"),
    ("patch", "/api/tournaments/{tournament_id}/teams/{team_id}"),
    ("delete", "/api/tournaments/{tournament_id}/teams/{team_id}"),
}
UNDESCRIBED = {"/api/openapi.json"}


@pytest.fixture
def described(app: Flask) -> dict[str, Any]:
    answer = app.test_client().get("/api/openapi.json")
    assert answer.status_code == 200
    document: dict[str, Any] = answer.json
    return document


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref" and isinstance(inner, str):
                yield inner
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_promised_call_is_described(described: dict[str, Any]) -> None:
    assert {(method, path) for method, path, _ in operations(described)} >= PROMISED


def test_every_address_of_the_api_is_described(app: Flask, described: dict[str, Any]) -> None:
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/") or rule.rule in UNDESCRIBED:
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert method.lower() in described["paths"].get(path, {}), f"{method} {path}"


def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    for reference in references(described):
        target: Any = described
        for part in reference.removeprefix("#/").split("/"):
            assert part in target, reference
            target = target[part]


def test_the_parts_that_openapi_asks_for_are_there(described: dict[str, Any]) -> None:
    assert re.fullmatch(r"3\.\d+\.\d+", described["openapi"])
    assert {"title", "version"} <= set(described["info"])
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(ids) == len(set(ids))
    for method, path, operation in operations(described):
        asked = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        assert asked == set(re.findall(r"{(\w+)}", path)), path
        assert operation["summary"], path
        assert all("description" in one for one in operation["responses"].values())
        assert any(code.startswith("2") for code in operation["responses"]), f"{method} {path}"


def test_errors_have_one_form_everywhere(described: dict[str, Any]) -> None:
    for _, path, operation in operations(described):
        for code in ("400", "401", "403", "404", "409", "429", "503"):
            shown = operation["responses"][code]["content"]["application/json"]["schema"]
            assert shown == {"$ref": "#/components/schemas/ErrorBody"}, path


def test_the_shapes_name_what_the_contract_names(described: dict[str, Any]) -> None:
    shapes = described["components"]["schemas"]
    assert shapes["Match"]["properties"]["match_id"]["type"] == "integer"
    assert shapes["Match"]["properties"]["players"]["items"]["$ref"].endswith("/Player")
    assert shapes["Run"]["properties"]["created_at"]["format"] == "date-time"
    assert {"type": "string"} in shapes["Player"]["properties"]["steam_id"]["anyOf"]
    steam_ids = shapes["FindBody"]["properties"]["steam_ids"]
    assert (steam_ids["minItems"], steam_ids["maxItems"]) == (1, 10)
    given = {one["type"] for one in steam_ids["items"]["anyOf"]}
    assert given == {"integer", "string"}


def test_calls_that_are_not_everybodys_say_so(described: dict[str, Any]) -> None:
    schemes = described["components"]["securitySchemes"]
    guarded = {
        path
        for _, path, operation in operations(described)
        if {"bearer": []} in operation.get("security", ())
    }
    assert set(schemes) == {"bearer", "session"}
    assert guarded >= {
        "/api/steam/sync/",
        "/api/steam/retry-failed/",
        "/api/steam/relink-users/",
        "/api/runs/{run_id}",
        "/api/runs/{run_id}/cancel",
    }
    assert "/api/steam/find-by-players/" not in guarded
