"""Breaks a sound overlay on purpose, one thing at a time, and sees that each is found.

Usage: breakages.py FILE   a rendered production overlay with monitoring, sound
"""

import copy
import json
import sys
from pathlib import Path

import scan
import schemas
import wiring
import yaml
from cluster import Cluster, Workload


def of(cluster, kind, name):
    """The document to break."""
    return cluster.named(kind, name)


def paths(cluster):
    """The paths of the Ingress."""
    return of(cluster, "Ingress", "marquee")["spec"]["rules"][0]["http"]["paths"]


def pod(cluster, name="movies-api"):
    """The pod template of a Deployment."""
    return of(cluster, "Deployment", name)["spec"]["template"]


def box(cluster, name="movies-api"):
    """The container of a Deployment."""
    return pod(cluster, name)["spec"]["containers"][0]


def policy(cluster, name):
    """The spec of a network policy."""
    return of(cluster, "NetworkPolicy", name)["spec"]


def stray(cluster):
    """A policy that lets movies-api ask captcha-service at both ends."""
    for name in ("auth-service-to-captcha-service", "captcha-service-from-auth-service"):
        text = yaml.safe_dump(of(cluster, "NetworkPolicy", name))
        copied = yaml.safe_load(text.replace("name: auth-service\n", "name: movies-api\n"))
        copied["metadata"]["name"] = name + "-too"
        cluster.documents.append(copied)


SCHEMA = {
    "a wrong field": lambda c: of(c, "Deployment", "auth-service")["spec"].update(minReadySecond=5),
    "a wrong type": lambda c: of(c, "Service", "auth-service")["spec"]["ports"][0].update(port="http"),
    "an unknown kind": lambda c: c.documents.append({"apiVersion": "apps/v1", "kind": "Deploymnet", "metadata": {"name": "x"}}),
    "a monitor of another shape": lambda c: of(c, "ServiceMonitor", "marquee")["spec"].update(selectors={}),
    "a rule without an expression": lambda c: of(c, "PrometheusRule", "marquee")["spec"]["groups"][0]["rules"][0].pop("expr"),
}
WIRING = {
    "an unknown setting": lambda c: box(c)["env"].append({"name": "MOVIES_LISTN", "value": "x"}),
    "an unknown setting in a ConfigMap": lambda c: next(
        m for m in c.all("ConfigMap") if m["metadata"]["name"].startswith("captcha")
    )["data"].update(CAPTCHA_LISTENS="x"),
    "a file that is not mounted": lambda c: box(c)["env"].append(
        {"name": "MOVIES_LIMITS_FILE", "value": "/run/secrets/movies-api/limits"}
    ),
    "a Secret that nobody reads": lambda c: box(c)["env"].pop(0),
    "a key that nobody makes": lambda c: pod(c)["spec"]["volumes"][0]["secret"]["items"][0].update(key="url"),
    "a Service without pods": lambda c: of(c, "Service", "movies-api")["spec"]["selector"].update({"x": "y"}),
    "another port": lambda c: box(c)["ports"][0].update(containerPort=8080),
    "a policy for nobody": lambda c: policy(c, "movies-api-to-auth-service")["podSelector"].update(matchLabels={"x": "y"}),
    "a way that is closed": lambda c: policy(c, "auth-service-from-movies-api").update(ingress=[]),
    "a way that nobody needs": stray,
    "metrics for everybody": lambda c: paths(c)[0].update(path="/"),
    "roles for everybody": lambda c: paths(c).append({**paths(c)[0], "path": "/api/v1/roles"}),
    "a path that is missing": lambda c: paths(c).pop(),
    "a stop that is too short": lambda c: pod(c)["spec"].update(terminationGracePeriodSeconds=20),
    "readiness that asks for life": lambda c: box(c)["readinessProbe"]["httpGet"].update(path="/livez"),
    "a number beside an autoscaler": lambda c: of(c, "Deployment", "movies-api")["spec"].update(replicas=1),
    "a pod network of proxies": lambda c: next(
        m for m in c.all("ConfigMap") if m["metadata"]["name"].startswith("movies")
    )["data"].update(MOVIES_TRUSTED_PROXIES="10.244.0.0/16"),
    "an image without a tag": lambda c: box(c).update(image="registry.example/marquee/movies-api"),
}
CHECKOV = {
    "no limit of memory": lambda c: box(c)["resources"]["limits"].pop("memory"),
    "a root that can be written": lambda c: box(c, "auth-service")["securityContext"].update(readOnlyRootFilesystem=False),
    "all capabilities": lambda c: box(c, "captcha-service")["securityContext"].pop("capabilities"),
    "no seccomp profile": lambda c: pod(c, "auth-service")["spec"]["securityContext"].pop("seccompProfile"),
    "no probe of life": lambda c: box(c, "captcha-service").pop("livenessProbe"),
}


def broken(sound, breakage):
    """A copy of the overlay with one thing broken."""
    cluster = copy.deepcopy(sound)
    breakage(cluster)
    makers = ("Deployment", "StatefulSet", "Job", "CronJob")
    cluster.workloads = [Workload(d) for d in cluster.documents if d["kind"] in makers]
    return cluster


def unnoticed_by_checkov(sound, path):
    """checkov starts slowly, so all its breakages go into one file: each must add a finding."""
    exceptions = yaml.safe_load(scan.LIST.read_text())
    cluster = sound
    for breakage in CHECKOV.values():
        cluster = broken(cluster, breakage)
    file = path.with_name("broken.yaml")
    file.write_text(yaml.safe_dump_all(cluster.documents))
    found, _ = scan.findings([str(file)])
    new = [c for c in scan.complaints(found, exceptions) if "needed no more" not in c]
    return [] if len(new) >= len(CHECKOV) else [f"checkov found only {new} of {list(CHECKOV)}"]


def main(path):
    """Breaks everything in turn."""
    path = Path(path)
    made = json.loads(path.with_suffix(".secrets.json").read_text())
    sound = Cluster(path)
    missed = [name for name, b in SCHEMA.items() if not schemas.complaints(broken(sound, b), ["1.37.0"])]
    missed += [name for name, b in WIRING.items() if not wiring.complaints(broken(sound, b), made)]
    missed += unnoticed_by_checkov(sound, path)
    if not scan.complaints([], [{"check": "X", "where": "*", "reason": ""}]):
        missed.append("an exception without a reason")
    for name in missed:
        print(f"  not noticed: {name}", file=sys.stderr)
    print(f"breakages: {len(SCHEMA) + len(WIRING) + len(CHECKOV) + 1 - len(missed)} of them found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
