#!/usr/bin/env bash
# What the README promises, tried on a machine that has nothing: a bare Debian (debootstrap, minbase) with gcc, git, make and
# the Rust of this machine. The last commit is cloned into it, and the README's two commands run there.
#
#   scripts/fresh-machine.sh               all of it; an hour or more
#   scripts/fresh-machine.sh --only run    `cargo run --release --bin cinema`, until it answers its first search
#   scripts/fresh-machine.sh --only test   `make test`
#   scripts/fresh-machine.sh --only prepare   makes the machine, clones, and looks whether cargo and apt-get work in it
#
#   FRESH_FOLDER   where the machine is made (/var/tmp); it takes some 15 GB, and is removed at the end
#   FRESH_MIRROR   where Debian comes from (as debootstrap has it)
#   FRESH_LOG      folder that keeps what the commands wrote (target/fresh-machine)
#
# Needs root. Mounts and processes live in namespaces of their own, which end with the last process in them: nothing stays
# mounted or running on this machine. The registry's downloads of this machine are copied, not shared.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
. "$repository/scripts/apt.sh"

RELEASE=bookworm
# How long the first start may take with everything to compile, and how long all tests, in seconds.
RUN_BOUND=5400
TEST_BOUND=10800

say() { printf '\n== %s\n' "$*"; }
fail() { echo "fresh-machine.sh: $*" >&2; exit 1; }
usage() { sed -n '2,17p' "$0" | sed 's/^# \{0,1\}//' >&2; exit 2; }

need() { command -v "$1" >/dev/null 2>&1 || { apt_install "$2"; command -v "$1" >/dev/null 2>&1; } || fail "no $1 and no way to install it"; }

# A Debian, the compiler and the sources, under $root.
make_machine() {
    say "a bare Debian ($RELEASE, minbase)"
    debootstrap --variant=minbase "$RELEASE" "$root" ${FRESH_MIRROR:+"$FRESH_MIRROR"} >"$log/debootstrap.log" 2>&1 ||
        { tail -n 5 "$log/debootstrap.log" >&2; fail "debootstrap failed; see $log/debootstrap.log"; }
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    # How this machine reaches the archive holds for the new one as well.
    for file in /etc/apt/apt.conf.d/*; do
        if grep -q '^Acquire::' "$file" 2>/dev/null; then cp "$file" "$root/etc/apt/apt.conf.d/"; fi
    done
    local rust home=${CARGO_HOME:-$HOME/.cargo}
    rust=$(rustc --print sysroot)
    mkdir -p "$root/opt/rust" "$root/root/.cargo"
    mount --bind "$rust" "$root/opt/rust"
    mount -o remount,bind,ro "$root/opt/rust"
    [ ! -d "$home/registry" ] || cp -a "$home/registry" "$root/root/.cargo/"
    for file in config.toml config; do [ ! -e "$home/$file" ] || cp "$home/$file" "$root/root/.cargo/"; done
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    git -C "$repository" bundle create -q "$root/root/marquee.bundle" HEAD
}

# inside COMMAND...: runs it in the new machine, with nothing of this one's environment but the way to the network.
inside() {
    local name kept=()
    for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
        [ -z "${!name:-}" ] || kept+=("$name=${!name}")
    done
    chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 CARGO_TERM_COLOR=never ${kept[@]+"${kept[@]}"} \
        PATH=/opt/rust/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

in_tree() { inside sh -c 'cd /root/marquee && exec "$@"' sh "$@"; }

prepare() {
    make_machine
    say "gcc, git and make"
    {
        inside apt-get update -qq
        inside env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev git make ca-certificates
    } >"$log/apt.log" 2>&1 || { tail -n 5 "$log/apt.log" >&2; fail "apt-get does not work in the new machine"; }
    inside git clone -q /root/marquee.bundle /root/marquee
    in_tree cargo --version
    in_tree git log -1 --format='%h %s'
}

# ask PORT PATH: the whole answer, or nothing.
ask() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET %s HTTP/1.0\r\nHost: cinema\r\n\r\n' "$2" >&3 && timeout 5 cat <&3) 2>/dev/null || true
}

is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# The first command of the README, up to the first film that was found by a typo.
run_cinema() {
    say "cargo run --release --bin cinema"
    local port=8002 pid begun=$SECONDS settings=()
    # The network is this machine's: where somebody listens already, other ports have to do.
    if is_taken 8001 || is_taken 8002 || is_taken 8003; then
        port=28002
        settings=(AUTH_LISTEN=127.0.0.1:28001 MOVIES_LISTEN=127.0.0.1:28002 CAPTCHA_LISTEN=127.0.0.1:28003)
        echo "ports 8001 to 8003 are taken here; it listens on 28001 to 28003"
    fi
    in_tree env ${settings[@]+"${settings[@]}"} cargo run --release --bin cinema >"$log/run.log" 2>&1 &
    pid=$!
    until [[ "$(ask "$port" '/api/v1/films/search?query=godfathr')" = *"The Godfather"* ]]; do
        kill -0 "$pid" 2>/dev/null || { tail -n 20 "$log/run.log" >&2; fail "cinema ended; see $log/run.log"; }
        [ $((SECONDS - begun)) -lt "$RUN_BOUND" ] || { tail -n 20 "$log/run.log" >&2; fail "no film within $RUN_BOUND s"; }
        sleep 1
    done
    echo "the first search is answered after $((SECONDS - begun)) s, compiling included"
    # As by Ctrl-C: the whole group of a terminal gets it; here the program itself.
    local cinema
    cinema=$(for exe in /proc/[0-9]*/exe; do case $(readlink "$exe") in */release/cinema) basename "${exe%/exe}" ;; esac; done)
    kill -INT "$cinema"
    wait "$pid" || { tail -n 20 "$log/run.log" >&2; fail "cinema did not end well"; }
}

# The second one.
run_tests() {
    say "make test"
    local begun=$SECONDS
    timeout "$TEST_BOUND" "$0" --within "$root" make test >"$log/test.log" 2>&1 ||
        { tail -n 40 "$log/test.log" >&2; fail "make test failed; see $log/test.log"; }
    tail -n 1 "$log/test.log"
    echo "make test took $((SECONDS - begun)) s; $(grep -c '^test result: ok' "$log/test.log") test programs, $(grep -o '[0-9]* passed' "$log/test.log" | awk '{s += $1} END {print s}') tests"
}

main() {
    local what=$1
    prepare
    case $what in
        run) run_cinema ;;
        test) run_tests ;;
        all) run_cinema && run_tests ;;
    esac
    say "green: $what"
}

case "${1:-}" in
    --inside) # in the namespaces already
        root=$2 log=$3
        main "$4"
        exit
        ;;
    --within)
        root=$2
        shift 2
        in_tree "$@"
        exit
        ;;
    --only) what=${2:-} ;;
    "") what=all ;;
    *) usage ;;
esac
case "$what" in all | run | test | prepare) ;; *) usage ;; esac
[ "$(id -u)" = 0 ] || fail "needs root"
need debootstrap debootstrap
command -v cargo >/dev/null || fail "no Rust here to bind in"
log=${FRESH_LOG:-$repository/target/fresh-machine}
mkdir -p "$log"
work=$(mktemp -d -p "${FRESH_FOLDER:-/var/tmp}" fresh-machine.XXXXXX)
# Without the namespaces nothing is mounted below it any more, so this removes nothing but what was made.
trap 'rm -rf --one-file-system "$work"' EXIT
mkdir "$work/root"
unshare --mount --propagation private --pid --fork --kill-child --mount-proc "$0" --inside "$work/root" "$log" "$what"
