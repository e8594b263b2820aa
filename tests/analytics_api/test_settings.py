"""Where settings come from."""

import json
from pathlib import Path

import pytest

from analytics_api.settings import Settings, SettingsError

URL = "postgresql://plaza_analytics_reader:pw@127.0.0.1:5432/plaza"


def test_the_environment_is_enough(tmp_path: Path) -> None:
    settings = Settings.load(
        {
            "PLAZA_ENV": "production",
            "PLAZA_VAR": str(tmp_path),
            "PLAZA_READER_DATABASE_URL": URL,
            "PLAZA_WEB_PORT": "9000",
            "PLAZA_CORS_ORIGINS": "https://a.example/, https://b.example",
            "PLAZA_ANALYTICS_POOL_SIZE": "3",
        }
    )
    assert settings.database_url == URL
    assert settings.jwks_url == "http://127.0.0.1:9000/.well-known/jwks.json"
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.pool_size == 3


def test_development_reads_what_the_runtime_left(tmp_path: Path) -> None:
    left = {"PLAZA_READER_DATABASE_URL": URL, "PLAZA_WEB_PORT": "8100", "PLAZA_JWKS_URL": "http://left"}
    (tmp_path / "runtime.json").write_text(json.dumps(left))
    settings = Settings.load({"PLAZA_VAR": str(tmp_path), "PLAZA_JWKS_URL": "http://given"})
    assert (settings.database_url, settings.jwks_url) == (URL, "http://given")


def test_production_does_not(tmp_path: Path) -> None:
    (tmp_path / "runtime.json").write_text(json.dumps({"PLAZA_READER_DATABASE_URL": URL}))
    with pytest.raises(SettingsError, match="PLAZA_READER_DATABASE_URL"):
        Settings.load({"PLAZA_ENV": "production", "PLAZA_VAR": str(tmp_path)})


@pytest.mark.parametrize("size", ["0", "-1", "many", "٣"])
def test_a_number_that_is_none_is_refused_by_name(tmp_path: Path, size: str) -> None:
    given = {"PLAZA_VAR": str(tmp_path), "PLAZA_READER_DATABASE_URL": URL, "PLAZA_ANALYTICS_POOL_SIZE": size}
    with pytest.raises(SettingsError, match="PLAZA_ANALYTICS_POOL_SIZE"):
        Settings.load(given)
