"""Pairs recorded bodies and queries with the published schemas that they must be valid against.

python cases.py DOCUMENTS TRAFFIC SCHEMAS CASES   writes schemas by name, and cases (a line each: what, schema, value)

A body whose schema is a file of its own is held to that file, any other to the OpenAPI document. Every response is
held to the contract, and every request that was accepted.
"""

import json
import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl

# Answered by an account at a provider, which this walk has not; the stories of tests/tests/interop have.
NEVER_SUCCESSFUL = {
    "finish_social_link", "finish_social_login", "start_social_link", "start_social_login", "unlink_social_account",
}  # fmt: skip
UNTRIED = {"delete_me", "end_session", "log_out_others", "set_password"}
KINDS = {"integer": int, "number": float, "boolean": lambda text: {"true": True, "false": False}[text]}


class Service:
    """A service's documents."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.document = json.loads((folder / "openapi.json").read_text())
        self.operations = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$"), path.count("{"), verb.upper(), operation)
            for path, item in self.document["paths"].items()
            for verb, operation in item.items()
        ]

    def operation(self, exchange: dict) -> dict | None:
        verb = "GET" if exchange["method"] == "HEAD" else exchange["method"]
        found = [o for o in self.operations if o[2] == verb and o[0].match(exchange["path"])]
        return min(found, key=lambda o: o[1])[3] if found else None

    def resolved(self, value: dict) -> dict:
        while "$ref" in value:
            *_, kind, name = value["$ref"].split("/")
            value = self.document["components"][kind][name]
        return value

    def schema(self, schema: dict) -> dict:
        name = schema.get("$ref", "").rpartition("/")[2]
        file = self.folder / (re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower() + ".schema.json")
        if name and file.exists():
            return json.loads(file.read_text())
        # Problems narrow a referenced object; strict validators want the type beside the narrowed fields.
        schema = {"type": "object", **schema} if "properties" in schema else schema
        whole = {"allOf": [schema], "$defs": self.document["components"]["schemas"]}
        whole = json.loads(json.dumps(whole).replace("#/components/schemas/", "#/$defs/"))
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **whole}


def value_of(text: str, schema: dict) -> object:
    """A parameter's text as the value that its schema speaks of."""
    kinds = schema.get("type", "string")
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        try:
            return KINDS[kind](text) if kind in KINDS else text
        except (ValueError, KeyError):
            continue
    return text


def body_of(kind: str, text: str) -> object:
    return dict(parse_qsl(text, keep_blank_values=True)) if kind.endswith("form-urlencoded") else json.loads(text)


def cases(service: Service, operation: dict, exchange: dict) -> list[tuple[str, dict, object]]:
    status, found = str(exchange["status"]), []
    if status not in operation["responses"]:
        sys.exit(f"{operation['operationId']} answered {status}, which is not documented")
    response, (kind, text) = service.resolved(operation["responses"][status]), exchange["response"]
    if text:
        if kind not in response.get("content", {}):
            sys.exit(f"{operation['operationId']} {status}: {kind} is not documented")
        found.append((status, service.schema(response["content"][kind]["schema"]), json.loads(text)))
    if exchange["status"] < 300:
        kind, text = exchange["request"]
        if text:
            found.append(("request", service.schema(operation["requestBody"]["content"][kind]["schema"]), body_of(kind, text)))
        declared = [service.resolved(parameter) for parameter in operation.get("parameters", [])]
        declared = {parameter["name"]: parameter["schema"] for parameter in declared if parameter["in"] == "query"}
        for name, text in parse_qsl(exchange["query"], keep_blank_values=True):
            schema = service.resolved(declared[name])
            found.append((f"?{name}", service.schema(declared[name]), value_of(text, schema)))
    return found


def main() -> None:
    documents, traffic, schemas_file, cases_file = map(Path, sys.argv[1:])
    services = {folder.name: Service(folder) for folder in documents.iterdir() if folder.is_dir()}
    schemas, lines, successful, exchanges = {}, [], set(), 0
    for line in traffic.read_text().splitlines():
        exchange = json.loads(line)
        service = services[exchange["service"]]
        operation = service.operation(exchange)
        if operation is None:
            continue
        exchanges += 1
        if exchange["status"] < 300:
            successful.add((exchange["service"], operation["operationId"]))
        for what, schema, value in cases(service, operation, exchange):
            name = schemas.setdefault(json.dumps(schema), f"s{len(schemas)}")
            what = f"{exchange['service']} {operation['operationId']} {what}"
            lines.append(json.dumps({"what": what, "schema": name, "value": value}))
    for file in documents.glob("*/*.schema.json"):
        schemas.setdefault(json.dumps(json.loads(file.read_text())), f"s{len(schemas)}")
    expected = {(name, o[3]["operationId"]) for name, service in services.items() for o in service.operations}
    expected = {(name, operation) for name, operation in expected if operation not in NEVER_SUCCESSFUL | UNTRIED}
    if missing := expected - successful:
        sys.exit(f"no success was recorded of {sorted(missing)}")
    schemas_file.write_text(json.dumps({name: json.loads(schema) for schema, name in schemas.items()}))
    cases_file.write_text("\n".join(lines))
    print(f"{exchanges} exchanges, successes of {len(successful)} operations; {len(schemas)} schemas")


main()
