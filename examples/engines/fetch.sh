#!/usr/bin/env bash
# Fetches engines of the atlas, and builds what of their glue is compiled: all, or those that are named.
#
#   examples/engines/fetch.sh [NAME...]
#
# Each lies in a folder of its own below ~/.cache/counterpoint-atlas, or where COUNTERPOINT_ATLAS says: wheels by pip with the hashes of
# requirements.txt, jars by mvn, held against the SHA-256 of jars.sha256, crates by cargo with Cargo.lock. Does nothing for one that is there
# and whose pins and glue are the same. Flink and Spark are those of scripts/engines. One that can't be had is named, the others are fetched all
# the same; then it ends with 1.
set -euo pipefail
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd)
atlas=${COUNTERPOINT_ATLAS:-$HOME/.cache/counterpoint-atlas}

# What the folder was made of.
stamp() {
    { cat "$1"/*.{txt,xml,sha256,lock,toml,java,rs} "$here/glue/Atlas.java" 2>/dev/null || true; } | sha256sum
}

# In a condition nothing stops at an error by itself, hence each &&.
fetch() {
    local name=$1 glue=$here/$1 folder=$atlas/$1
    if [ -e "$glue/requirements.txt" ]; then
        # PYTHON may name another one: the wheels are for CPython 3.11 and 3.12 on x86-64 Linux.
        "${PYTHON:-python3}" -m venv "$folder" &&
            "$folder/bin/python" -m pip install --quiet --require-hashes --only-binary :all: -r "$glue/requirements.txt"
    elif [ -e "$glue/pom.xml" ]; then
        mvn --batch-mode --quiet --file "$glue/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
            -DoutputDirectory="$folder/jars" &&
            (cd "$folder/jars" && sha256sum -- *.jar) | diff "$glue/jars.sha256" - >&2 &&
            javac -proc:none -nowarn -Xlint:none -d "$folder/classes" -cp "$folder/jars/*" "$here/glue/Atlas.java" "$glue"/*.java
    elif [ -e "$glue/Cargo.toml" ]; then
        cargo build --quiet --locked --release --manifest-path "$glue/Cargo.toml" --target-dir "$folder/target"
    fi
}

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
    for pins in "$here"/*/{requirements.txt,pom.xml,Cargo.toml}; do
        if [ -e "$pins" ]; then names+=("$(basename "$(dirname "$pins")")"); fi
    done
fi
missing=0
for name in "${names[@]}"; do
    if ! [ -d "$here/$name" ]; then
        echo "no engine is called $name" >&2
        exit 2
    fi
    complete=$atlas/$name/complete
    if [ "$(cat "$complete" 2>/dev/null)" = "$(stamp "$here/$name")" ]; then continue; fi
    rm -rf "${atlas:?}/$name"
    mkdir -p "$atlas/$name"
    if (fetch "$name"); then
        stamp "$here/$name" >"$complete"
        echo "$name is there"
    else
        rm -rf "${atlas:?}/$name"
        echo "$name could not be had" >&2
        missing=1
    fi
done
exit $missing
