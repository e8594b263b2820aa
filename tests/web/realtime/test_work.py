"""Units of work of sockets: started over when that is safe, and only then."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from web.core.app import App
from web.core.services import Services
from web.realtime.work import MOST_TRIES, Work


class Body:
    """A body that goes wrong a few times."""

    def __init__(self, statement: str, times: int) -> None:
        self._statement = statement
        self._times = times
        self.tries = 0

    def __call__(self, services: Services) -> int:
        self.tries += 1
        if self.tries <= self._times:
            services[Session].execute(sa.text(self._statement))
        return int(services[Session].scalar(sa.text("SELECT 7")) or 0)


DEADLOCK = "DO $$ BEGIN RAISE EXCEPTION 'deadlock' USING ERRCODE = '40P01'; END $$"
LOST = "SELECT pg_terminate_backend(pg_backend_pid())"


@pytest.mark.parametrize("statement", [DEADLOCK, LOST])
def test_a_deadlock_or_a_lost_connection_is_tried_again(app: App, statement: str) -> None:
    body = Body(statement, times=1)
    assert Work(app).do(body) == 7
    assert body.tries == 2


def test_not_for_ever(app: App) -> None:
    body = Body(DEADLOCK, times=10)
    with pytest.raises(sa.exc.OperationalError):
        Work(app).do(body)
    assert body.tries == MOST_TRIES


def test_what_is_wrong_itself_is_not_tried_again(app: App) -> None:
    body = Body("SELECT 1/0", times=1)
    with pytest.raises(sa.exc.DataError):
        Work(app).do(body)
    assert body.tries == 1
