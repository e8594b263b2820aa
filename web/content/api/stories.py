"""Routes of stories."""

from web.content.errors import MediumDoesNotFit
from web.content.stories import queries
from web.content.stories.schemas import (
    NewStory,
    Story,
    StoryGroup,
    StoryLikeState,
    StoryPath,
    StoryViewer,
)
from web.content.stories.service import StoryService
from web.core.api import Routes
from web.core.errors import NotFound, NotOwner
from web.core.pagination import Page, PageQuery
from web.core.requests import Request
from web.core.security import Permission
from web.core.wording import ContentRefused
from web.media.errors import MediaInUse, MediaNotReady
from web.messaging.errors import MessagesNotAccepted, SelfConversation
from web.messaging.schemas import Message, NewMessage

routes = Routes("content")


@routes.get("/stories", permission=Permission.READ, seeds="002 4.6 GET /stories, 003 GET /stories/feed")
def stories(request: Request, query: PageQuery) -> Page[StoryGroup]:
    """Stories of the caller, of whom they follow and of their friends, by author.

    The caller's own come first, then whoever has something that the caller has not seen.
    """
    return queries.tray(request.db, request.member_id, query)


@routes.post(
    "/stories",
    permission=Permission.POST,
    errors=(NotFound, MediaNotReady, MediaInUse, MediumDoesNotFit, ContentRefused),
    seeds="002 4.6 POST /stories, 003 component 2",
)
def share_story(request: Request, body: NewStory) -> Story:
    """Show a picture or a video of up to 60 s for a day."""
    story_id = request.services[StoryService].post(request.member_id, body)
    return queries.story(request.db, story_id, request.member_id)


@routes.get("/stories/{story_id}", permission=Permission.READ, seeds="002 4.6 GET /stories/:storyId")
def story(request: Request, path: StoryPath) -> Story:
    """One story. Reading it does not count as seeing it."""
    return queries.story(request.db, path.story_id, request.member_id)


@routes.delete("/stories/{story_id}", permission=Permission.POST, errors=(NotOwner,), seeds="002 4.6")
def delete_story(request: Request, path: StoryPath) -> None:
    """Take a story back."""
    request.services[StoryService].delete(request.member_id, path.story_id)


@routes.post("/stories/{story_id}/view", permission=Permission.REACT, status=204, seeds="002 4.6")
def view_story(request: Request, path: StoryPath) -> None:
    """Tell that a story was seen; twice is the same as once."""
    request.services[StoryService].view(request.member_id, path.story_id)


@routes.get(
    "/stories/{story_id}/viewers",
    permission=Permission.READ,
    errors=(NotOwner,),
    seeds="002 4.6 GET /stories/:storyId/views, 003 component 2",
)
def story_viewers(request: Request, path: StoryPath, query: PageQuery) -> Page[StoryViewer]:
    """Who saw a story, for its author, the latest first."""
    return queries.viewers(request.db, path.story_id, request.member_id, query)


@routes.put("/stories/{story_id}/like", permission=Permission.REACT)
def like_story(request: Request, path: StoryPath) -> StoryLikeState:
    """Like a story; twice is the same as once."""
    return request.services[StoryService].like(request.member_id, path.story_id)


@routes.delete("/stories/{story_id}/like", permission=Permission.REACT, status=200)
def unlike_story(request: Request, path: StoryPath) -> StoryLikeState:
    """Take the like of a story back; twice is the same as once."""
    return request.services[StoryService].unlike(request.member_id, path.story_id)


@routes.post(
    "/stories/{story_id}/reply",
    permission=Permission.MESSAGE,
    errors=(SelfConversation, MessagesNotAccepted),
)
def answer_story(request: Request, path: StoryPath, body: NewMessage) -> Message:
    """Answer a story by a direct message to its author; the same ``client_id`` again is the same message."""
    return request.services[StoryService].answer(request.member_id, path.story_id, body)
