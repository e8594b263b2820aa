"""Alembic migrations: schema ``public`` and the fixed tables of schema ``analytics``."""
