#!/usr/bin/env bash
# Holds the manifests beside it against the schemas of Kubernetes 1.34 and of Flink's operator, which come from PyPI and npm
# (26 MB, into the cache of scripts/engines). Nothing is applied, and no cluster is asked.
#
# Needs python3 with venv, node and npm.
. "$(dirname "$0")/../../scripts/engines/common.sh"

here=$repository/deploy/kubernetes
root=$cache/kubernetes-1

need python3:python3-venv node:nodejs npm:npm
if [ ! -e "$root/complete" ]; then
    locked
    rm -rf "$root"
    python3 -m venv "$root"
    "$root/bin/python" -m pip install --quiet kubernetes-validate==1.37.0 pyyaml
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$root" @kubernetes-models/flink@1.0.1
    touch "$root/complete"
fi

"$root/bin/python" - "$here" "$root" <<'PY'
import json, pathlib, subprocess, sys

import kubernetes_validate, yaml

FLINK = """
import { readFileSync } from "node:fs";
import { FlinkDeployment } from "@kubernetes-models/flink/flink.apache.org/v1beta1";
new FlinkDeployment(JSON.parse(readFileSync(0, "utf8"))).validate();
"""


def check(manifest):
    """Returns what is wrong."""
    if manifest["apiVersion"].startswith("flink.apache.org/"):
        seen = subprocess.run(["node", "--input-type=module", "-e", FLINK], input=json.dumps(manifest), text=True, capture_output=True, cwd=sys.argv[2])
        return seen.stderr.strip()
    try:
        kubernetes_validate.validate(manifest, "1.34", strict=True)
    except kubernetes_validate.ValidationError as error:
        return f"{error.message} at {list(error.path)}"
    return ""


def spoilt(manifest):
    """The manifest with a field that its schema doesn't know."""
    copy = json.loads(json.dumps(manifest))
    copy[next(key for key in ("spec", "rules", "data", "metadata") if key in copy and isinstance(copy[key], dict))] = 7
    return copy


failed, passed = 0, 0
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.yaml")):
    for manifest in yaml.safe_load_all(path.read_text()):
        name = f"{path.name} {manifest['kind']} {manifest['metadata']['name']}"
        for what, wrong in [("", check(manifest)), (", spoilt on purpose,", "" if check(spoilt(manifest)) else "passed")]:
            print(f"{'FAILED' if wrong else 'ok'}  {name}{what} {wrong}".rstrip())
            failed, passed = failed + bool(wrong), passed + (not wrong)
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
PY
