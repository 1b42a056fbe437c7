#!/usr/bin/env bash
# Gives latency logs of real runs to the readers that people have, and holds what they read against timings.json.
# Run by hand: tests/readers/hlog.sh [PROGRAM]   (needs java, mvn, python3, node, npm and go; PROGRAM is built by cargo
# build unless it is named). Ends with 1 at the first difference that docs/latency-logs.md doesn't name.
#
# Readers, pinned: org.hdrhistogram:HdrHistogram 2.2.2 (Java), hdrhistogram 0.10.8 (Python), hdr-histogram-js 3.0.1,
# github.com/HdrHistogram/hdrhistogram-go v1.1.2.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
program=${1:-$root/target/debug/counterpoint}
here=$root/tests/readers
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Three logs: records at a pace, chunks at full speed, a few records.
cd "$root"
replay() { "$program" replay "$1" --job first-fit --pace "$2" --out "$work/$3" >/dev/null || [ $? = 6 ]; }
replay datasets/data/uniform-1000 20000/s paced
replay datasets/data/uniform-1000 max chunks
printf 'size\n4\n8\n1\n4\n2\n1\n7\n' >"$work/few.csv"
"$program" freeze "$work/few.csv" --to "$work/few-data" --problem bin-packing --set capacity=10 >/dev/null
replay "$work/few-data" 1000/s few
logs=$(for run in paced chunks few; do echo "$work/$run/latency/latency.hlog"; done)

cp "$here"/hlog/* "$work"
cd "$work"
mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
  -Dartifact=org.hdrhistogram:HdrHistogram:2.2.2 -DoutputDirectory="$work/jars" >/dev/null
java -cp "$work/jars/*" Read.java $logs >java.txt

python3 -m venv venv
venv/bin/pip -q install hdrhistogram==0.10.8
venv/bin/python read.py $logs >python.txt

npm --silent --no-fund --no-audit install --prefix "$work" hdr-histogram-js@3.0.1 >/dev/null
node read.js $logs >javascript.txt

mkdir go && cp read.go go/ && cd go
go mod init read >/dev/null 2>&1
go get github.com/HdrHistogram/hdrhistogram-go@v1.1.2 >/dev/null 2>&1
go run read.go $logs >"$work/go.txt"
cd "$work"

python3 compare.py $logs
