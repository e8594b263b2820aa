"""What is left of an erased member in what others were told."""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import follow, like, titles, wish
from web.accounts.models import Account
from web.accounts.my_data.erasure import ErasureService
from web.core.app import App
from web.notifications.models import (
    Notification,
    NotificationActor,
    NotificationChoice,
    NotificationSettings,
)
from web.notifications.unsubscribing import Unsubscriber


def erase(app: App, person: Person) -> None:
    with app.work() as services:
        asked = {"deletion_requested_at": app.clock.now() - timedelta(days=31)}
        services[Session].execute(sa.update(Account).where(Account.id == person.id).values(asked))
    with app.work() as services:
        assert services[ErasureService].erase(person.id)


def test_others_are_still_told_of_the_others(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    for person in (sora, joon):
        like(app, person, post_id)
        follow(app, person, mina)
    erase(app, joon)
    assert titles(api, mina) == ["Sora likes your post", "Sora follows you now"]
    with app.reading() as services:
        counts = services[Session].scalars(sa.select(Notification.actor_count)).all()
        actors = set(services[Session].scalars(sa.select(NotificationActor.actor_id)))
    assert (counts, actors) == ([1, 1], {sora.id})


def test_an_old_mail_brings_nothing_back(app: App, api: Api, mina: Person) -> None:
    with app.reading() as services:
        (_, header), _ = services[Unsubscriber].headers(mina.id, "message")
    erase(app, mina)
    api.post("/notifications/unsubscribe?" + header.strip("<>").partition("?")[2], status=204)
    with app.reading() as services:
        assert services[Session].scalars(sa.select(NotificationChoice.member_id)).all() == []


def test_nothing_is_left_of_what_they_were_told_and_wished(
    app: App, api: Api, mina: Person, joon: Person
) -> None:
    wish(api, mina, digest="daily", types={"message": {"push": False}})
    like(app, joon, make_post(app, mina))
    erase(app, mina)
    with app.reading() as services:
        for table in (Notification, NotificationActor, NotificationChoice, NotificationSettings):
            assert services[Session].scalar(sa.select(sa.func.count()).select_from(table)) == 0
