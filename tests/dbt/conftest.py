"""The night's way of starting dbt in tests."""

from tests.pipelines.nightly.conftest import unmeasured_processes

__all__ = ["unmeasured_processes"]
