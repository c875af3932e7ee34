# The container tool of scripts/image-test.sh, which sources this: choosing it, building with it, and running by it.

choose_tool() {
    if docker info >/dev/null 2>&1; then tool=docker; return; fi
    if ! have_podman && [ "${IMAGE_TEST_INSTALL:-}" = 1 ]; then install_podman; fi
    have_podman || return 1
    tool=podman
}

have_podman() {
    # runc: the other runtime of Debian 12 wants to move the process to a cgroup of its own.
    command -v podman >/dev/null && command -v buildah >/dev/null && command -v runc >/dev/null
}

install_podman() {
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        podman buildah runc debootstrap ca-certificates; } >&2
}

# One call for both tools. Where this machine gives containers no network of their own, they share its loopback.
engine() {
    case $tool in
        docker) docker "$@" ;;
        # Without systemd, podman complains of timers of health checks, which are asked by hand here.
        podman) podman --runtime runc --cgroup-manager cgroupfs "$@" 2> >(grep -v 'systemd connection' >&2) ;;
    esac
}

# The base that builds, without a registry: a minimal Debian, and the Rust that is here.
make_base() {
    local root="$temporary/base" rust
    command -v debootstrap >/dev/null || { echo "image-test: no debootstrap to make a base with" >&2; return 1; }
    echo "image-test: making $base" >&2
    debootstrap --variant=minbase --include=ca-certificates,gcc,libc6-dev bookworm "$root" >"$temporary/debootstrap.log" 2>&1 ||
        { tail -n 20 "$temporary/debootstrap.log" >&2; return 1; }
    rust=$(rustc --print sysroot)
    cp -a "$rust/bin" "$rust/lib" "$root/usr/local/"
    # A network that looks into TLS has authorities of its own. Cargo gets them; the images do not.
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/machine-authorities.pem"
    tar -C "$root" -c . | podman import -q --change "ENV CARGO_HTTP_CAINFO=/etc/ssl/machine-authorities.pem" - "$base"
    rm -rf "$root"
}

build_all() {
    local target image=${IMAGE_TEST_BUILD_IMAGE:-}
    if [ "$tool" = podman ] && [ -z "$image" ]; then
        podman image exists "$base" || make_base
        image=$base
    fi
    local -a arguments=(-f deploy/docker/Dockerfile --build-arg VERSION="$tag" --build-arg REVISION="$revision")
    [ -z "$image" ] || arguments+=(--build-arg BUILD_IMAGE="$image")
    for target in $targets; do
        case $tool in
            docker) nice -n "${IMAGE_TEST_NICE:-0}" docker build "${arguments[@]}" --target "$target" -t "marquee/$target:$tag" . ;;
            # Health checks are in Docker's format only.
            podman) nice -n "${IMAGE_TEST_NICE:-0}" buildah bud --isolation chroot --layers --format docker "${arguments[@]}" \
                --target "$target" -t "marquee/$target:$tag" . ;;
        esac
    done
}

# run NAME ARGUMENTS...: a container in the background, as closed as an orchestrator would have it.
run() {
    local name=$1
    shift
    engine run -d --name "marquee-test-$name" "${closed[@]}" "$@" >/dev/null
    containers+=("marquee-test-$name")
}

# run_once ARGUMENTS...: the same, to its end.
run_once() { engine run --rm "${closed[@]}" "$@"; }

# Limits of open files and processes are named: what the tool would ask for may be more than this machine grants.
closed=(--read-only --cap-drop ALL --security-opt no-new-privileges --network host
    --ulimit nofile=8192:8192 --ulimit nproc=2048:2048 --pull=never)
containers=()

clean_up() {
    local name
    set +e
    for name in "${containers[@]}"; do
        engine stop -t 1 "$name" >/dev/null 2>&1
        engine rm -f -v "$name" >/dev/null 2>&1
    done
    [ ! -d "$temporary/postgres" ] || scripts/postgres.sh stop "$temporary/postgres"
    [ ! -d "$temporary/redis" ] || scripts/redis.sh stop "$temporary/redis"
    rm -rf "$temporary"
}
