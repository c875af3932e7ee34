"""What no linter knows: settings that the services know, Secrets that are used, ports, selectors, times that fit together.

Usage: wiring.py FILE...   where FILE is a rendered overlay; SECRETS_FOR_FILE.json beside it says what secrets.sh makes
"""

import ipaddress
import json
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import network
import routes
from cluster import ROOT, SERVICES, Cluster, report


MOST_PROXIES = 256  # addresses; a cluster's pods have some 65,000


def known_settings(service):
    """Names of the environment variables that a service reads, from its source."""
    names = {"RUST_LOG"}
    for folder in (ROOT / service / "src", ROOT / "service-kit/src/telemetry"):
        for file in folder.rglob("*.rs"):
            names |= set(re.findall(r'\benv = "([A-Z0-9_]+)"', file.read_text()))
    return names


def environment(cluster, container, complain):
    """All variables of a container, those of ConfigMaps included."""
    values = {}
    for source in container.get("envFrom", []):
        name = source["configMapRef"]["name"]
        found = cluster.named("ConfigMap", name)
        if found is None:
            complain(f"there is no ConfigMap {name}")
        values.update((found or {}).get("data", {}))
    values.update({e["name"]: e.get("value") for e in container.get("env", [])})
    return values


def settings(cluster):
    """Variables that the service does not know, and pairs of which one would be ignored."""
    found = []
    for workload in cluster.workloads:
        for container in workload.containers:
            say = lambda text, c=container, w=workload: found.append(f"{w}, container {c['name']}: {text}")
            values = environment(cluster, container, say)
            image = container["image"].split("/")[-1]
            service = image.split(":")[0].split("@")[0]
            if not re.search(r":(?!latest$)[\w.-]+$|@sha256:", image):
                say(f"image {container['image']} has no tag of a release")
            if service in SERVICES:
                for name in sorted(set(values) - known_settings(service)):
                    say(f"{service} knows no setting {name}")
                for name in sorted(values):
                    if f"{name}_FILE" in values:
                        say(f"both {name} and {name}_FILE are set")
                    if name.endswith("_URL") and not name.startswith("OTEL") and values[name]:
                        host = urlsplit(values[name]).hostname
                        if "." not in host and not cluster.named("Service", host):
                            say(f"{name} leads to {host}, which is not there")
    return found


def secrets(cluster, made):
    """Files of Secrets that nobody reads, files that are read and not there, Secrets that nobody makes."""
    found = []
    for workload in cluster.workloads:
        volumes = {v["name"]: v["secret"] for v in workload.spec.get("volumes", []) if "secret" in v}
        there, folders, read = {}, set(), set()
        for container in workload.containers:
            values = environment(cluster, container, lambda text: None)
            read |= {v for v in values.values() if v and v.startswith("/")} | set(container.get("args", []))
            for mount in container.get("volumeMounts", []):
                if mount["name"] in volumes:
                    secret = volumes[mount["name"]]
                    if not mount.get("readOnly"):
                        found.append(f"{workload}: Secret {secret['secretName']} is mounted for writing")
                    if "items" not in secret:
                        folders.add(mount["mountPath"])
                    for item in secret.get("items", []):
                        there[f"{mount['mountPath']}/{item['path']}"] = item["key"]
        for name, secret in ((s["secretName"], s) for s in volumes.values()):
            if name not in made:
                found.append(f"{workload}: secrets.sh makes no Secret {name}")
            for item in secret.get("items", []):
                if item["key"] not in made.get(name, []):
                    found.append(f"{workload}: secrets.sh puts no {item['key']} into Secret {name}")
        entry = "/docker-entrypoint-initdb.d/"  # its files are read because they are there
        for path in sorted(set(there) - read):
            if not path.startswith(entry):
                found.append(f"{workload}: nobody reads {path}")
        for path in sorted(p for p in read if p.startswith("/run/secrets/")):
            if path not in there and path not in folders:
                found.append(f"{workload}: {path} is not mounted")
    return found


