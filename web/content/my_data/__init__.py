"""What a member shared, said and liked: their copy of it, and what becomes of it when they are erased."""

from web.content import my_reactions
from web.content.my_data import comments, erasure, posts
from web.core.personal_data import PersonalData


def register(personal_data: PersonalData) -> None:
    """Sections and eraser of content."""
    personal_data.export(*posts.SECTIONS, *comments.SECTIONS)
    my_reactions.register(personal_data)
    personal_data.erase(erasure.ERASER)
