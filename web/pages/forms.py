"""Forms: what was sent, checked by the models of the API, and what is wrong with it in the reader's words."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar, get_origin

from pydantic import BaseModel, ValidationError

from web.core.errors import DomainError
from web.core.i18n import _
from web.core.requests import Request

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

NEVER_SHOWN_AGAIN = ("password", "current_password", "new_password")
WHOLE_FORM = ""
# Refusals that a person can mend by changing the form, or by waiting; others get a page of their own.
MENDABLE = (401, 409, 422, 429)
# Where a refusal stands: the first of these fields that the form has.
FIELDS_OF_REFUSAL = {
    "USERNAME_TAKEN": ("username",),
    "TOO_YOUNG": ("birth_date",),
    "BIRTH_DATE_FIXED": ("birth_date",),
    "INVALID_CODE": ("code",),
    "INVALID_SECOND_FACTOR": ("code",),
    "WRONG_PASSWORD": ("current_password", "password"),
    "WEAK_PASSWORD": ("new_password", "password"),
    "PASSWORD_REUSED": ("new_password", "password"),
    "PHONE_TAKEN": ("phone_number",),
    "ACCOUNT_EXISTS": ("email",),
    "SELF_PARTNERSHIP": ("username",),
    "POST_INCOMPLETE": ("body",),
    "NOTHING_CORRECTED": ("corrected",),
}

_BY_FIELD = {
    "email": _("This is not an email address."),
    "birth_date": _("This is not a date."),
    "code": _("The code has six digits."),
    "username": _("Use 3 to 30 Latin letters, digits, dots or underscores."),
    "ticket": _("This code is not known any more. Please start again."),
    "token": _("This link is not complete. Please open it from the mail once more."),
    "phone_number": _("This is not a phone number. Begin with + and the country, such as +82."),
}
_MISSING = _("Please fill this in.")
_INVALID = _("This value is not valid.")
_INCOMPLETE = _("Something is missing in this form.")
_FROM_LINKS = ("ticket", "token")  # nobody types these in
_SIX_DIGITS = re.compile(r"(\d[\s-]?){6}")
_SEPARATORS = re.compile(r"[,、，\n]")


class Form(Generic[M]):
    """One submission of a form, or an empty form.

    Attributes:
        values: what to show in the fields; never a password.
        errors: translated messages by field; those of the whole form under ``""``.
        is_done: whether a service took the submission.
    """

    def __init__(
        self,
        request: Request,
        model: type[M],
        defaults: Mapping[str, Any] | None = None,
        *,
        shows: Sequence[str] = (),
        is_sent: bool | None = None,
        **fixed: Any,
    ) -> None:
        """Read the submission when the request is one.

        Args:
            model: what a valid submission makes.
            defaults: values for an empty form.
            shows: fields that the form always shows, so that an empty one takes back what was there before;
                other empty fields are left out, as if they were not sent.
            is_sent: whether the request is a submission of this form; by default any POST is.
            fixed: values of the model that do not come from the form.
        """
        self._request = request
        self._model = model
        names = [name for name in model.model_fields if name not in fixed]
        is_sent = request.method == "POST" if is_sent is None else is_sent
        entered = {name: self._entered(name) for name in names} if is_sent else {}
        given = {name: value for name, value in entered.items() if value or name in shows}
        self.values: dict[str, Any] = {**(defaults or {}), **given}
        for name in NEVER_SHOWN_AGAIN:
            self.values.pop(name, None)
        self.errors: dict[str, str] = {}
        self.is_done = False
        self._data = self._read({**given, **fixed}) if is_sent else None

    def _entered(self, name: str) -> Any:
        """What was entered in a field: text, ticked or not, or a list; None for nothing but blanks.

        A browser sends line ends as CRLF, a ticked box by its name, and people write codes as they read them.
        """
        annotation = self._model.model_fields[name].annotation
        sent = [str(value).replace("\r\n", "\n") for value in self._request.POST.getall(name)]
        if get_origin(annotation) is list:
            return [part.strip() for value in sent for part in _SEPARATORS.split(value) if part.strip()]
        if annotation is bool or annotation == bool | None:
            return bool(sent) and sent[-1] != "false"
        text = sent[-1] if sent else ""
        if name == "code" and _SIX_DIGITS.fullmatch(text.strip()):
            text = re.sub(r"\D", "", text)
        return text if text.strip() else None

    def _read(self, entered: dict[str, Any]) -> M | None:
        for name, value in entered.items():
            if any("\0" in text for text in _texts(value)):
                self.refuse(_INVALID, name)  # PostgreSQL's text cannot hold it
        try:
            data = self._model.model_validate(entered)
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                place = str(problem["loc"][0]) if problem["loc"] else WHOLE_FORM
                self._explain(place, problem["type"], problem.get("ctx", {}))
            return None
        return None if self.errors else data

    def _explain(self, field: str, kind: str, context: dict[str, Any]) -> None:
        is_empty = self.values.get(field) is None and field not in NEVER_SHOWN_AGAIN
        if field == WHOLE_FORM:
            self.refuse(_INCOMPLETE)
        elif field in _FROM_LINKS:
            self.refuse(_BY_FIELD[field], field)
        elif is_empty or kind == "missing":
            self.refuse(_MISSING, field)
        elif kind == "string_too_short":
            count = context["min_length"]
            self.refuse(_("Use at least ${count} characters.", mapping={"count": count}), field)
        elif kind == "string_too_long":
            count = context["max_length"]
            self.refuse(_("Use at most ${count} characters.", mapping={"count": count}), field)
        elif kind == "too_long":
            count = context["max_length"]
            self.refuse(_("Name at most ${count}.", mapping={"count": count}), field)
        else:
            self.refuse(_BY_FIELD.get(field, _INVALID), field)

    def refuse(self, message: str, *fields: str) -> None:
        """Note what is wrong, with the first of ``fields`` that the form has, else with the whole form."""
        place = next((name for name in fields if name in self._model.model_fields), WHOLE_FORM)
        self.errors.setdefault(place, self._request.localizer.translate(message, domain="plaza"))

    def submit(
        self, action: Callable[[M], T], mends: Mapping[type[DomainError], str] | None = None
    ) -> T | None:
        """Hand a valid submission to a service.

        A refusal that the reader can mend becomes an error of the form, and what the service began is undone.

        Args:
            mends: refusals that can be mended in this form though elsewhere they cannot, with their fields.

        Returns:
            The service's answer; None when the form has to be shown again. ``is_done`` tells that from an
            answer that is None.
        """
        response = self._request.response
        response.status_int = 422
        if self._data is None:
            return None
        try:
            answer = action(self._data)
        except DomainError as error:
            field = (mends or {}).get(type(error))
            if field is None and error.status not in MENDABLE:
                raise
            self._request.tm.doom()
            self.refuse(error.message, *([field] if field else FIELDS_OF_REFUSAL.get(error.code, ())))
            if error.status == 429:
                response.status_int = 429
                response.headers.update(error.headers)
            return None
        response.status_int = 200
        self.is_done = True
        return answer


def _texts(value: Any) -> Iterator[str]:
    """The texts in what was entered."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)
