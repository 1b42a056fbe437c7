#!/usr/bin/env bash
# Packs the program that was built for a target, with its licences, manual and completions: pack.sh TARGET FOLDER
#
# The archive is called as [package.metadata.binstall] in Cargo.toml says. The manual and the completions are made by the
# program itself, so this runs where the program does.
set -euo pipefail
cd "$(dirname "$0")/../.."
[ $# -eq 2 ] || { echo "pack.sh TARGET FOLDER" >&2; exit 2; }
target=$1 folder=$2
name=counterpoint-$target
program=${CARGO_TARGET_DIR:-target}/$target/release/counterpoint
case $target in *windows*) program=$program.exe ;; esac
[ -f "$program" ] || { echo "$program isn't there; build it first: cargo build --release --target $target" >&2; exit 1; }

staged=$(mktemp -d)
trap 'rm -rf "$staged"' EXIT
mkdir -p "$staged/$name/completions" "$folder"
cp "$program" LICENSE-MIT LICENSE-APACHE README.md CHANGELOG.md "$staged/$name/"
"$program" man "$staged/$name/man"
for shell in bash elvish fish powershell zsh; do
    "$program" completions "$shell" >"$staged/$name/completions/counterpoint.$shell"
done
case $target in
    *windows*) (cd "$staged" && 7z a -bso0 "$name.zip" "$name") && mv "$staged/$name.zip" "$folder/" ;;
    # bsdtar, which macOS has, calls them otherwise than GNU tar.
    *apple*) tar -C "$staged" --uid 0 --gid 0 --uname root --gname root -czf "$folder/$name.tar.gz" "$name" ;;
    *) tar -C "$staged" --owner=0 --group=0 -czf "$folder/$name.tar.gz" "$name" ;;
esac
