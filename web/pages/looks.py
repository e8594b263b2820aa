"""How a page looks to its reader: the theme, the accent colour and the size of letters that they chose.

All of it is in the first answer, so that nothing changes its colour or place while a page loads.
"""

from dataclasses import dataclass

from markupsafe import Markup

from web.accounts.settings import appearance_of
from web.core.requests import Request

NORMAL = 1.0


@dataclass(frozen=True)
class Looks:
    """What a reader chose; without choices the browser and the style sheet decide."""

    theme: str = "system"
    accent: str | None = None
    font_size: float = NORMAL

    @property
    def attributes(self) -> Markup:
        """Attributes of the root element, which the style sheet knows."""
        theme = Markup(' data-theme="{}"').format(self.theme) if self.theme != "system" else Markup()
        return theme + (Markup(" data-accent") if self.accent else Markup())

    @property
    def css(self) -> str:
        """Custom properties of the root element; the values were checked when they were chosen."""
        rules = [f"--accent: {self.accent}"] if self.accent else []
        rules += [f"font-size: {self.font_size:.0%}"] if self.font_size != NORMAL else []
        return f":root {{ {'; '.join(rules)} }}" if rules else ""


def looks_of(request: Request) -> Looks:
    """The looks that the signed-in reader chose; one query, once per page.

    A page about a refused form is rendered after the request's transaction ended, so it reads on its own.
    """
    member_id = request.viewer_id
    if member_id is None:
        return Looks()
    if request.is_safe or request.exception is None:
        chosen = appearance_of(request.db, member_id)
    else:
        with request.app.reading_session() as session:
            chosen = appearance_of(session, member_id)
    return Looks(chosen.theme_mode, chosen.accent_color, chosen.font_size_multiplier)
