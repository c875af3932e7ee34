#!/usr/bin/env bash
# Speaks the words of all sums once, for captcha-service/picture/voices; their result is in the repository, nobody else runs this.
#
# Needs espeak-ng and sox, installed with apt-get where we may. What espeak-ng says is not covered by its licence (GPL 3):
# it is the output of a program, and holds no part of that program; see docs/decisions/0010-spoken-sums.md.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
command -v espeak-ng >/dev/null 2>&1 || packages+=(espeak-ng)
command -v sox >/dev/null 2>&1 || packages+=(sox)
if [ "${#packages[@]}" -gt 0 ]; then
    sudo=""
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    $sudo apt-get update -qq
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# LANGUAGE VOICE NAME WORD: without silence at both ends, equally loud, 8,000 samples a second of four bits each.
say() {
    espeak-ng -v "$2" -s 150 -g 0 -w "$work/word.wav" "$4"
    sox -D "$work/word.wav" -r 8000 -c 1 "$work/clean.wav" \
        highpass 90 silence 1 0.01 0.4% reverse silence 1 0.01 0.4% pad 0.01 reverse pad 0 0.01 gain -n -2
    sox -D "$work/clean.wav" "captcha-service/picture/voices/$1/$3.ima"
}

names=(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 30 40 50 60 70 80 90 plus minus)
en=(one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen
    twenty thirty forty fifty sixty seventy eighty ninety plus minus)
ru=(один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать
    шестнадцать семнадцать восемнадцать девятнадцать двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят
    девяносто плюс минус)
mkdir -p captcha-service/picture/voices/{en,ru}
for index in "${!names[@]}"; do
    say en en-us "${names[$index]}" "${en[$index]}"
    say ru ru "${names[$index]}" "${ru[$index]}"
done
