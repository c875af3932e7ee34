#!/usr/bin/env bash
# Checks the alerts of deploy/observability: promtool reads them, each rings on bad values and none on an ordinary day, each has
# a case of its own, and each has a section of one runbook, whose links and panels exist.
#
#   scripts/alerts-check.sh
#
# promtool is taken from the machine, or installed with apt-get (package prometheus) where we may.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/apt.sh
alerts=deploy/observability/alerts.yaml
tests=deploy/observability/alerts_test.yaml
books=deploy/runbooks
failed=0
complain() { echo "alerts-check: $*" >&2; failed=1; }

install_promtool() {
    echo "alerts-check: promtool is not here; installing it" >&2
    apt_install prometheus
    command -v promtool >/dev/null || { echo "alerts-check: no promtool and no way to install it" >&2; exit 1; }
}
command -v promtool >/dev/null || install_promtool

promtool check rules "$alerts" >/dev/null || complain "promtool cannot read $alerts"
promtool test rules "$tests" || complain "an alert does not do what $tests says"

names=$(sed -n 's/^ *- alert: *//p' "$alerts")
[ "$(sort <<<"$names" | uniq -d)" = "" ] || complain "two alerts have one name"
for name in $names; do
    # One alert's block: from its name to the next one.
    block=$(sed -n "/- alert: $name\$/,/- alert: /p" "$alerts")
    grep -Eq 'severity: (page|ticket)' <<<"$block" || complain "$name has no severity of ours"
    grep -q "alertname=\"$name\"" "$tests" || complain "$name has no case in $tests in which it rings"
    book=$(grep -lx "## $name" "$books"/*.md || true)
    if [ "$(wc -w <<<"$book")" != 1 ]; then complain "$name has no section of its own in $books"; continue; fi
    grep -q "runbook_url: $book#${name,,}\$" <<<"$block" || complain "$name does not name $book#${name,,}"
    section=$(awk -v heading="## $name" '/^## / { here = ($0 == heading) } here' "$book")
    for part in Look Do; do
        grep -q "^- \*\*$part:\*\*" <<<"$section" || complain "$book: $name does not say **$part:**"
    done
    grep -qw "$name" "$books/README.md" || complain "$books/README.md does not list $name"
done
# A heading of one word in capitals and small letters is the name of an alert.
for name in $(sed -En 's/^## ([A-Z][a-z]+[A-Z][A-Za-z]+)$/\1/p' "$books"/*.md); do
    grep -qx "$name" <<<"$names" || complain "no alert has the name $name, which is a heading in $books"
done

headings=$'## Do\n## Do not\n## Look\n## Meaning\n## Over'
for book in "$books"/bad-nights/*.md; do
    [ "$(grep '^## ' "$book" | LC_ALL=C sort)" = "$headings" ] || complain "$book has other headings"
done
while IFS= read -r book; do
    folder=$(dirname "$book")
    # What is written in italics in a sentence about panels is the title of one.
    while IFS= read -r panel; do
        grep -qF "\"title\": \"$panel\"" deploy/observability/grafana/marquee.json || complain "$book: the dashboard has no panel '$panel'"
    done < <(tr '\n' ' ' <"$book" | grep -ioE 'panels?  *\*[A-Z][^*]+\*(, *\*[A-Z][^*]+\*|; then  *\*[A-Z][^*]+\*)*' | grep -oE '\*[^*]+\*' | tr -d '*' | sed 's/  */ /g')
    while IFS= read -r link; do
        [ -e "$folder/$link" ] || complain "$book leads to $link, which is not there"
    done < <(grep -oE '\]\([^)#:]+' "$book" | sed 's/^](//')
done < <(find "$books" -name '*.md')

[ $failed = 0 ] || exit 1
echo "alerts-check: $(wc -w <<<"$names") alerts, each with a section of a runbook and a case in which it rings"
