"""A file is in as a whole or not at all."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.imports.source import ImportFailed
from tests.pipelines.audit import fingerprints
from tests.pipelines.imports.conftest import Import

LINES = "".join(f"{n % 50} {50 + n % 7} {1082040961 + n}\n" for n in range(5_000))


@pytest.fixture
def refuse_events(owner_engine: sa.Engine) -> Iterator[Callable[[str], None]]:
    """Make the database refuse events of one name."""

    def refuse(name: str) -> None:
        with owner_engine.begin() as connection:
            connection.exec_driver_sql(
                "CREATE FUNCTION refuse_event() RETURNS trigger LANGUAGE plpgsql AS"
                " 'BEGIN RAISE EXCEPTION ''refused for a test''; END'"
            )
            connection.exec_driver_sql(
                "CREATE TRIGGER refuse_event BEFORE INSERT ON events FOR EACH ROW"
                f" WHEN (NEW.name = '{name}') EXECUTE FUNCTION refuse_event()"
            )

    yield refuse
    with owner_engine.begin() as connection:
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse_event CASCADE")


def test_a_refusal_late_in_the_transaction_leaves_nothing(
    run_import: Import,
    web_engine: sa.Engine,
    refuse_events: Callable[[str], None],
    write_file: Callable[[str, str], Path],
) -> None:
    before = fingerprints(web_engine)
    refuse_events("message_sent")  # accounts, conversations and messages are written by then
    path = write_file("talk.txt.gz", LINES + "not a row\n")
    with pytest.raises(ImportFailed, match="refused for a test"):
        run_import("collegemsg", path)
    assert fingerprints(web_engine) == before
    assert not (path.parent / "rejects").exists()


@pytest.mark.parametrize("cut", [0.5, 0.99])
def test_a_truncated_file_leaves_nothing(
    cut: float, run_import: Import, web_engine: sa.Engine, tmp_path: Path
) -> None:
    before = fingerprints(web_engine)
    whole = gzip.compress(LINES.encode())
    path = tmp_path / "talk.txt.gz"
    path.write_bytes(whole[: int(len(whole) * cut)])
    with pytest.raises(ImportFailed, match="cannot be read"):
        run_import("collegemsg", path)
    assert fingerprints(web_engine) == before


def test_a_site_whose_last_table_is_broken_leaves_nothing(
    run_import: Import, web_engine: sa.Engine, write_file: Callable[[str, str], Path]
) -> None:
    before = fingerprints(web_engine)
    write_file("site/Users.xml", '<users><row Id="1" CreationDate="2020-01-01T00:00:00"/></users>')
    write_file(
        "site/Posts.xml",
        '<posts><row Id="1" PostTypeId="1" CreationDate="2020-01-02T10:00:00" Title="A" Body="a"/></posts>',
    )
    write_file("site/Comments.xml", "<comments/>")
    votes = write_file(
        "site/Votes.xml", '<votes><row Id="1" PostId="1" VoteTypeId="2" CreationDate="2020-01-02T00:00:00"/>'
    )
    with pytest.raises(ImportFailed, match="not well-formed"):
        run_import("stackexchange", votes.parent)
    assert fingerprints(web_engine) == before
