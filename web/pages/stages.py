"""Stories and reels: one thing at a time, as large as the window allows."""

from typing import Any
from uuid import uuid4

from pyramid.httpexceptions import HTTPSeeOther

from web.content.reels import queries as reels
from web.content.reels.schemas import ReelQuery
from web.content.stories import queries as stories
from web.content.stories.service import StoryService
from web.core.pagination import PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.messaging.schemas import NewMessage
from web.pages.forms import Form
from web.pages.notices import leave_notice
from web.pages.views import AFTER_LOGIN, id_in, member_in, page, page_query, see_other

MOST_AUTHORS = 100


@page("stories", Permission.READ, template="stories")
def of_member(request: Request) -> dict[str, Any] | HTTPSeeOther:
    """A member's stories, and whose come before and after them; the id of a story leads to its author's."""
    if not request.matchdict["member"].startswith("@"):
        story = stories.story(request.db, id_in(request, "member"), request.member_id)
        return see_other(f"/stories/@{story.author.username}")
    author_id = member_in(request)
    tray = page_query(request, PageQuery, "/stories", cursor=None, limit=MOST_AUTHORS)
    groups = stories.tray(request.db, request.member_id, tray).items
    at = next((index for index, group in enumerate(groups) if group.author.id == author_id), None)
    if at is None:
        group = stories.group_of(request.db, author_id, request.member_id)
        return {"group": group, "previous": None, "next": None, "is_own": False}
    return {
        "group": groups[at],
        "previous": groups[at - 1] if at else None,
        "next": groups[at + 1] if at + 1 < len(groups) else None,
        "is_own": author_id == request.member_id,
    }


@page("new_story", Permission.POST, template="new_story")
def new_story(request: Request) -> dict[str, Any]:
    """A place to make a story; its picture is sent by the page's scripts."""
    return {}


@page("like_story", Permission.REACT, method="POST")
def like_story(request: Request) -> HTTPSeeOther:
    """Like the story, or take the like back."""
    service, story_id = request.services[StoryService], id_in(request, "story_id")
    act = service.unlike if request.POST.get("action") == "unlike" else service.like
    act(request.member_id, story_id)
    return _back_to(request)


@page("answer_story", Permission.MESSAGE, method="POST")
def answer_story(request: Request) -> HTTPSeeOther:
    """Answer the story by a message to its author."""
    form, story_id = Form(request, NewMessage, client_id=uuid4()), id_in(request, "story_id")
    form.submit(lambda new: request.services[StoryService].answer(request.member_id, story_id, new))
    answer = _back_to(request)
    return leave_notice(request, answer, "answered") if form.is_done else answer


@page("delete_story", Permission.POST, method="POST")
def delete_story(request: Request) -> HTTPSeeOther:
    """Take the story back."""
    request.services[StoryService].delete(request.member_id, id_in(request, "story_id"))
    return see_other(AFTER_LOGIN)


@page("story_viewers", Permission.READ, template="story_viewers")
def story_viewers(request: Request) -> dict[str, Any]:
    """Who saw the story, for its author."""
    story_id = id_in(request, "story_id")
    return {"page": stories.viewers(request.db, story_id, request.member_id, page_query(request, PageQuery))}


@page("reels", Permission.PUBLIC, template="reels")
def show_reels(request: Request) -> dict[str, Any]:
    """Reels, the newest first."""
    return {"page": reels.reels(request.db, request.viewer_id, page_query(request, ReelQuery))}


def _back_to(request: Request) -> HTTPSeeOther:
    author = request.POST.get("author", "")
    return see_other(f"/stories/@{author}" if author.isascii() and author.isprintable() else AFTER_LOGIN)
