"""`plaza openapi`: print the OpenAPI document of the write side."""

import json

import click
from pyramid.registry import Registry

from web.core.openapi import build_openapi
from web.core.settings import Settings
from web.features import build_app
from web.main import make_wsgi_app


@click.command(epilog="Example: plaza openapi > plaza.json")
def openapi() -> None:
    """Print the OpenAPI 3.1 document of the members' API."""
    settings = Settings.load()
    registry: Registry = make_wsgi_app(build_app(settings)).registry
    click.echo(json.dumps(build_openapi(registry.api_routes, settings.public_url), indent=2))
