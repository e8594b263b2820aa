"""``collegemsg``: private messages of an online community, one ``sender recipient unixtime`` a line.

The data has no text, so each message gets the same short body. Equal lines are equal messages sent in the
same second, not mistakes: the line number is part of a message's identity.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa

from pipelines.imports import statements
from pipelines.imports.people import People
from pipelines.imports.source import BadRow, Report, from_epoch, lines
from pipelines.imports.stages import MessageRow
from pipelines.imports.writer import HistoryWriter
from web.core.ids import derived_id
from web.messaging.service import direct_key

NAME = "collegemsg"
BODY = "(a message whose text is not in the data)"


class _Message(NamedTuple):
    line: int
    sender: str
    recipient: str
    sent_at: datetime


def files(path: Path) -> list[Path]:
    """The files that one import reads."""
    return [path]


def default_source(_path: Path) -> str:
    """The community whose people these are: the format is that of one network."""
    return NAME


def load(
    path: Path, source: str, now: datetime, connection: sa.Connection, writer: HistoryWriter, report: Report
) -> None:
    """Read the file and write it."""
    people = People(source)
    messages = list(_read(path, now, people, report))
    people.settle(connection)
    people.write(writer, report)
    report.tallies["messages"].written = writer.write(
        statements.MESSAGES, (_row(message, source, people) for message in messages), len(messages)
    )


def _read(path: Path, now: datetime, people: People, report: Report) -> Iterator[_Message]:
    tally = report.tallies["messages"]
    for line, text in lines(path):
        tally.rows += 1
        try:
            message = _parse(line, text, now)
        except BadRow as bad:
            report.reject(tally, str(line), str(bad))
            continue
        people.see(message.sender, message.sent_at)
        people.see(message.recipient, message.sent_at)
        yield message


def _parse(line: int, text: str, now: datetime) -> _Message:
    fields = text.split()
    if len(fields) != 3:
        raise BadRow(f"expected sender, recipient and time, got {len(fields)} fields")
    sender, recipient, seconds = fields
    if not (sender.isdecimal() and recipient.isdecimal()):
        raise BadRow("sender and recipient are not both numbers")
    if int(sender) == int(recipient):
        raise BadRow("sender and recipient are the same")
    return _Message(line, str(int(sender)), str(int(recipient)), from_epoch(seconds, now))


def _row(message: _Message, source: str, people: People) -> MessageRow:
    sender, recipient = people.id(message.sender), people.id(message.recipient)
    pair = direct_key(sender, recipient)
    return MessageRow(
        event_id=derived_id(message.sent_at, source, "sent", message.line),
        id=derived_id(message.sent_at, source, "message", message.line),
        conversation_id=derived_id(message.sent_at, source, "conversation", pair),
        direct_key=pair,
        sender_id=sender,
        recipient_id=recipient,
        body=BODY,
        created_at=message.sent_at,
    )
