"""Settings in a compose file that the services do not know.

Usage: docker compose config --format json | compose.py NAME
"""

import json
import sys

from cluster import SERVICES, report
from wiring import known_settings


def complaints(config):
    """Variables of our prefixes that our programs do not read, and files of secrets that are not mounted."""
    found = []
    ours = {n: s for n, s in config["services"].items() if s.get("image", "").startswith("marquee/")}
    for name, service in ours.items():
        values = service.get("environment") or {}
        mounted = {s.get("target") or s["source"] for s in service.get("secrets", [])}
        mounted = {path if path.startswith("/") else f"/run/secrets/{path}" for path in mounted}
        for variable, value in sorted(values.items()):
            owner = next((s for s, prefix in SERVICES.items() if variable.startswith(prefix.upper() + "_")), None)
            if owner and variable not in known_settings(owner):
                found.append(f"{name}: {owner} knows no setting {variable}")
            if owner and (value or "").startswith("/run/secrets/") and mounted and not any(value.startswith(m) for m in mounted):
                found.append(f"{name}: {value} is not mounted")
    return found


if __name__ == "__main__":
    sys.exit(report(sys.argv[1], complaints(json.load(sys.stdin))))
