"""What callers send and get when they search."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints, model_validator

from web.accounts.schemas import MemberCard
from web.content.schemas import Post
from web.core.pagination import CursorSigner, Page, PageQuery

LONGEST_QUERY = 100

Section = Literal["users", "posts", "hashtags", "goals"]
Typed = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUERY)]


class SearchQuery(PageQuery):
    """What to look for, and where."""

    q: Typed = Field(description="words or the beginnings of words, all of which are found; #hashtag")
    # Kept out of what a cursor is bound to, because each section has cursors of its own.
    type: Literal["all", "users", "posts", "hashtags", "goals"] = Field(
        default="all", exclude=True, description="all gives the first page of each; then go on with one"
    )

    @model_validator(mode="after")
    def _goes_on_with_one(self) -> Self:
        if self.type == "all" and self.cursor is not None:
            raise ValueError("a cursor goes with the type of its list")
        return self

    def wants(self, section: Section) -> bool:
        """Whether a section is asked for."""
        return self.type in ("all", section)

    def page_of(self, section: Section) -> PageQuery:
        """The page of a section; its cursors are the same in ``all`` and alone."""
        page = PageQuery(limit=self.limit, cursor=self.cursor)
        page.bind(CursorSigner(self._signer.secret, f"{self._signer.scope}|{section}"))
        return page


class Piece(BaseModel):
    """A part of a text; plain text, to be escaped like any other."""

    text: str
    is_match: bool = Field(description="whether it is what was looked for")


class FoundMember(MemberCard):
    """A member who is called so."""

    full_name: str | None = Field(description="null unless the profile is open to the caller")
    is_friend: bool
    is_following: bool
    mutual_friends_count: int
    marked: dict[str, list[Piece]] = Field(description="username, nickname and full_name with what was found")


class FoundPost(BaseModel):
    """A post with the words in it."""

    post: Post
    excerpt: list[Piece]


class FoundHashtag(BaseModel):
    """A hashtag that begins so."""

    tag: str = Field(description="without #")
    use_count: int


class FoundGoal(BaseModel):
    """A goal that is called so."""

    id: UUID
    title: str


class SearchResults(BaseModel):
    """A page of each section that was asked for; null for the others, best matches first."""

    users: Page[FoundMember] | None = None
    posts: Page[FoundPost] | None = None
    hashtags: Page[FoundHashtag] | None = None
    goals: Page[FoundGoal] | None = Field(default=None, description="empty until there are goals")
