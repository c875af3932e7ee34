"""A rendered overlay, read so that checks can ask it questions."""

import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
SERVICES = {"auth-service": "auth", "movies-api": "movies", "captcha-service": "captcha"}


class Workload:
    """Anything that makes pods."""

    def __init__(self, document):
        self.kind = document["kind"]
        self.name = document["metadata"]["name"]
        spec = document["spec"]
        if self.kind == "CronJob":
            spec = spec["jobTemplate"]["spec"]
        template = spec["template"]
        self.labels = template["metadata"].get("labels", {})
        self.spec = template["spec"]
        self.containers = self.spec.get("initContainers", []) + self.spec["containers"]

    def __str__(self):
        return f"{self.kind} {self.name}"

    def port(self, wanted):
        """The number of a container port, by name or number; None when no container has it."""
        for container in self.containers:
            for port in container.get("ports", []):
                if wanted in (port.get("name"), port["containerPort"]):
                    return port["containerPort"]
        return None


class Cluster:
    """All documents of one overlay."""

    def __init__(self, path):
        self.path = path
        self.documents = [d for d in yaml.safe_load_all(Path(path).read_text()) if d]
        makers = ("Deployment", "StatefulSet", "Job", "CronJob")
        self.workloads = [Workload(d) for d in self.documents if d["kind"] in makers]

    def all(self, kind):
        """Every document of a kind."""
        return [d for d in self.documents if d["kind"] == kind]

    def named(self, kind, name):
        """The document of that kind and name, or None."""
        return next((d for d in self.all(kind) if d["metadata"]["name"] == name), None)

    def selected(self, selector):
        """The workloads whose pods a label selector means. An empty one means all."""
        return [w for w in self.workloads if matches(selector, w.labels)]


def matches(selector, labels):
    """Whether a label selector means these labels."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for rule in selector.get("matchExpressions") or []:
        have, values = labels.get(rule["key"]), rule.get("values", [])
        holds = {
            "In": have in values,
            "NotIn": have not in values,
            "Exists": have is not None,
            "DoesNotExist": have is None,
        }[rule["operator"]]
        if not holds:
            return False
    return True


def report(what, complaints):
    """Prints complaints and gives the exit code that goes with them."""
    for complaint in complaints:
        print(f"  {what}: {complaint}", file=sys.stderr)
    return 1 if complaints else 0
