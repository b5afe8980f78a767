"""The API process: routes, errors, documentation, and the built browser app."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from backend import queue
from backend.api import auth, errors, health, images, jobs, learning, packets, people, projects, pseudo_labels, rounds
from backend.api.deps import Parts, admin_actor, any_actor
from backend.api.schemas.base import Problem
from backend.config import Settings
from backend.db.session import open_database
from backend.storage import open_store

PREFIX: Final = "/api/v1"
RESOURCES: Final = (auth, projects, images, rounds, pseudo_labels, packets, learning, people, jobs)


def create_app(settings: Settings) -> FastAPI:
    """The ASGI application of one process."""
    queue.configure(settings)
    app = FastAPI(
        title="stal",
        version="1",
        description="Active domain adaptation of segmentation networks, with people in the loop.",
        generate_unique_id_function=lambda route: f"{route.tags[0]}_{route.name}",
        separate_input_output_schemas=False,
    )
    app.state.parts = Parts(
        settings, open_database(settings.database), open_store(settings.storage, settings.storage_options)
    )
    app.state.part_checks = health.PartChecks()
    errors.install(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)  # not for pictures, nor for event streams
    for resource in RESOURCES:
        app.include_router(resource.router, prefix=PREFIX)
    app.include_router(health.router)
    app.openapi = lambda: openapi(app)  # type: ignore[method-assign]
    if (settings.frontend_dir / "index.html").is_file():
        app.frontend("/", directory=settings.frontend_dir, fallback="index.html")
    return app


def openapi(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the role that each operation asks for as `x-role`, and every error code."""
    if app.openapi_schema is None:
        document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        for route in routes():
            for method in route.methods or ():
                _complete(document["paths"][PREFIX + route.path][method.lower()], role_of(route.dependant))
        for unused in ("HTTPValidationError", "ValidationError"):
            document["components"]["schemas"].pop(unused, None)
        document["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        document["x-error-codes"] = errors.codes()
        app.openapi_schema = document
    return app.openapi_schema


def _complete(operation: dict[str, Any], role: str) -> None:
    """Add what every route has and none says: its role, and the errors that come with it."""
    operation["x-role"] = role
    common = {"422": "code: invalid_input", "503": "code: database_unavailable"}
    if role != "public":
        common["401"] = "code: unauthenticated"
    if role == "admin":
        common["403"] = "code: forbidden"
    body = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status, description in common.items():
        declared = operation["responses"].get(status, {}).get("description", "")
        if not declared.startswith("code: "):
            operation["responses"][status] = {"description": description, "content": body}


def role_of(dependant: Dependant) -> str:
    """`admin`, `annotator` (anybody signed in) or `public`, from the route's own dependencies."""
    calls = set(_calls(dependant))
    if admin_actor in calls:
        return "admin"
    return "annotator" if any_actor in calls else "public"


def routes() -> list[APIRoute]:
    """Every route below `PREFIX`, without it."""
    return [route for resource in RESOURCES for route in resource.router.routes if isinstance(route, APIRoute)]


def _calls(dependant: Dependant) -> list[Any]:
    return [dependant.call, *(call for child in dependant.dependencies for call in _calls(child))]
