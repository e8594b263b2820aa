"""The envelope of every error."""

from pydantic import BaseModel, Field

from analytics_api.schemas.common import Moment


class FieldProblem(BaseModel):
    """One value at fault."""

    field: str = Field(description="Name of the parameter")
    message: str


class ErrorDetails(BaseModel):
    """Facts for programs."""

    fields: list[FieldProblem] = Field(default=[], description="There when the code is VALIDATION_FAILED")


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str = Field(description="Stable and meant for programs", examples=["VALIDATION_FAILED"])
    message: str = Field(description="Meant for people")
    details: ErrorDetails


class ErrorEnvelope(BaseModel):
    """Every answer that is not the one asked for."""

    error: ErrorBody
    request_id: str = Field(description="Name this when you ask for help; it is in our logs")
    timestamp: Moment