def services(cluster):
    """Services, autoscalers, budgets and monitors that mean nobody, and ports that do not fit."""
    found = []
    for service in cluster.all("Service"):
        name, chosen = service["metadata"]["name"], cluster.selected({"matchLabels": service["spec"]["selector"]})
        if not chosen or any(w.kind in ("Job", "CronJob") for w in chosen):
            found.append(f"Service {name} selects {[str(w) for w in chosen]}")
        for port in service["spec"]["ports"]:
            found += [f"Service {name}: {w} has no port {port['targetPort']}" for w in chosen if w.port(port["targetPort"]) != port["port"]]
    for budget in cluster.all("PodDisruptionBudget"):
        if not cluster.selected(budget["spec"]["selector"]):
            found.append(f"PodDisruptionBudget {budget['metadata']['name']} selects nothing")
    for scaler in cluster.all("HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        deployment = cluster.named(target["kind"], target["name"])
        if deployment is None or "replicas" in deployment["spec"]:
            found.append(f"HorizontalPodAutoscaler {target['name']}: its Deployment is not there or has a number of its own")
    for monitor in cluster.all("ServiceMonitor"):
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        watched = {s["metadata"]["name"] for s in cluster.all("Service") if wanted <= s["metadata"].get("labels", {}).items()}
        if watched != set(SERVICES):
            found.append(f"ServiceMonitor {monitor['metadata']['name']} watches {sorted(watched)}")
    return found


def lives(cluster):
    """Accounts, probes and the times of a stop."""
    found = []
    for workload in cluster.workloads:
        account = cluster.named("ServiceAccount", workload.spec.get("serviceAccountName"))
        if account is not None and account.get("automountServiceAccountToken") is not False:
            found.append(f"{workload}: its account hands out tokens")
        if account is None and not workload.name.endswith("-import"):
            found.append(f"{workload} has no account of its own")
        service = workload.labels["app.kubernetes.io/name"]
        if workload.kind != "Deployment" or service not in SERVICES:
            continue
        container = workload.containers[0]
        values = environment(cluster, container, lambda text: None)
        prefix = SERVICES[service].upper()
        stop = sum(int(values.get(f"{prefix}_{n}", "0s").removesuffix("s")) for n in ("SHUTDOWN_DELAY", "DRAIN_TIMEOUT"))
        if stop == 0 or workload.spec["terminationGracePeriodSeconds"] < stop + 10:
            found.append(f"{workload} is killed {workload.spec['terminationGracePeriodSeconds']} s after SIGTERM and wants {stop} s and some")
        ready = container["readinessProbe"]
        if ready["periodSeconds"] * ready["failureThreshold"] > int(values[f"{prefix}_SHUTDOWN_DELAY"].removesuffix("s")):
            found.append(f"{workload}: the cluster looks too seldom to see that it is leaving")
        for probe, path in (("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")):
            if container[probe]["httpGet"] != {"path": path, "port": "http"}:
                found.append(f"{workload}: {probe} does not ask {path}")
        if f"{prefix}_MIGRATE" in known_settings(service) and values.get(f"{prefix}_MIGRATE") != "false":
            found.append(f"{workload}: replicas change tables")
    return found


def proxies(cluster):
    """Proxies that are believed and are more than the ingress. The overlay with a Redis inside is for trying only: it runs on
    clusters whose networks nobody knows before."""
    found = []
    if cluster.named("StatefulSet", "redis") is not None:
        return found
    for workload in cluster.workloads:
        for container in workload.containers:
            for name, value in environment(cluster, container, lambda text: None).items():
                if not name.endswith("_TRUSTED_PROXIES"):
                    continue
                for text in value.split(","):
                    believed = ipaddress.ip_network(text.strip())
                    if believed.num_addresses > MOST_PROXIES:
                        found.append(f"{workload}: {name} believes {believed.num_addresses} addresses; the ingress has fewer")
    return found


def complaints(cluster, made):
    """Everything that is wrong with an overlay."""
    found = settings(cluster) + secrets(cluster, made) + services(cluster) + lives(cluster) + proxies(cluster)
    return found + network.complaints(cluster) + routes.complaints(cluster)


def main(*paths):
    """Checks all files."""
    code = 0
    for path in paths:
        cluster = Cluster(path)
        made = json.loads(Path(path).with_suffix(".secrets.json").read_text())
        code |= report(path, complaints(cluster, made))
        print(f"wiring: {path}: {len(cluster.workloads)} workloads, {len(cluster.all('NetworkPolicy'))} network policies")
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
