#!/usr/bin/env bash
# Processor time (user + sys) of building `cinema`: cold, after a text of a mail was touched, and after a word of it was
# changed; the crates that take most of it; the size of the program and of the lock file.
#
#   scripts/build-times.sh [PROFILE [COMMIT]]
#
# PROFILE is release (default), dev or dist, COMMIT is HEAD by default. Everything is built in a temporary folder below
# target/. On a busy machine the figures grow; compare runs that took turns.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${1:-release}
commit=${2:-HEAD}

mkdir -p target
work=$(mktemp -d "$PWD/target/build-times.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/tree"
git archive "$commit" | tar -x -C "$work/tree"
cat >"$work/wrapper" <<'WRAPPER'
#!/usr/bin/env bash
# Runs rustc, and appends its processor time and the crate to the file in CRATE_TIMES.
name=""
for ((i = 1; i < $#; i++)); do [ "${!i}" != --crate-name ] || { next=$((i + 1)); name=${!next}; }; done
[ "${name:-___}" != ___ ] || exec "$@"
TIMEFORMAT="%U %S $name"
exec 3>&1 4>&2
{ time "$@" >&3 2>&4; } 2>>"$CRATE_TIMES"
WRAPPER
chmod +x "$work/wrapper"
export CARGO_TARGET_DIR="$work/target" RUSTC_WRAPPER="$work/wrapper" CRATE_TIMES="$work/times"
cd "$work/tree"
cargo fetch --quiet --locked
text=auth-service/mail-texts/en/password_changed.txt
grep -q 'Your password was changed' "$text" || { echo "$text has no such words any more" >&2; exit 1; }

# Builds, and prints the processor time as `LABEL SECONDS s`.
build() {
    local used TIMEFORMAT="%U %S"
    used=$({ time cargo build --quiet --locked --profile "$profile" --bin cinema 2>"$work/log"; } 2>&1) \
        || { cat "$work/log" >&2; exit 1; }
    awk -v label="$1" '{ printf "%-24s %8.1f s\n", label, $1 + $2 }' <<<"$used"
}

build "cold"
export CRATE_TIMES=/dev/null
build "nothing changed"
touch "$text"
build "a text touched"
sed -i 's/Your password was changed/Your password was altered/' "$text"
build "a word changed"
folder=$profile
[ "$profile" != dev ] || folder=debug
printf '%-24s %8.1f MB\n' "size of the program" "$(stat -c %s "$work/target/$folder/cinema" | awk '{ print $1 / 1e6 }')"
printf '%-24s %8d\n' "packages in the lock" "$(grep -c '^name = ' Cargo.lock)"
echo "crates, in s:"
awk '{ time[$3] += $1 + $2; all += $1 + $2 }
    END { for (name in time) printf "%8.1f  %s\n", time[name], name; printf "%8.1f  all of rustc; the rest is C and build scripts\n", all }' "$work/times" \
    | sort -nr | head -41
