"""What tests ask of the stand-in and change in it, at ``/_control/``; JSON in and out."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from webapp.sandbox.answer import Answer, json_answer
from webapp.sandbox.calls import CallLog
from webapp.sandbox.faults import Faults, Rule
from webapp.sandbox.people import PEOPLE
from webapp.sandbox.world import World


class Control:
    """The same as the methods of ``World``, ``Faults`` and ``CallLog``, over HTTP."""

    def __init__(self, world: World, faults: Faults, calls: CallLog) -> None:
        self.world = world
        self.faults = faults
        self.calls = calls

    def answer(self, method: str, parts: list[str], params: dict[str, str], body: bytes) -> Answer:
        """400 names what is wrong with a request; 404 for what does not exist."""
        try:
            given = json.loads(body or b"{}")
            return self._answer(method, parts, params, given)
        except (ValueError, TypeError, AttributeError) as error:
            return json_answer({"error": str(error)}, 400)
        except KeyError as error:
            return json_answer({"error": f"missing or unknown: {error}"}, 404)

    def _answer(self, method: str, parts: list[str], params: dict[str, str], given: Any) -> Answer:
        what = parts[0] if parts else ""
        if what == "calls":
            return self._calls(method, params)
        if what == "faults":
            return self._faults(method, params, given)
        if what == "truth" and len(parts) == 2:
            return self._truth(parts[1])
        if what == "world" and method == "POST":
            return json_answer(self._change(dict(given)))
        if not what:
            return json_answer(self._about())
        return json_answer({"error": "no such control"}, 404)

    def _about(self) -> dict[str, Any]:
        leagues = [asdict(one.spec) for one in self.world.leagues]
        return {
            "now": self.world.now(),
            "leagues": leagues,
            "people": [asdict(one) for one in PEOPLE],
        }

    def _calls(self, method: str, params: dict[str, str]) -> Answer:
        if method == "DELETE":
            self.calls.reset()
        found = self.calls.all(params.get("source"))
        return json_answer({"calls": [one.as_dict() for one in found]})

    def _faults(self, method: str, params: dict[str, str], given: Any) -> Answer:
        if method == "DELETE":
            self.faults.clear(int(params["number"]) if "number" in params else None)
        if method == "POST":
            rules = given if isinstance(given, list) else [given]
            for rule in [Rule.from_dict(one) for one in rules]:
                self.faults.put(rule)
        return json_answer({"faults": self.faults.in_force()})

    def _truth(self, of: str) -> Answer:
        """Of a league's matches, or of the ``cup``."""
        if of == "cup" and self.world.cup:
            return json_answer(self.world.cup_truth())
        league_id = int(of)
        served = sorted(self.world.served.get(league_id, ()))
        return json_answer({"matches": self.world.truth(league_id), "served": served})

    def _change(self, given: dict[str, Any]) -> dict[str, Any]:
        """``do``: add_match, change, remove, advance, end_live, details, reset_calls."""
        do = given.pop("do")
        given = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in given.items()
        }
        if do == "add_match":
            return {"match_id": self.world.add_match(given.pop("league_id"), **given)}
        if do == "end_live":
            return {"match_id": self.world.end_live()}
        if do == "change":
            self.world.change(int(given.pop("match_id")), **given)
        elif do == "remove":
            self.world.remove(int(given["match_id"]))
        elif do == "advance":
            self.world.advance(float(given["seconds"]))
        elif do == "details":
            self.world.details = bool(given["on"])
        elif do == "reset_calls":
            self.calls.reset()
        else:
            raise ValueError(f"cannot {do!r}")
        return {"done": do}
