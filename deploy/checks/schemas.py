"""Every document of the rendered overlays against the schemas of Kubernetes, with no field that is not there.

Usage: schemas.py VERSIONS FILE...     VERSIONS by commas, such as 1.30.0,1.37.0

The two kinds of the Prometheus operator are no part of Kubernetes. What we use of them is described here; the expressions
in their rules are read by promtool.
"""

import sys

import jsonschema
import kubernetes_validate
from cluster import Cluster, report


def shape(required, optional=None):
    """An object with these fields and no others."""
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


TEXT = {"type": "string", "minLength": 1}
TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
TIME = {"type": "string", "pattern": "^([0-9]+(ms|s|m|h|d))+$"}
SECONDS = {"type": "string", "pattern": "^[0-9]+s$"}
METADATA = shape({"name": TEXT, "namespace": TEXT}, {"labels": TEXTS, "annotations": TEXTS})
ALERT = shape({"alert": TEXT, "expr": TEXT, "labels": TEXTS, "annotations": TEXTS}, {"for": TIME, "keep_firing_for": TIME})
RECORD = shape({"record": TEXT, "expr": TEXT}, {"labels": TEXTS})
ENDPOINT = shape({"port": TEXT, "path": TEXT}, {"interval": SECONDS, "scrapeTimeout": SECONDS})
GROUP = shape({"name": TEXT, "rules": {"type": "array", "minItems": 1, "items": {"oneOf": [ALERT, RECORD]}}}, {"interval": TIME})
OPERATOR = {
    "ServiceMonitor": shape(
        {
            "selector": shape({"matchLabels": TEXTS}),
            "endpoints": {"type": "array", "minItems": 1, "items": ENDPOINT},
        },
        {"jobLabel": TEXT},
    ),
    "PrometheusRule": shape({"groups": {"type": "array", "minItems": 1, "items": GROUP}}),
}


def complaint(document, version):
    """What is wrong with a document, or None."""
    if document["apiVersion"] == "monitoring.coreos.com/v1" and document["kind"] in OPERATOR:
        whole = shape({"apiVersion": TEXT, "kind": TEXT, "metadata": METADATA, "spec": OPERATOR[document["kind"]]})
        error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(whole).iter_errors(document))
        return error and f"{'.'.join(map(str, error.path))}: {error.message}"
    try:
        kubernetes_validate.validate(document, version, strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{'.'.join(map(str, error.path))}: {error.message}"
    except kubernetes_validate.SchemaNotFoundError:
        return f"there is no {document['apiVersion']} {document['kind']}"
    return None


def complaints(cluster, versions):
    """Everything that is wrong with an overlay."""
    found = []
    for version in versions:
        for document in cluster.documents:
            text = complaint(document, version)
            if text:
                found.append(f"{document['kind']} {document['metadata']['name']}, Kubernetes {version}: {text}")
    return found


def main(versions, *paths):
    """Checks all files."""
    code = 0
    for path in paths:
        cluster = Cluster(path)
        code |= report(path, complaints(cluster, versions.split(",")))
        print(f"schemas: {path}: {len(cluster.documents)} documents, Kubernetes {versions}")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
