#!/usr/bin/env bash
# Cuts the power of a store, of checkpoints or, with PROGRAM=serving_crash, of served answers: it writes to a file system in
# an image, is killed, and the image is copied as it is at that moment, without a sync. What was acknowledged has to be in
# the copy. Needs root, for it mounts.
#
#     cargo build --release -p store --examples
#     sudo store/examples/power_cuts.sh [BACKEND] [DURABILITY] [CUTS]
set -euo pipefail

backend=${1:-sled} durability=${2:-power} cuts=${3:-100}
program=${CARGO_TARGET_DIR:-target}/release/examples/${PROGRAM:-store_crash}
work=$(mktemp -d)
trap 'umount "$work/first" "$work/second" 2>/dev/null || true; rm -rf "$work"' EXIT
mkdir "$work/first" "$work/second"

fine=0 older=0 refused=0 vacuous=0
for ((cut = 1; cut <= cuts; cut++)); do
    rm -f "$work/image"
    truncate -s 160M "$work/image"
    mkfs.ext4 -q -F "$work/image"
    mount -o loop "$work/image" "$work/first"
    "$program" "$backend" 0 "$cut" "$durability" "$work/first/store" > "$work/written" &
    writer=$!
    sleep "0.$((RANDOM % 7 + 2))"
    kill -9 "$writer"
    wait "$writer" 2>/dev/null || true
    cp --sparse=always "$work/image" "$work/copy"
    umount "$work/first"
    acknowledged=$(grep -a '^acknowledged' "$work/written" | tail -1 | cut -d' ' -f2 || true)

    mount -o loop "$work/copy" "$work/second"
    "$program" "$backend" 0 "$cut" "$durability" "$work/second/store" > "$work/found" 2>/dev/null &
    reader=$!
    for _ in {1..40}; do
        sleep 0.05
        grep -qaE '^(open|wrong)' "$work/found" && break
    done
    kill -9 "$reader" 2>/dev/null || true
    wait "$reader" 2>/dev/null || true
    umount "$work/second"
    found=$(grep -aE '^(open|wrong)' "$work/found" | head -1 || true)

    if [ -z "$acknowledged" ]; then
        vacuous=$((vacuous + 1))
    elif [[ $found != open* ]]; then
        refused=$((refused + 1))
    elif [ "${found#open }" -lt "$acknowledged" ]; then
        older=$((older + 1))
    else
        fine=$((fine + 1))
    fi
done
echo "$backend, $durability: $cuts cuts: $fine kept all, $refused refused, $older silently older, $vacuous before anything was acknowledged"
[ "$durability" != power ] || [ $((refused + older)) -eq 0 ]
