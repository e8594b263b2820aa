"""What members do that others are told of, and the mails that follow."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

from tests.factories import Person
from tests.web.conftest import Api
from web.content.comments import CommentService
from web.content.reacting import ReactionService
from web.content.schemas import NewComment
from web.core.app import App
from web.core.job_runner import JobRunner
from web.graph.service import GraphService
from web.notifications.dispatch import QUEUE

ENGLISH = {"Accept-Language": "en"}


def told(api: Api, who: Person, **options: Any) -> list[tuple[str, str]]:
    """What a member was told and who did it, newest first."""
    items = api.get("/notifications", who, **options)["items"]
    return [(item["type"], item["actor"]["username"]) for item in items]


def titles(api: Api, who: Person, query: str = "") -> list[str]:
    """What a member reads, newest first."""
    items = api.get(f"/notifications{query}", who, headers=ENGLISH)["items"]
    return [item["title"] for item in items]


def follow(app: App, follower: Person, followed: Person) -> None:
    with app.work() as services:
        services[GraphService].follow(follower.id, followed.id)


def like(app: App, who: Person, post_id: UUID) -> None:
    with app.work() as services:
        services[ReactionService].like(who.id, post_id)


def unlike(app: App, who: Person, post_id: UUID) -> None:
    with app.work() as services:
        services[ReactionService].unlike(who.id, post_id)


def comment(app: App, who: Person, post_id: UUID, parent: UUID | None = None) -> UUID:
    with app.work() as services:
        return services[CommentService].comment(who.id, post_id, NewComment(body="!", parent_id=parent)).id


def wish(api: Api, who: Person, **change: Any) -> Any:
    """The preferences after a change."""
    return api.put("/notifications/preferences", who, json=change)


def work_off(app: App) -> int:
    """Do all that is due of notifications; how many jobs that were."""
    runner, done = JobRunner(app, QUEUE), 0
    while count := runner.run_due():
        done += count
    return done


def mails(app: App) -> list[EmailMessage]:
    """What was sent, oldest first, with all headers."""
    files = sorted(Path(app.settings.var, "outbox").glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]
