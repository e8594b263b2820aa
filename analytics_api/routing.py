"""How a route is declared: one line gives its access, its errors and its OpenAPI entry."""

from collections.abc import Awaitable, Callable
from inspect import getdoc
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from analytics_api.auth import GUARDS, Access
from analytics_api.caching import Answers
from analytics_api.db import Database
from analytics_api.errors import declared

PREFIX = "/api/v1/analytics"

View = TypeVar("View", bound=Callable[..., Awaitable[Response]])

Limit = Annotated[int, Query(ge=1, le=100, description="Most items in the answer")]


def _answers(request: Request) -> Answers:
    answers: Answers = request.app.state.answers
    return answers


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


CurrentAnswers = Annotated[Answers, Depends(_answers)]
CurrentDatabase = Annotated[Database, Depends(_database)]


class Routes:
    """The routes of one topic.

    Args:
        topic: the heading under which the documentation shows them.
    """

    def __init__(self, topic: str) -> None:
        self.router = APIRouter(tags=[topic])

    def get(self, path: str, *, access: Access, model: type[BaseModel], seeds: str) -> Callable[[View], View]:
        """Declare a route of the API.

        Args:
            path: below `PREFIX`.
            access: who may read it.
            model: what it answers.
            seeds: the plans and sections whose routes it stands for.
        """
        refusals = () if access is Access.PUBLIC else (401, 403)

        def register(view: View) -> View:
            self.router.get(
                PREFIX + path,
                response_model=model,
                dependencies=[Depends(GUARDS[access])],
                summary=view.__name__.replace("_", " ").capitalize(),
                description=f"{getdoc(view)}\n\nStands for: {seeds}.",
                operation_id=view.__name__,
                response_description=getdoc(model) or "",
                responses=declared(*refusals, 422, 500, 503)
                | {304: {"description": "You hold this answer already; for a matching If-None-Match."}},
                openapi_extra={"x-access": access.value},
            )(view)
            return view

        return register

    def operation(self, path: str, *, access: Access) -> Callable[[View], View]:
        """Declare an address that is there to run the process, and so not in the OpenAPI document.

        Args:
            path: from the root.
        """
        return self.router.get(
            path,
            dependencies=[Depends(GUARDS[access])],
            openapi_extra={"x-access": access.value},
            include_in_schema=False,
        )
