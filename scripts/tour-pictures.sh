#!/usr/bin/env bash
# Cuts the pictures of docs/tour.md out of the reports of its runs, into docs/images/tour.
# usage: scripts/tour-pictures.sh [PROGRAM]   (target/release/counterpoint)
# Needs chromium, node, npm and python3; the driver of the browser is the one that scripts/report-axe fetches. Ends with 3 where
# something of that can't be had.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=$(realpath "${1:-$here/../target/release/counterpoint}")
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)
tools=${XDG_CACHE_HOME:-$HOME/.cache}/counterpoint-report-axe
if [ -z "$browser" ] || ! command -v node >/dev/null || ! command -v python3 >/dev/null; then
    echo "needs chromium, node and python3" >&2
    exit 3
fi
[ -d "$tools/node_modules/playwright-core" ] || { echo "run scripts/report-axe.sh once, it fetches the driver" >&2; exit 3; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/bin" "$work/datasets" "$work/examples"
ln -s "$program" "$work/bin/counterpoint"
cp -r "$here/../experiments" "$work"
cp -r "$here/../datasets/data" "$work/datasets"
cp -r "$here/../examples/late-data-python" "$work/examples"
export PATH="$work/bin:$PATH"
cd "$work"

# One run a picture: its name, what is cut out of the page, and the commands as the tour has them.
picture() {
    local name=$1 part=$2
    rm -rf runs
    # A gate that fails is what some stops show.
    (set +e; eval "$3") >/dev/null
    mv runs/*/report.html "$name.html"
    printf '%s\t%s\n' "$name" "$part" >>pictures
}
figure() { printf 'figure:has(svg.wide[aria-labelledby="%s-name"])' "$1"; }
chart() { printf 'svg.wide[aria-labelledby="%s-name"]' "$1"; }

picture late-data "$(chart over-time)" 'counterpoint run experiments/late-data.toml'
picture batch-size "$(figure sweep)" 'counterpoint run experiments/batch-size.toml'
picture crash "$(chart lives-candidate)" 'counterpoint run experiments/crash-at-least-once.toml'
picture joins "$(figure rows)" 'counterpoint run experiments/order-payment-join.toml'
picture competitive-ratio "$(figure curve)" 'counterpoint run experiments/worst-case.toml'
picture worse-candidate "$(figure rows)" 'counterpoint gate experiments/fails-on-accuracy.toml; echo "exit code $?"'
picture own-job "$(figure rows)" 'mkdir mine && cp examples/late-data-python/*.* mine
counterpoint freeze mine/clicks.csv --to mine/data/clicks
counterpoint gate mine/experiment.toml; echo "exit code $?"'
picture kappa "$(chart kappa-error)" 'counterpoint run experiments/kappa-upgrade.toml'
picture lambda "$(chart lambda-error)" 'counterpoint run experiments/lambda-heals-a-bug.toml'
picture ci 'section:has(#checks)' 'counterpoint gate experiments/late-data.toml --divergence 30; echo "exit code $?"'

to=$here/../docs/images/tour
mkdir -p "$to"
exec node "$here/tour-pictures.mjs" "$tools" "$browser" "$work" "$(realpath "$to")"
