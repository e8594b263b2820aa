"""Nothing that Plaza holds about members is forgotten by the copy or by the erasure."""

from datetime import datetime
from uuid import UUID

import pytest
import sqlalchemy as sa
from pydantic import BaseModel

from web.core.app import App
from web.core.db import Base
from web.core.personal_data import Eraser, PersonalData, Section


class Note(BaseModel):
    """A note."""

    text: str


def no_records(*_: object) -> list[Note]:
    return []


def nothing(*_: object) -> None:
    return None


@pytest.fixture
def metadata() -> sa.MetaData:
    """Accounts, and tables that say something about them or not."""
    metadata = sa.MetaData()
    sa.Table("accounts", metadata, sa.Column("id", sa.Uuid(), primary_key=True))
    sa.Table("diaries", metadata, sa.Column("page", sa.Text(), info={"personal": "thoughts"}))
    sa.Table("shoes", metadata, sa.Column("owner_id", sa.Uuid(), sa.ForeignKey("accounts.id")))
    sa.Table("weathers", metadata, sa.Column("degrees", sa.Integer()))
    return metadata


def test_the_copy_and_the_erasure_know_every_table_about_members(shared_app: App) -> None:
    assert shared_app.personal_data.gaps(Base.metadata) == []


def test_a_table_that_nobody_thought_of_is_found(metadata: sa.MetaData) -> None:
    assert PersonalData().gaps(metadata) == [
        "diaries is in no section of the copy",
        "shoes is in no section of the copy",
        "diaries is erased by nobody",
        "shoes is erased by nobody",
    ]


def test_a_table_added_to_the_real_ones_is_found(shared_app: App) -> None:
    metadata = sa.MetaData()
    for table in Base.metadata.tables.values():
        table.to_metadata(metadata)
    sa.Table("secrets", metadata, sa.Column("told", sa.Text(), info={"personal": "a secret"}))
    gaps = shared_app.personal_data.gaps(metadata)
    assert gaps == ["secrets is in no section of the copy", "secrets is erased by nobody"]


def test_each_half_needs_its_own_answer(metadata: sa.MetaData) -> None:
    data = PersonalData()
    data.export(Section("diary", ("diaries",), Note, no_records))
    data.erase(Eraser("closets", ("shoes",), nothing))
    assert data.gaps(metadata) == ["shoes is in no section of the copy", "diaries is erased by nobody"]
    data.keep_out("shoes", "everybody has them")
    data.keep("diaries", "history")
    assert data.gaps(metadata) == []


def test_a_section_of_a_table_that_is_gone_is_found(metadata: sa.MetaData) -> None:
    data = PersonalData()
    data.export(Section("all", ("diaries", "shoes", "hats"), Note, no_records))
    data.erase(Eraser("all", ("diaries", "shoes"), nothing))
    assert data.gaps(metadata) == ["there is no table hats"]


def test_two_sections_cannot_have_one_name() -> None:
    data = PersonalData()
    data.export(Section("diary", (), Note, no_records))
    with pytest.raises(ValueError, match="diary is taken"):
        data.export(Section("diary", (), Note, no_records))


def test_features_above_erase_first(shared_app: App) -> None:
    order = [eraser.feature for eraser in shared_app.personal_data.erasers]
    assert order.index("content") < order.index("graph") < order.index("accounts") < order.index("core")


def test_every_section_says_what_its_records_are(shared_app: App) -> None:
    for section in shared_app.personal_data.sections:
        assert section.record.__doc__, section.name


def test_the_types_of_keys_are_ids_and_times_are_moments(shared_app: App) -> None:
    kinds = {
        annotation
        for section in shared_app.personal_data.sections
        for name, field in section.record.model_fields.items()
        if name == "id" or name.endswith("_at")
        for annotation in [field.annotation]
    }
    assert kinds <= {UUID, UUID | None, datetime, datetime | None}
