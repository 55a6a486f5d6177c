"""The headers that every answer carries."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, request, session

from webapp.settings import Settings

CDN = "https://cdn.jsdelivr.net"
PICTURES = (
    "https://cdn.cloudflare.steamstatic.com",
    "https://cdn.discordapp.com",
    "https://avatars.steamstatic.com",
    "https://steamcdn-a.akamaihd.net",
)


def content_security_policy(settings: Settings) -> str:
    """Nothing is allowed but what the pages use.

    A form may lead to where sign-in redirects, because browsers check redirects of forms too.
    """
    discord = urlsplit(settings.discord_authorize_url)
    rules = {
        "default-src": "'none'",
        "script-src": f"'self' {CDN}",
        "style-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "img-src": " ".join(("'self'", *PICTURES)),
        "form-action": f"'self' {discord.scheme}://{discord.netloc}",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def init_app(app: Flask, settings: Settings) -> None:
    fixed = {
        "Content-Security-Policy": content_security_policy(settings),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
    if settings.secure:
        fixed["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in fixed.items():
            response.headers.setdefault(name, value)
        if request.endpoint != "static":
            response.vary.update(("HX-Request", "Cookie"))
            personal = bool(session) or "Authorization" in request.headers
            response.headers.setdefault("Cache-Control", "no-store" if personal else "no-cache")
        return response
