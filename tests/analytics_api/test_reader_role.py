"""What the role of this API cannot do, whatever the code does."""

import psycopg
import pytest
from psycopg import errors


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO analytics.published VALUES ('x', gen_random_uuid(), now())",
        "DELETE FROM analytics.runs",
        "UPDATE analytics.runs SET status = 'published'",
        "TRUNCATE analytics.daily_metrics_batches",
        "DROP VIEW analytics.trending_posts",
        "CREATE TABLE analytics.mine (x int)",
        "CREATE TABLE public.mine (x int)",
        "CREATE TEMPORARY TABLE mine (x int)",
        "SELECT id FROM public.accounts",
        "SELECT id FROM public.sessions",
        "SELECT member_key FROM public.member_keys",
        "SELECT run_id FROM analytics.daily_metrics_batches",
        "SET ROLE plaza_pipeline",
    ],
)
@pytest.mark.parametrize("read_only", ["on", "off"])
def test_the_reader_role_can_only_read_the_marts(
    urls: dict[str, str], statement: str, read_only: str
) -> None:
    """Its sessions start read-only; a session that undoes that finds no grants either."""
    with psycopg.connect(urls["PLAZA_READER_DATABASE_URL"], autocommit=True) as connection:
        assert connection.execute("SHOW default_transaction_read_only").fetchone() == ("on",)
        connection.execute(f"SET default_transaction_read_only = {read_only}")
        with pytest.raises((errors.InsufficientPrivilege, errors.ReadOnlySqlTransaction)):
            connection.execute(statement)


def test_the_reader_role_cannot_run_for_ever(urls: dict[str, str]) -> None:
    with psycopg.connect(urls["PLAZA_READER_DATABASE_URL"], autocommit=True) as connection:
        limit = connection.execute(
            "SELECT setting::int FROM pg_settings WHERE name = 'statement_timeout'"
        ).fetchone()
    assert limit is not None
    assert 0 < limit[0] <= 10_000
