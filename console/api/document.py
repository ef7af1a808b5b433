"""The OpenAPI 3.1 document, made from the very models that check requests and answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from actions.files import MEDIA_TYPES
from console.api.calls import FILE, FILE_NAME, IDEMPOTENCY_KEY, Operation
from console.api.models import Problem
from console.api.problems import MEDIA_TYPE, words
from console.api.webhooks import WEBHOOKS

Json = dict[str, Any]
_REF = "#/components/schemas/{model}"
# every operation may end so: no token, too many requests, our own fault
_ALWAYS = (401, 429, 500)


def document(operations: Iterable[Operation], server: str) -> Json:
    """The whole document; `server` is the address that paths are added to."""
    operations = tuple(operations)
    paths: dict[str, Json] = {}
    for operation in operations:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": words().TITLE, "version": "1", "description": words().ABOUT},
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "webhooks": {name: _webhook(name, data) for name, data in WEBHOOKS.items()},
        "components": {
            "schemas": _schemas(operations),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": words().TOKEN}},
        },
    }


def _schemas(operations: Iterable[Operation]) -> Json:
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(Problem, "validation")]
    for operation in operations:
        wanted.append((operation.gives, "validation"))
        if operation.body is not None and issubclass(operation.body, BaseModel):
            wanted.append((operation.body, "validation"))
    wanted += [(data, "validation") for data in WEBHOOKS.values()]
    unique = list(dict.fromkeys(wanted))
    _, definitions = models_json_schema(unique, ref_template=_REF)
    schemas: Json = definitions["$defs"]
    for name, schema in schemas.items():
        _describe(name, schema)
    return schemas


def _describe(name: str, schema: Json) -> None:
    """Put the words for people in place of what the code says of itself."""
    schema.pop("description", None)
    if name in words().MODELS:
        schema["description"] = words().MODELS[name]
    for field, inner in schema.get("properties", {}).items():
        inner.pop("title", None)
        told = words().FIELDS.get(f"{name}.{field}") or words().FIELDS.get(field)
        if told and "$ref" not in inner:
            inner["description"] = told


def _operation(operation: Operation) -> Json:
    summary, description = words().OPERATIONS[operation.name]
    made: Json = {
        "operationId": operation.name,
        "summary": summary,
        "description": description,
        "parameters": _parameters(operation),
        "responses": {"200": _good(operation), **_bad(operation)},
    }
    if operation.scope is not None:
        made["x-scope"] = operation.scope
    if operation.body is not None:
        made["requestBody"] = {"required": True, "content": _content(operation)}
    return made


def _content(operation: Operation) -> Json:
    if operation.body is FILE:
        return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA_TYPES}
    assert operation.body is not None
    return {"application/json": {"schema": _ref(operation.body.__name__)}}


def _good(operation: Operation) -> Json:
    good: Json = {
        "description": words().GOOD,
        "content": {"application/json": {"schema": _ref(operation.gives.__name__)}},
    }
    if operation.gives.__name__ == "Referral":
        good["headers"] = {"ETag": {"description": words().FIELDS["ETag"], "schema": {"type": "string"}}}
    return good


def _bad(operation: Operation) -> Json:
    content = {MEDIA_TYPE: {"schema": _ref("Problem")}}
    return {
        str(status): {"description": words().STATUSES[status], "content": content}
        for status in sorted({*operation.problems, *_ALWAYS})
    }


def _ref(name: str) -> Json:
    return {"$ref": _REF.format(model=name)}


def _parameters(operation: Operation) -> list[Json]:
    made: list[Json] = []
    if "{referral_id}" in operation.path:
        schema = {"type": "integer", "minimum": 1, "maximum": 10**15 - 1}
        made.append(_parameter("referral_id", "path", schema, required=True))
    if operation.query is not None:
        made += _from_query(operation.query)
    if operation.method == "POST":
        made.append(
            _parameter("Idempotency-Key", "header", {"type": "string", "pattern": IDEMPOTENCY_KEY}, required=True)
        )
        made.append(_parameter("If-Match", "header", {"type": "string"}))
    if operation.body is FILE:
        made.append(_parameter("File-Name", "header", {"type": "string", "pattern": FILE_NAME}))
    return made


def _from_query(model: type[BaseModel]) -> list[Json]:
    schema = model.model_json_schema(ref_template=_REF)
    return [
        _parameter(name, "query", {key: value for key, value in inner.items() if key != "title"})
        for name, inner in schema["properties"].items()
    ]


def _parameter(name: str, place: str, schema: Json, *, required: bool = False) -> Json:
    # a parameter is given or left out; there is no null in an address
    given = [each for each in schema.get("anyOf", ()) if each.get("type") != "null"]
    shape = given[0] if given else {key: value for key, value in schema.items() if key != "default" or value}
    return {
        "name": name,
        "in": place,
        "required": required,
        "schema": shape,
        "description": words().FIELDS[name],
    }


def _webhook(name: str, data: type[BaseModel]) -> Json:
    schema = {
        "type": "object",
        "properties": {"type": {"const": name}, "data": _ref(data.__name__)},
        "required": ["type", "data"],
        "additionalProperties": False,
    }
    return {
        "post": {
            "operationId": name,
            "summary": words().WEBHOOKS[name],
            "description": words().WEBHOOK,
            "parameters": [
                _parameter(header, "header", {"type": "string"}, required=True)
                for header in ("webhook-id", "webhook-timestamp", "webhook-signature")
            ],
            "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
            "responses": {"2XX": {"description": words().WEBHOOK_GOOD}, "410": {"description": words().WEBHOOK_GONE}},
        }
    }
