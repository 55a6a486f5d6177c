"""The application for a WSGI server: ``gunicorn -c python:webapp.web wsgi:app``."""

from __future__ import annotations

from webapp.app import create_app

app = create_app()
