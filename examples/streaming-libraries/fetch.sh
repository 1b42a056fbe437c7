#!/usr/bin/env bash
# Fetches what the jobs of this example need into the folder libraries/ beside it, 100 MB in all: jars with mvn, wheels with
# pip, each held against the SHA-256 that stands in jars.sha256 and requirements.txt. Does nothing if all is there; ends
# with another code than 0, and leaves nothing, if anything can't be had.
set -euo pipefail
export LC_ALL=C
cd "$(dirname "$0")"
[ -e libraries/complete ] && exit
rm -rf libraries
trap '[ -e libraries/complete ] || rm -rf libraries' EXIT
# PYTHON may name another one: the wheels are for CPython 3.10 to 3.12 on x86-64 Linux.
"${PYTHON:-python3}" -m venv libraries/python
libraries/python/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements.txt
mvn --batch-mode --quiet dependency:copy-dependencies -DoutputDirectory="$PWD/libraries/jars"
(cd libraries/jars && sha256sum -- *.jar) | diff jars.sha256 - >&2
touch libraries/complete
