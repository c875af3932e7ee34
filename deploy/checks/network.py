"""Who may talk to whom, worked out from the network policies as the cluster would, and compared with who must."""

# By the labels `app.kubernetes.io/name` and, where it matters, `component`. Whoever is not here talks to nobody.
MUST_TALK = {
    ("movies-api/server", "auth-service/server"),
    ("auth-service/server", "captcha-service/server"),
    ("auth-service/server", "postgres/database"),
    ("auth-service/migration", "postgres/database"),
    ("auth-service/maintenance", "postgres/database"),
    ("movies-api/server", "postgres/database"),
    ("movies-api/migration", "postgres/database"),
    ("auth-service/server", "redis/counters"),
    ("movies-api/server", "redis/counters"),
    ("captcha-service/server", "redis/counters"),
}


def complaints(cluster):
    """Everything that is wrong with the policies of an overlay."""
    return selectors(cluster) + flows(cluster)


def title(workload):
    """The name and part of a workload."""
    return f"{workload.labels['app.kubernetes.io/name']}/{workload.labels['app.kubernetes.io/component']}"


def selectors(cluster):
    """Policies that mean nobody, or ports that nobody has."""
    found = []
    for policy in cluster.all("NetworkPolicy"):
        name, spec = policy["metadata"]["name"], policy["spec"]
        chosen = cluster.selected(spec["podSelector"])
        if not chosen:
            found.append(f"NetworkPolicy {name} selects nothing")
        for rule in spec.get("ingress", []):
            for port in rule.get("ports", []):
                found += [f"NetworkPolicy {name}: {w} has no port {port['port']}" for w in chosen if not w.port(port["port"])]
        for rule in spec.get("ingress", []) + spec.get("egress", []):
            for peer in rule.get("to", []) + rule.get("from", []):
                if "podSelector" in peer and "namespaceSelector" not in peer and not cluster.selected(peer["podSelector"]):
                    found.append(f"NetworkPolicy {name}: nobody here is {peer['podSelector']}")
    return found


def flows(cluster):
    """Flows that policies let through and nobody needs, and flows that are needed and are stopped."""
    here = {title(w) for w in cluster.workloads}
    needed = {(a, b) for a, b in MUST_TALK if a in here and b in here}
    open_flows = {(title(a), title(b)) for a in cluster.workloads for b in cluster.workloads if may_talk(cluster, a, b)}
    found = [f"{a} may talk to {b}, and need not" for a, b in sorted(open_flows - needed)]
    return found + [f"{a} cannot talk to {b}" for a, b in sorted(needed - open_flows)]


def may_talk(cluster, source, target):
    """Whether both ends let it through."""
    out = reach(cluster, source, "egress", "to", target, target)
    return bool(out) and bool(reach(cluster, target, "ingress", "from", source, target) & out)


def reach(cluster, owner, direction, ends, peer, target):
    """The ports of `target` that the policies of `owner` open towards (or for) `peer`."""
    ports = {p["containerPort"] for c in target.containers for p in c.get("ports", [])}
    mine = [p["spec"] for p in cluster.all("NetworkPolicy") if owner in cluster.selected(p["spec"]["podSelector"])]
    mine = [spec for spec in mine if direction.capitalize() in spec["policyTypes"]]
    if not mine:
        return ports  # whom no policy means may do everything
    opened = set()
    for spec in mine:
        for rule in spec.get(direction, []):
            peers = rule.get(ends)
            within = [p for p in peers or [] if "namespaceSelector" not in p and "podSelector" in p]
            if peers is None or any(peer in cluster.selected(p["podSelector"]) for p in within):
                listed = rule.get("ports")
                opened |= ports if listed is None else {target.port(p["port"]) for p in listed} & ports
    return opened
