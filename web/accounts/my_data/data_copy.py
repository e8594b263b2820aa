"""Making the copy: a zip with a file of JSON records per section, their schema, media, and a README.

What others wrote is in it only where the member has it anyway: the messages that they received, under the
senders' usernames. That is the member's mailbox; README.txt says that it is also the senders' data.
"""

import shutil
from collections.abc import Callable
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

import orjson
import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Session

from web.accounts.models import Account, DataExport, Email
from web.accounts.my_data.service import KEPT
from web.core.clock import Clock
from web.core.i18n import _, translator
from web.core.jobs import JobLog
from web.core.mail import Mail, Mailer
from web.core.personal_data import PersonalData, Section
from web.core.services import Services
from web.core.settings import Settings
from web.core.storage import NoSuchFile, Storage

log = structlog.get_logger(__name__)

ATTEMPTS = 5
JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"

_HOLDER = (
    sa.select(Email.address, Account.locale, DataExport.expires_at)
    .join(Account, Account.id == DataExport.account_id)
    .join(Email, Email.account_id == Account.id)
    .where(DataExport.id == sa.bindparam("id", type_=sa.Uuid()))
)


def make_data_copy(services: Services, export_id: str) -> None:
    """Body of the job ``accounts.make_data_copy``; done again, it replaces the file.

    The zip is written to a temporary file and from there to the storage: never all of it in memory.
    """
    session, now = services[Session], services[Clock].now()
    export = session.get(DataExport, UUID(export_id), with_for_update=True)
    if export is None or export.status == "ready" or export.storage_key is None:
        return
    with TemporaryFile(dir=services[Settings].var) as file:
        write_copy(services, export.account_id, file, now)
        file.seek(0)
        export.bytes = services[Storage].put(export.storage_key, file)
    export.status, export.ready_at, export.expires_at = "ready", now, now + KEPT
    session.flush()
    services[JobLog].add("accounts.mail_data_copy", export_id=export.id)


def mail_data_copy(services: Services, export_id: str) -> None:
    """Tell a member that their copy is ready. The link is not in the mail: whoever has it needs no log-in."""
    holder = services[Session].execute(_HOLDER, {"id": UUID(export_id)}).one_or_none()
    if holder is None:  # no address, or gone meanwhile
        return
    translate = translator(holder.locale)
    text = _(
        "The copy of your data on Plaza is ready. You can fetch it in the settings until ${day}:\n${link}\n\n"
        "If you did not ask for it, change your password.",
        mapping={
            "day": f"{holder.expires_at:%Y-%m-%d}",
            "link": f"{services[Settings].public_url}/settings/data",
        },
    )
    subject = translate(_("Your data on Plaza is ready"))
    services[Mailer].send(Mail(holder.address, subject, translate(text)))


def write_copy(services: Services, member_id: UUID, target: IO[bytes], now: datetime) -> None:
    """Write the zip with everything about a member."""
    sections = services[PersonalData].sections
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        counts = {}
        for section in sections:
            counts[section.name] = _write_records(services, member_id, section, archive)
            _write_files(services, member_id, section, archive)
        archive.writestr("schema.json", orjson.dumps(schema(sections), option=orjson.OPT_INDENT_2))
        archive.writestr("README.txt", _readme(services, member_id, counts, now))


def schema(sections: list[Section]) -> dict[str, Any]:
    """What the files are made of: a JSON Schema for each, by the file's name."""
    return {
        f"{section.name}.json": {
            "$schema": JSON_SCHEMA,
            "type": "array",
            "items": section.record.model_json_schema(mode="serialization"),
        }
        for section in sections
    }


def _write_records(services: Services, member_id: UUID, section: Section, archive: ZipFile) -> int:
    """Write one section, record by record; returns their number."""
    count = 0
    with archive.open(f"{section.name}.json", "w", force_zip64=True) as file:
        file.write(b"[")
        for record in section.records(services, member_id):
            file.write(b",\n" if count else b"\n")
            file.write(record.model_dump_json().encode())
            count += 1
        file.write(b"\n]\n")
    return count


def _write_files(services: Services, member_id: UUID, section: Section, archive: ZipFile) -> None:
    """Write the files of a section under its name; one that is missing must not keep the rest back."""
    files = section.files(services, member_id) if section.files else {}
    for name, key in files.items():
        try:
            source = services[Storage].open(key)
        except NoSuchFile:
            log.warning("file_missing_in_copy", section=section.name, key=key)
            continue
        with source, archive.open(f"{section.name}/{name}", "w", force_zip64=True) as file:
            shutil.copyfileobj(source, file)


def _readme(services: Services, member_id: UUID, counts: dict[str, int], now: datetime) -> str:
    account = services[Session].get_one(Account, member_id)
    translate: Callable[[str], str] = translator(account.locale)
    about = _(
        "This is everything that Plaza holds about you, ${name}, as of ${day}.\n\n"
        "Each .json file is a list of records in UTF-8. schema.json says, in English, what their fields mean "
        "(JSON Schema). Times are written as in RFC 3339.\n\n"
        "messages.json is your mailbox: what you wrote, and what others wrote to you, with their usernames. "
        "What others wrote is theirs as well: treat it as you would treat their letters.\n\n"
        "Not in here are the secrets that let somebody in (passwords, recovery codes, keys), proofs that are "
        "gone within a day, and who blocks you.\n\n"
        "If your account is erased, messages that others received stay with them, without your name, and so "
        "does what you shared in public if you choose that.",
        mapping={"name": f"{account.nickname} (@{account.username})", "day": f"{now:%Y-%m-%d}"},
    )
    files = "\n".join(f"{name}.json: {count}" for name, count in counts.items())
    return f"{translate(about)}\n\n{files}\n"
