"""The one place where errors become HTTP: problem+json bodies (RFC 9457) and their status."""

from collections.abc import Iterator
from typing import Any, Final

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from backend.api.schemas.base import Problem
from backend.db.session import was_saved
from backend.domain import errors
from backend.domain.errors import ServiceError

log = structlog.get_logger()

#: Status by class; the nearest ancestor counts.
STATUS: Final[dict[type[ServiceError], int]] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.InvalidInput: 422,
    errors.TooManyRequests: 429,
    errors.TransientError: 503,
    errors.ServiceError: 500,
}

#: What the framework refuses before any of our code has it.
HTTP_CODES: Final = {400: "http_error", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def status_of(error: type[ServiceError]) -> int:
    return next(STATUS[ancestor] for ancestor in error.__mro__ if ancestor in STATUS)


def codes() -> dict[str, int]:
    """Every code a request can meet, with its status."""
    raised = {
        error.code: status_of(error)
        for error in _descendants(ServiceError)
        if "code" in vars(error) and not issubclass(error, errors.JobError)
    }
    return {
        **raised,
        **{code: status for status, code in HTTP_CODES.items()},
        "internal_error": 500,
        "answer_failed": 500,
    }


def raises(*kinds: type[ServiceError]) -> dict[int | str, dict[str, Any]]:
    """`responses=` of a route that can raise these, beside what its role implies."""
    by_status: dict[int | str, list[str]] = {}
    for kind in kinds:
        by_status.setdefault(status_of(kind), []).append(kind.code)
    return {
        status: {
            "description": "code: " + ", ".join(names),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, names in by_status.items()
    }


def problem(status: int, code: str, detail: str, context: dict[str, Any] | None = None) -> JSONResponse:
    body = Problem(
        title=code.replace("_", " ").capitalize(), status=status, code=code, detail=detail, context=context or {}
    )
    headers = {"Retry-After": "5"} if status in (429, 503) else None
    return JSONResponse(body.model_dump(), status, headers, media_type="application/problem+json")


def install(app: FastAPI) -> None:
    """Answer every error of `app` as a problem."""
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _invalid_request)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _unexpected)


def _service_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ServiceError):
        raise error
    status = status_of(type(error))
    log.log(30 if status >= 500 else 20, "request_refused", code=error.code, detail=error.message)
    return problem(status, error.code, error.message, error.context)


def _invalid_request(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    found = [
        {"where": ".".join(str(part) for part in entry["loc"]), "message": entry["msg"]} for entry in error.errors()
    ]
    detail = "; ".join(f"{entry['where']}: {entry['message']}" for entry in found[:3])
    return problem(422, "invalid_input", detail, {"errors": found})


def _http_error(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    code = HTTP_CODES.get(error.status_code, "http_error")
    return problem(error.status_code, code, str(error.detail))


def _unexpected(request: Request, error: Exception) -> JSONResponse:
    log.error("request_crashed", exc_info=error)
    change = getattr(request.state, "unit_of_work", None)
    if change is not None and was_saved(change):
        detail = "The change was saved; only the answer to this request failed. It is in the log. Read again."
        return problem(500, "answer_failed", detail)
    return problem(500, "internal_error", "Something went wrong on our side; it is in the log. Nothing was changed.")


def _descendants(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)
