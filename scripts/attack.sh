#!/usr/bin/env bash
# Attacks the captcha: readers of text and readers made for it against its pictures and spoken sums, bots against its rules and
# against auth-service's own flows and pages. Fails when more gets through than may.
#
#   ATTACK_PICTURES   pictures a level [default: 2000]; 100 is quick
#   ATTACK_SEED       the seed that an earlier run printed, to draw its pictures again
#   ATTACK_TRAINING_SECONDS   time of one core in which a reader is trained [default: 240, or 0.12 for each picture, at least 30]
#   BOTS_DAYS         days that every bot has [default: 1000, or 200 with less than 1000 pictures]
#   FLOWS_PEOPLE      people at auth-service's flows [default: 200]
#   WRITE_DOCS=1      also writes the tables of docs/captcha-attack.md, its plot and its pictures
#
# Needs tesseract, gocr, ocrad and ImageMagick, installed with apt-get where we may. Never more than two readers run at once.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

install_missing() {
    local sudo="" packages=()
    command -v tesseract >/dev/null 2>&1 || packages+=(tesseract-ocr tesseract-ocr-eng)
    command -v gocr >/dev/null 2>&1 || packages+=(gocr)
    command -v ocrad >/dev/null 2>&1 || packages+=(ocrad)
    # Some machines have another `convert`, which cannot draw text.
    { convert -version 2>/dev/null | grep -q ImageMagick; } || packages+=(imagemagick)
    [ -e "$FONT" ] || packages+=(fonts-dejavu-core)
    [ "${#packages[@]}" -gt 0 ] || return 0
    say "not here, so installing: ${packages[*]}"
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    { $sudo apt-get update -qq && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"; } >&2
}

FONT=/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf
install_missing
# The real one, should another stand before it in PATH.
draw=convert
{ convert -version 2>/dev/null | grep -q ImageMagick; } || draw=/usr/bin/convert

export ATTACK_WORK=$PWD/target/attack ATTACK_FONT=$PWD/target/attack/font
mkdir -p "$ATTACK_FONT"
glyph() { "$draw" -background white -fill black -font "$FONT" -pointsize 150 label:"$1" -colorspace Gray -depth 8 "$ATTACK_FONT/$2.png"; }
for digit in 0 1 2 3 4 5 6 7 8 9; do glyph "$digit" "$digit"; done
glyph + plus
glyph - minus

# FILE NAME: puts the file between <!-- NAME --> and <!-- /NAME --> of the document.
publish() {
    local doc=docs/captcha-attack.md
    awk -v name="$2" -v file="$1" '
        $0 == "<!-- /" name " -->" { inside = 0 }
        !inside { print }
        $0 == "<!-- " name " -->" { inside = 1; print ""; while ((getline line < file) > 0) print line }
    ' "$doc" >"$ATTACK_WORK/doc.md"
    cat "$ATTACK_WORK/doc.md" >"$doc"
}

say "readers of text against the pictures"
[ "${ATTACK_PICTURES:-2000}" -ge 1000 ] || export BOTS_DAYS=${BOTS_DAYS:-200}
export ATTACK_REPORT=$ATTACK_WORK/readers.md ATTACK_PLOT=$ATTACK_WORK/plot.svg BOTS_REPORT=$ATTACK_WORK/bots.md
cargo run --quiet -p attack --bin attack-pictures

say "readers made for the captcha, trained now"
export READERS_REPORT=$ATTACK_WORK/trained.md
cargo run --quiet -p attack --bin attack-readers

say "bots against the rules, people beside them"
cargo run --quiet -p attack --bin attack-rules

say "bots against auth-service's flows and pages, people beside them"
export FLOWS_REPORT=$ATTACK_WORK/flows.md
cargo run --quiet -p attack --bin attack-flows

[ "${WRITE_DOCS:-}" = 1 ] || exit 0
publish "$ATTACK_REPORT" readers
publish "$READERS_REPORT" trained
publish "$BOTS_REPORT" bots
publish "$FLOWS_REPORT" flows
cp "$ATTACK_PLOT" docs/pictures/captcha-attack.svg
mkdir -p "$ATTACK_WORK/samples"
cargo run --quiet -p captcha-picture --example sheet -- "$ATTACK_WORK/samples"
for level in 1 2 3; do cp "$ATTACK_WORK/samples/L$level-00.png" "docs/pictures/captcha-level-$level.png"; done
