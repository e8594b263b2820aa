"""Lists by category, what is put away, what is deleted, and what is too old."""

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from tests.factories import Person, befriend, make_post
from tests.web.conftest import Api
from tests.web.notifications.doings import follow, like, told
from tests.web.statements import sent
from web.core.app import App
from web.core.clock import Clock
from web.core.ids import new_id
from web.core.job_runner import JobRunner
from web.core.jobs import JobLog
from web.core.refs import Ref
from web.graph.partners.schemas import NewPartnership
from web.graph.partners.service import PartnerService
from web.notifications import jobs
from web.notifications.models import Notification, NotificationActor
from web.notifications.service import NotificationService


def item_of(api: Api, who: Person) -> str:
    [item] = api.get("/notifications", who)["items"]
    return str(item["id"])


def test_a_list_can_be_narrowed_to_a_category(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    for friend in (joon, sora):
        befriend(app, mina, friend)
    api.put("/notifications/read-all", mina, status=204)
    with app.work() as services:
        services[PartnerService].invite(joon.id, NewPartnership(partner_id=mina.id))
    like(app, sora, make_post(app, mina))
    partner, liked = ("partner_invited", "joon"), ("content_liked", "sora")

    def listed(query: str) -> list[tuple[str, str]]:
        items = api.every_page(f"/notifications?{query}", mina, limit=1)
        return [(item["type"], item["actor"]["username"]) for item in items]

    assert listed("filter=goals") == [partner]
    assert listed("filter=social&unread_only=true") == [liked]
    assert len(listed("filter=social")) == 3
    assert listed("filter=system") == []
    assert listed("unread_only=true") == [liked, partner]
    api.get("/notifications?filter=everything", mina, status=422)


def test_each_list_is_one_statement(app: App, api: Api, mina: Person, joon: Person) -> None:
    follow(app, joon, mina)
    api.get("/notifications", mina)  # from here on the session is cached
    for query in ("filter=social", "archived=true", "filter=goals&unread_only=true"):
        with sent(app) as statements:
            api.get(f"/notifications?{query}", mina)
        assert len(statements) == 1, query


def test_what_is_put_away_is_read_and_in_another_list(
    app: App, api: Api, mina: Person, joon: Person, sora: Person
) -> None:
    post_id = make_post(app, mina)
    like(app, joon, post_id)
    item = item_of(api, mina)
    for _ in range(2):
        api.post(f"/notifications/{item}/archive", None, mina, status=204)
    assert told(api, mina) == []
    assert api.get("/notifications/unread-count", mina) == {"unread": 0}
    [archived] = api.get("/notifications?archived=true", mina)["items"]
    assert (archived["id"], archived["read_at"], archived["type"]) == (
        item,
        archived["archived_at"],
        "content_liked",
    )
    like(app, sora, post_id)
    assert told(api, mina) == [("content_liked", "sora")]


def test_what_is_deleted_is_gone(app: App, api: Api, mina: Person, joon: Person, sora: Person) -> None:
    post_id = make_post(app, mina)
    for person in (joon, sora):
        like(app, person, post_id)
    item = item_of(api, mina)
    api.delete(f"/notifications/{item}", joon, status=404)
    api.delete(f"/notifications/{item}", mina)
    api.delete(f"/notifications/{item}", mina, status=404)
    assert told(api, mina) == []
    with app.reading() as services:
        assert services[Session].scalar(sa.select(sa.func.count()).select_from(NotificationActor)) == 0


def test_others_can_do_nothing_about_it(app: App, api: Api, mina: Person, joon: Person) -> None:
    follow(app, joon, mina)
    for address in (item_of(api, mina), str(uuid4())):
        api.post(f"/notifications/{address}/archive", None, joon, status=404)
        api.put(f"/notifications/{address}/read", joon, status=404)
    assert api.get("/notifications/unread-count", mina) == {"unread": 1}


def test_what_is_older_than_90_days_is_deleted(app: App, api: Api, mina: Person, joon: Person) -> None:
    for number in range(2):
        with app.work() as services:
            services[NotificationService].inform(
                mina.id, "friend_request", about=new_id(), target=Ref("member", joon.id)
            )
            age = timedelta(days=89 if number else 91)
            services[Session].execute(
                sa.update(Notification)
                .where(Notification.created_at > Clock().now() - timedelta(days=1))
                .values(created_at=Clock().now() - age)
            )
    with app.work() as services:
        app.jobs["notifications.clean_up"].body(services)
    assert len(api.get("/notifications", mina)["items"]) == 1


def test_much_that_is_old_is_deleted_by_several_jobs(
    app: App, api: Api, mina: Person, joon: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "MOST_AT_ONCE", 2)
    for _ in range(5):
        with app.work() as services:
            services[NotificationService].inform(
                mina.id, "friend_request", about=new_id(), target=Ref("member", joon.id)
            )
    with app.work() as services:
        services[Session].execute(sa.update(Notification).values(created_at=Clock().now() - jobs.KEPT * 2))
        services[JobLog].add(jobs.CLEAN_UP)
    runs = 0
    while JobRunner(app, "default").run_due():
        runs += 1
    assert (runs, api.get("/notifications", mina)["items"]) == (3, [])
