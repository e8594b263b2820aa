"""Sessions that write: a transaction manager decides about them, and signals follow their commit."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from zope.sqlalchemy.datamanager import STATUS_CHANGED, ZopeStatus, join_transaction

from web.core.db import MANAGER
from web.core.signalling import Signals

SIGNALS = "plaza.signals"


class WritingSession(Session):
    """A session whose ``info`` names the manager that decides its fate, and the signals of this process.

    The listeners below are those of ``zope.sqlalchemy.register``, but of the class: attaching them to each
    session took one part in twenty of a request that writes.
    """


@sa.event.listens_for(WritingSession, "after_begin")
@sa.event.listens_for(WritingSession, "after_attach")
def _join(session: Session, *_: Any) -> None:
    # "changed" from the start: most writes are Core statements, which do not mark the session dirty.
    join_transaction(session, STATUS_CHANGED, session.info[MANAGER])


@sa.event.listens_for(WritingSession, "before_commit")
def _leave_it_to_the_manager(session: Session) -> None:
    if not session.in_nested_transaction() and session.info[MANAGER].get().status != ZopeStatus.COMMITTING:
        raise RuntimeError("a unit of work is committed by its manager, never by a service")


@sa.event.listens_for(WritingSession, "after_commit")
def _send(session: Session) -> None:
    if not session.in_nested_transaction():  # a savepoint is no commit yet
        signals: Signals = session.info[SIGNALS]
        signals.send(session)


@sa.event.listens_for(WritingSession, "after_rollback")
def _forget(session: Session) -> None:
    if not session.in_nested_transaction():
        signals: Signals = session.info[SIGNALS]
        signals.forget(session)
