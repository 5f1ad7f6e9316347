"""REST for every kind of master data, made from its definition.

FastAPI reads a route's forms from its annotations; here they are filled in from the definition.
"""

import json
from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Annotated, Final
from uuid import uuid4

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel
from sqlalchemy import Connection
from structlog import get_logger

from gateway.auth.guard import Looker, Require
from gateway.auth.roles import Permission
from gateway.auth.sessions import Principal
from gateway.http.context import InContext
from gateway.http.idempotency import HttpAnswer, InOnce, answer_once
from gateway.http.paging import Page, PageQuery
from gateway.http.revision import Seen, etag
from gateway.registry.resources import RESOURCES, Resource, Stamp
from gateway.registry.service import Edit, Key, change_row, find_row, insert_row, list_rows
from gateway.trail.service import By
from taigan.transactions import read_transaction

PREFIX: Final = "/api/v1"

log = get_logger()


def resource_router(resource: Resource) -> APIRouter:
    """Return list, create, read and change for one kind of master data."""
    router = APIRouter(prefix=f"/{resource.name}")
    _add_list(router, resource)
    _add_create(router, resource)
    _add_read(router, resource)
    _add_change(router, resource)
    return router


def _item_path(resource: Resource) -> str:
    return "".join(f"/{{{name}}}" for name in resource.key)


def _key_of(resource: Resource) -> Callable[..., Key]:
    """Return the dependency that reads the primary key from the address."""

    def key(**parts: str) -> Key:
        return parts

    part = Annotated[str, Path(max_length=64)]
    key.__signature__ = Signature(  # type: ignore[attr-defined]
        [Parameter(name, Parameter.KEYWORD_ONLY, annotation=part) for name in resource.key]
    )
    return key


def _sees_accounts(principal: Principal) -> bool:
    return principal.may(Permission.SEE_ACCOUNTS)


def _add_list(router: APIRouter, resource: Resource) -> None:
    def list_items(query: PageQuery, context: InContext, principal: Looker) -> Page[BaseModel]:
        accounts = _sees_accounts(principal)
        with read_transaction(context.engine) as connection:
            return list_rows(
                connection, resource, query, lambda row: resource.show(row, accounts=accounts)
            )

    list_items.__annotations__["query"] = Annotated[resource.query, Query()]
    router.add_api_route(
        "",
        list_items,
        response_model=Page[resource.view],  # type: ignore[name-defined]
        operation_id=f"list_{resource.name}",
        summary=f"List {resource.name}, newest first",
    )


def _add_create(router: APIRouter, resource: Resource) -> None:
    def create_item(
        given: BaseModel, context: InContext, principal: Principal, once: InOnce
    ) -> Response:
        stamp = Stamp(uuid4(), context.now_ms())

        def effect(connection: Connection) -> HttpAnswer:
            row = insert_row(connection, resource, given, stamp, principal.username)
            shown = resource.show(row, accounts=_sees_accounts(principal))
            return HttpAnswer(201, shown.model_dump_json())

        answer = answer_once(context, principal.user_id, once, effect)
        log.info("master data was registered", kind=resource.noun, user=principal.username)
        return Response(
            answer.body, answer.status, _headers(resource, answer), media_type="application/json"
        )

    editor = Annotated[Principal, Depends(Require(resource.edit))]
    create_item.__annotations__ |= {"given": resource.create, "principal": editor}
    router.add_api_route(
        "",
        create_item,
        methods=["POST"],
        status_code=201,
        response_model=None,
        responses={201: {"model": resource.view}},
        operation_id=f"create_{resource.noun}",
        summary=f"Register one {resource.noun}",
    )


def _headers(resource: Resource, answer: HttpAnswer) -> dict[str, str]:
    shown = json.loads(answer.body)
    place = "/".join(str(shown[name]) for name in resource.key)
    return {"Location": f"{PREFIX}/{resource.name}/{place}", "ETag": etag(shown["revision"])}


def _add_read(router: APIRouter, resource: Resource) -> None:
    def read_item(key: Key, response: Response, context: InContext, principal: Looker) -> BaseModel:
        with context.engine.begin() as connection:
            row = find_row(connection, resource, key)
        response.headers["ETag"] = etag(row["revision"])
        return resource.show(row, accounts=_sees_accounts(principal))

    read_item.__annotations__["key"] = Annotated[Key, Depends(_key_of(resource))]
    router.add_api_route(
        _item_path(resource),
        read_item,
        response_model=resource.view,
        operation_id=f"get_{resource.noun}",
        summary=f"Read one {resource.noun}",
    )


def _add_change(router: APIRouter, resource: Resource) -> None:
    def change_item(
        key: Key, change: BaseModel, seen: Seen, context: InContext, principal: Principal
    ) -> BaseModel:
        by = By(principal.username, context.now_ms())
        with context.engine.begin() as connection:
            row = change_row(connection, resource, Edit(key, change, seen.if_match), by)
        log.info(
            "master data was changed",
            kind=resource.noun,
            key=key,
            fields=sorted(change.model_fields_set),
            user=principal.username,
        )
        seen.response.headers["ETag"] = etag(row["revision"])
        return resource.show(row, accounts=_sees_accounts(principal))

    editor = Annotated[Principal, Depends(Require(resource.edit))]
    change_item.__annotations__ |= {
        "key": Annotated[Key, Depends(_key_of(resource))],
        "change": resource.change,
        "principal": editor,
    }
    router.add_api_route(
        _item_path(resource),
        change_item,
        methods=["PATCH"],
        response_model=resource.view,
        operation_id=f"change_{resource.noun}",
        summary=f"Change one {resource.noun}; needs If-Match",
    )


router = APIRouter(prefix=PREFIX)
for _resource in RESOURCES:
    router.include_router(resource_router(_resource), tags=[_resource.name])
