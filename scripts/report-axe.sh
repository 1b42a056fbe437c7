#!/usr/bin/env bash
# Looks at reports in a browser: axe finds nothing, nothing is cut at 360 pixels, the page's script does what it should.
# usage: scripts/report-axe.sh PAGE...
# Needs chromium, node and npm; two packages are fetched once, in the versions that scripts/report-axe names. Ends with 3 where
# something of that can't be had.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
[ $# -gt 0 ] || { echo "usage: $0 PAGE..." >&2; exit 2; }
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
[ -n "$browser" ] && command -v node >/dev/null && command -v npm >/dev/null || {
    echo "needs chromium, node and npm" >&2
    exit 3
}
pages=()
for page in "$@"; do pages+=("$(realpath "$page")"); done
tools=${XDG_CACHE_HOME:-$HOME/.cache}/counterpoint-report-axe
mkdir -p "$tools"
cp "$here"/report-axe/{package.json,package-lock.json,check.mjs} "$tools"
cd "$tools"
if ! cmp -s package-lock.json node_modules/.fetched; then
    timeout 120 npm ci --ignore-scripts --no-audit --no-fund --silent || { echo "the packages could not be fetched" >&2; exit 3; }
    cp package-lock.json node_modules/.fetched
fi
exec node check.mjs "$browser" "${pages[@]}"
