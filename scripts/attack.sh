#!/usr/bin/env bash
# Attacks the captcha: readers of text against its pictures.
#
#   ATTACK_PICTURES   pictures a level [default: 2000]; 100 is quick
#   ATTACK_SEED       the seed that an earlier run printed, to draw its pictures again
#   WRITE_DOCS=1      also writes docs/captcha-attack.md and its plot
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

say "readers of text against the pictures"
if [ "${WRITE_DOCS:-}" = 1 ]; then
    export ATTACK_REPORT=$PWD/target/attack/table.md ATTACK_PLOT=$PWD/docs/pictures/captcha-attack.svg
fi
cargo run --quiet --release -p captcha-picture --example attack
