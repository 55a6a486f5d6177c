"""A league as a sync leaves it, and people who look at it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.browsers import add_person, sign_in
from tests.factories.matches import Stored, make_world, store_league
from webapp.accounts.models import User


@pytest.fixture
def stored(app: Flask) -> Stored:
    """Twelve detailed matches of one league."""
    return store_league(make_world(12))


@pytest.fixture
def mara(app: Flask) -> User:
    return add_person("admin", "Mara Quell")


@pytest.fixture
def admin(app: Flask, mara: User) -> FlaskClient:
    """A browser of an admin."""
    return sign_in(app, mara)


@pytest.fixture
def player(app: Flask) -> FlaskClient:
    """A browser of somebody who is signed in and no more."""
    return sign_in(app, add_person("player", "Plain Player"))
