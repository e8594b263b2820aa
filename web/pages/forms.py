"""Forms: what was sent, checked by the models of the API, and what is wrong with it in the reader's words."""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from web.core.errors import DomainError
from web.core.i18n import _
from web.core.requests import Request

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

NEVER_SHOWN_AGAIN = ("password",)
WHOLE_FORM = ""
# Refusals that a person can mend by changing the form; others get a page of their own.
MENDABLE = (401, 409, 422)
FIELD_OF_REFUSAL = {"USERNAME_TAKEN": "username", "TOO_YOUNG": "birth_date", "INVALID_CODE": "code"}

_BY_FIELD = {
    "email": _("This is not an email address."),
    "birth_date": _("This is not a date."),
    "code": _("The code has six digits."),
    "username": _("Use 3 to 30 Latin letters, digits, dots or underscores."),
    "ticket": _("This sign-up is not known. Please start again."),
}
_MISSING = _("Please fill this in.")
_INVALID = _("This value is not valid.")


class Form(Generic[M]):
    """One submission of a form, or an empty form.

    Attributes:
        values: what to show in the fields; never a password.
        errors: translated messages by field; those of the whole form under ``""``.
    """

    def __init__(
        self, request: Request, model: type[M], defaults: Mapping[str, str] | None = None, **fixed: Any
    ) -> None:
        """Read the submission when the request is one.

        Args:
            model: what a valid submission makes.
            defaults: values for an empty form.
            fixed: values of the model that do not come from the form.
        """
        self._request = request
        self._model = model
        sent = request.POST if request.method == "POST" else {}
        # An empty field is one that was not filled in; a browser sends line ends as CRLF.
        entered = {
            name: str(sent[name]).replace("\r\n", "\n")
            for name in model.model_fields
            if name in sent and name not in fixed and str(sent[name]).strip()
        }
        self.values = {**(defaults or {}), **entered}
        for name in NEVER_SHOWN_AGAIN:
            self.values.pop(name, None)
        self.errors: dict[str, str] = {}
        self._data = self._read({**entered, **fixed}) if request.method == "POST" else None

    def _read(self, entered: dict[str, Any]) -> M | None:
        for name, value in entered.items():
            if isinstance(value, str) and "\0" in value:  # PostgreSQL's text cannot hold it
                self.refuse(_INVALID, name)
        try:
            data = self._model.model_validate(entered)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                self._explain(str(problem["loc"][0]), problem["type"], problem.get("ctx", {}))
            return None
        return None if self.errors else data

    def _explain(self, field: str, kind: str, context: dict[str, Any]) -> None:
        if kind == "missing":
            self.refuse(_MISSING, field)
        elif kind == "string_too_short":
            count = context["min_length"]
            self.refuse(_("Use at least ${count} characters.", mapping={"count": count}), field)
        elif kind == "string_too_long":
            count = context["max_length"]
            self.refuse(_("Use at most ${count} characters.", mapping={"count": count}), field)
        else:
            self.refuse(_BY_FIELD.get(field, _INVALID), field)

    def refuse(self, message: str, field: str = WHOLE_FORM) -> None:
        """Note what is wrong; with the whole form where there is no such field."""
        place = field if field in self._model.model_fields else WHOLE_FORM
        self.errors.setdefault(place, self._request.localizer.translate(message, domain="plaza"))

    def submit(self, action: Callable[[M], T]) -> T | None:
        """Hand a valid submission to a service.

        A refusal that the reader can mend becomes an error of the form, and what the service began is undone.

        Returns:
            The service's answer; None when the form has to be shown again.
        """
        if self._data is not None:
            try:
                return action(self._data)
            except DomainError as error:
                if error.status not in MENDABLE:
                    raise
                self._request.tm.doom()
                self.refuse(error.message, FIELD_OF_REFUSAL.get(error.code, WHOLE_FORM))
        self._request.response.status_int = 422
        return None
