"""The night: extract → lake → transform → publish.

``run`` does all of it, one night at a time. Each module is one step: ``extract`` copies what changed in
PostgreSQL into the lake (Parquet, pseudonymous), ``transform`` runs dbt on the lake and stops at a failing
test, ``publish`` swaps the new marts in under the readers. ``runs`` keeps the record in ``analytics.runs``.
"""

from pipelines.nightly.night import run

__all__ = ["run"]
