"""Everything that can be done in a group, done at the same moment: nothing stands in the way of anything."""

from collections.abc import Callable
from functools import partial
from uuid import UUID, uuid4

import sqlalchemy as sa

from tests.factories import Person, make_medium
from tests.web.messaging.conftest import Talk
from tests.web.together import together
from web.core.app import App
from web.core.errors import DomainError
from web.core.services import Services
from web.messaging.changing import ChangingService
from web.messaging.groups import GroupService
from web.messaging.leaving import LeavingService
from web.messaging.models import Conversation, Message
from web.messaging.places import PlaceService
from web.messaging.schemas import ConversationChange, NewMessage
from web.messaging.service import MessagingService

ROUNDS = 6


Action = Callable[[Services, int], None]


def over_and_over(app: App, action: Action) -> list[str]:
    """Do something again and again; the codes of what was refused, such as reading where one is not in."""
    refused = []
    for number in range(ROUNDS):
        try:
            with app.work() as services:
                action(services, number)
        except DomainError as error:
            refused.append(error.code)
    return refused


def test_nothing_in_a_group_waits_for_ever(
    app: App, mina: Person, joon: Person, sora: Person, group: Talk, owner_engine: sa.Engine
) -> None:
    group_id = UUID(group.id)
    message_id = UUID(group.say(mina, "reacted to")["id"])
    pictures = [make_medium(app, joon, "message") for _ in range(ROUNDS)]

    def send(services: Services, number: int) -> None:
        services[MessagingService].send(mina.id, group_id, NewMessage(client_id=uuid4(), body=str(number)))

    def show(services: Services, number: int) -> None:
        """Joon shows a picture, and takes it back."""
        new = NewMessage(client_id=uuid4(), media_id=pictures[number])
        shown = services[MessagingService].send(joon.id, group_id, new)
        services[ChangingService].delete(joon.id, group_id, shown.id)

    def react(services: Services, number: int) -> None:
        services[ChangingService].react(joon.id, group_id, message_id, chr(0x1F600 + number))

    def edit(services: Services, number: int) -> None:
        services[ChangingService].edit(mina.id, group_id, message_id, f"edited {number}")

    def read(services: Services, _: int) -> None:
        services[PlaceService].read(sora.id, group_id)

    def rename(services: Services, number: int) -> None:
        services[GroupService].change(mina.id, group_id, ConversationChange(name=f"Group {number}"))

    def come_and_go(services: Services, number: int) -> None:
        if number % 2 == 0:
            services[LeavingService].leave(sora.id, group_id)
        else:
            services[GroupService].add(mina.id, group_id, [sora.id])

    actions = (send, show, react, edit, read, rename, come_and_go)
    refused = dict(
        zip(actions, together([partial(over_and_over, app, each) for each in actions]), strict=True)
    )
    assert set(refused.pop(read)) <= {"NOT_FOUND"}
    assert not any(refused.values())
    with owner_engine.connect() as connection:
        numbers = connection.scalars(sa.select(Message.seq).order_by(Message.seq)).all()
        assert numbers == list(range(1, len(numbers) + 1))
        assert connection.scalar(sa.select(Conversation.last_seq)) == len(numbers)
    assert group.seen_by(joon)["name"] == f"Group {ROUNDS - 1}"
