"""Changes: what is left out of one stays as it is."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


def _unchanged() -> Any:
    return None  # never read: see Change.given


def may_be_left_out() -> Any:
    """A field of a change. Null is a value only where the field's type has it; it takes something back."""
    return Field(default_factory=_unchanged)


class Change(BaseModel):
    """Any selection of its fields; one that it does not know is refused, so that a typo is not lost."""

    model_config = ConfigDict(extra="forbid")

    @property
    def given(self) -> dict[str, Any]:
        """The fields that were given, with their values; the others have none."""
        return {
            name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set
        }
