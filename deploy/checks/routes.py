"""The paths of the Ingress, compared with the endpoints of the contracts: all of them lead where they should, or nowhere."""

import re

from cluster import ROOT, SERVICES

# What only services and operators ask, and what begins so. auth-service and movies-api share the path of their status:
# outside it is the films'.
INSIDE = {
    "auth-service": {"/oauth2/introspect", "/oauth2/check", "/api/v1/status", "/api/v1/roles", "/api/v1/audit", "/api/v1/clients", "/api/v1/users/"},
    "movies-api": set(),
    "captcha-service": {"/siteverify", "/api/v1/captcha/assess", "/api/v1/captcha/feedback", "/api/v1/captcha/status"},
}
NOBODYS = ["/metrics", "/livez", "/readyz", "/", "/oauth2/tokens", "/openapi.json", "/docs/other/"]
PAGES = {
    "auth-service": {"/account", "/account/sign-in", "/activate", "/oauth2/authorize", "/docs/auth/", "/docs/auth/schemas/codes.json"},
    "movies-api": {"/docs", "/docs/movies/"},
    "captcha-service": {"/tv", "/tv/page.js", "/docs/captcha/"},
}


def endpoints(service):
    """Paths of a service, from its contracts."""
    paths = set(PAGES[service])
    for file in (ROOT / "contracts/src" / SERVICES[service]).rglob("*.rs"):
        paths |= set(re.findall(r'const PATH: &\'static str =\s*"([^"]+)"', file.read_text()))
    return paths


def is_inside(service, path):
    """Whether only services and operators ask for a path."""
    return any(path == one or path.startswith(one.rstrip("/") + "/") for one in INSIDE[service])


def backend(ingress, path):
    """The service that a request for `path` reaches, by the rules of Kubernetes: the longest path wins, Exact before Prefix."""
    best = None
    for rule in ingress["spec"]["rules"]:
        for entry in rule["http"]["paths"]:
            exact = entry["pathType"] == "Exact"
            wanted = entry["path"].rstrip("/")
            if path == entry["path"] or (not exact and (path == wanted or path.startswith(wanted + "/"))):
                rank = (exact, len(entry["path"]))
                if best is None or rank > best[0]:
                    best = (rank, entry["backend"]["service"]["name"])
    return best and best[1]


def complaints(cluster):
    """Everything that is wrong with the Ingress of an overlay."""
    found = []
    for ingress in cluster.all("Ingress"):
        found += [f"the Ingress leads {path} to {backend(ingress, path)}" for path in NOBODYS if backend(ingress, path)]
        for service in INSIDE:
            for path in sorted(endpoints(service)):
                to = backend(ingress, re.sub(r"\{[^}]+\}", "x", path))
                hidden = is_inside(service, path)
                if hidden and to == service:
                    found.append(f"the Ingress leads {path} to {service}, which only services and operators may ask")
                if not hidden and to != service:
                    found.append(f"the Ingress leads {path} to {to}, not to {service}")
        for rule in ingress["spec"]["rules"]:
            for entry in rule["http"]["paths"]:
                service = entry["backend"]["service"]
                known = cluster.named("Service", service["name"])
                if not known or service["port"]["name"] not in [p["name"] for p in known["spec"]["ports"]]:
                    found.append(f"the Ingress leads {entry['path']} to {service}, which is not there")
    return found
