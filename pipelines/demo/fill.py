"""Putting the demo community into an empty database."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from pipelines.demo.community import generate
from pipelines.demo.rows import EMAIL, Rows
from pipelines.imports import relations, statements
from pipelines.imports.progress import Progress, Silence
from pipelines.imports.writer import HistoryWriter
from web.accounts.models import Account
from web.core.passwords import hash_password

DEFAULT_MEMBERS = 300
DEFAULT_SEED = 7
DEFAULT_PASSWORD = "plaza-demo"  # noqa: S105 - known on purpose; production refuses the demo


class NotEmpty(Exception):
    """There are accounts already; a demo among them could not be told from them."""


@dataclass(frozen=True)
class Filled:
    """What was written, and how to log in.

    Attributes:
        counts: rows by kind.
    """

    counts: dict[str, int]
    email: str
    password: str


def fill(
    engine: sa.Engine,
    *,
    as_of: date,
    members: int = DEFAULT_MEMBERS,
    seed: int = DEFAULT_SEED,
    password: str = DEFAULT_PASSWORD,
    progress: Progress | None = None,
) -> Filled:
    """Write the community of the 60 days before ``as_of``, all or nothing.

    The same members, seed and date give the same rows, except for what must not be guessed: the pseudonyms
    of the lake, and the salt of the demo password.

    Args:
        engine: of role ``plaza_web``.
        password: of the demo login.
    Raises:
        NotEmpty: the database has accounts.
        ValueError: too few or too many members.
    """
    progress = progress or Silence()
    community = generate(members, seed, as_of)
    password_hash = hash_password(password)
    with engine.begin() as connection:
        writer = HistoryWriter(connection, progress)
        if connection.scalar(sa.select(sa.exists(sa.select(Account.id)))):
            raise NotEmpty("the database has accounts already; the demo fills only an empty one")
        rows = Rows(community)
        counts = {
            "members": writer.write(statements.ACCOUNTS, rows.accounts(password_hash), members),
            "follows": writer.write(relations.FOLLOWS, rows.follows(), len(community.follows.time)),
            "posts": writer.write(statements.CONTENT, rows.posts(), len(community.posts.time)),
            "likes": writer.write(statements.LIKES, rows.likes(), len(community.likes.time)),
            "comments": writer.write(statements.COMMENTS, rows.comments(), len(community.comments.time)),
            "messages": writer.write(statements.MESSAGES, rows.messages(), len(community.messages.time)),
            "logins": writer.write(statements.LOGINS, rows.logins(), len(community.logins.time)),
        }
    return Filled(counts=counts, email=EMAIL, password=password)
