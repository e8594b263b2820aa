"""What search does when something happens that changes what can be found."""

from web.accounts.events import MemberJoined, ProfileChanged
from web.content.events import ContentDeleted, ContentEdited, ContentPosted
from web.core.events import Happened, Subscribers
from web.core.jobs import JobLog
from web.core.services import Services
from web.search.index import CONTENT, MEMBER, SearchIndex

NAMES = {"username", "nickname", "full_name"}


def register(subscribers: Subscribers) -> None:
    """Follow members and what they share."""
    subscribers.on(MemberJoined, joined)
    subscribers.on(ProfileChanged, renamed)
    subscribers.on(ContentPosted, posted)
    subscribers.on(ContentEdited, edited)
    subscribers.on(ContentDeleted, deleted)


def joined(services: Services, happened: Happened[MemberJoined]) -> None:
    """A new member can be found at once."""
    services[SearchIndex].put(MEMBER, [happened.event.member_id])


def renamed(services: Services, happened: Happened[ProfileChanged]) -> None:
    """A member is found by the new name, and by the old one no more."""
    if NAMES.intersection(happened.event.changed):
        services[SearchIndex].put(MEMBER, [happened.event.member_id])


def posted(services: Services, happened: Happened[ContentPosted]) -> None:
    """A job reads the words, because sharing is not to wait for it."""
    services[JobLog].add("search.index", what=CONTENT, of=happened.event.content_id)


def edited(services: Services, happened: Happened[ContentEdited]) -> None:
    """It is found by what it says now. Always a job more: one that waits may have read it already."""
    services[JobLog].add("search.index", what=CONTENT, of=happened.event.content_id)


def deleted(services: Services, happened: Happened[ContentDeleted]) -> None:
    """What is deleted is kept for moderators, but not to be found."""
    services[SearchIndex].remove(CONTENT, [happened.event.content_id])
