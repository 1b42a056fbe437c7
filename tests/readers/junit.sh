#!/usr/bin/env bash
# Whether programs that read JUnit read ours as it is meant: two parsers for Python, a converter and a viewer for Node,
# and the rules of the schema that Jenkins' xUnit plugin checks against. Run by hand; needs python3, node and a network.
#
#   tests/readers/junit.sh [PROGRAM]      the program is target/release/counterpoint unless given
set -euo pipefail
cd "$(dirname "$0")/../.."

program=$(realpath "${1:-target/release/counterpoint}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A pass, a fail, an inconclusive and an invalid gate: junit.xml of each.
gate() { # CODE NAME EXPERIMENT
    local code=0
    "$program" gate "experiments/$3.toml" --out "$folder/$2" >"$folder/$2.log" || code=$?
    [ "$code" -eq "$1" ] || { cat "$folder/$2.log"; echo "$3: exit code $code, not $1" >&2; exit 1; }
}
gate 0 pass order-payment-join
gate 3 fail fails-on-accuracy
gate 5 inconclusive inconclusive
gate 6 invalid invalid

python3 -m venv "$folder/python"
"$folder/python/bin/pip" install --quiet --disable-pip-version-check xunitparser==1.3.4 junitparser==3.2.0
(cd "$folder" && npm install --silent --no-fund --no-audit junit2json@4.0.0)

"$folder/python/bin/python" - "$folder" <<'PYTHON'
import sys, xml.etree.ElementTree as tree
import junitparser, xunitparser

folder = sys.argv[1]
# By gate: failures, errors.
EXPECTED = {"pass": (0, 0), "fail": (1, 0), "inconclusive": (0, 3), "invalid": (0, 1)}

def check(found, expected, what):
    if found != expected:
        sys.exit(f"{what}: {found!r}, not {expected!r}")

for name, (failures, errors) in EXPECTED.items():
    path = f"{folder}/{name}/junit.xml"
    root = tree.parse(path).getroot()

    # Jenkins' junit-10.xsd: these attributes of the root and no other; of a suite, name, tests, failures and errors.
    check(set(root.attrib) - {"name", "time", "tests", "failures", "errors", "disabled"}, set(), f"{name}: root")
    for suite in root:
        check({"name", "tests", "failures", "errors", "time", "timestamp", "skipped"} - set(suite.attrib), set(), f"{name}: suite")
        check([part.tag for part in suite if part.tag == "properties"][1:], [], f"{name}: properties of a suite")
    # Sums of times are numbers, and each case names a file that is there.
    check(all(float(case.get("time")) >= 0 for case in root.iter("testcase")), True, f"{name}: times of cases")
    for case in root.iter("testcase"):
        check(open(case.get("file")).readable(), True, f"{name}: the file of {case.get('name')}")

    xml = junitparser.JUnitXml.fromfile(path)
    check((xml.failures, xml.errors, xml.skipped), (failures, errors, 0), f"{name}: junitparser")
    check(xml.time > 0, True, f"{name}: junitparser's time")
    kinds = [type(result).__name__ for suite in xml for case in suite for result in case.result]
    check(kinds, ["Failure"] * failures + ["Error"] * errors, f"{name}: junitparser's results")
    types = {result.type for suite in xml for case in suite for result in case.result}
    check(types, set() if name == "pass" else {name}, f"{name}: junitparser's types")

    suite, result = xunitparser.parse(open(path))
    check((len(result.failures), len(result.errors), len(result.skipped)), (failures, errors, 0), f"{name}: xunitparser")
    verdict = {key: value for key, value in suite.properties.items()}.get("verdict", "")
    check(verdict.split(" ")[0], name, f"{name}: the verdict that xunitparser finds")
    print(f"{name:12} xunitparser, junitparser, schema: {verdict}")
PYTHON

(cd "$folder" && node --input-type=module - <<'NODE'
import { readFileSync } from 'node:fs';
import { parse } from 'junit2json';

const expected = { pass: [0, 0], fail: [1, 0], inconclusive: [0, 3], invalid: [0, 1] };
for (const [name, [failures, errors]] of Object.entries(expected)) {
    const report = await parse(readFileSync(`${name}/junit.xml`, 'utf8'));
    const suites = report.testsuite;
    const cases = suites.flatMap((suite) => suite.testcase);
    const found = [cases.filter((one) => one.failure).length, cases.filter((one) => one.error).length];
    const time = suites.reduce((sum, suite) => sum + suite.time, 0);
    const bad = JSON.stringify(found) !== JSON.stringify([failures, errors]) || !(time > 0) || Number.isNaN(time)
        || suites.some((suite) => Number.isNaN(Date.parse(suite.timestamp)));
    if (bad) {
        console.error(`${name}: junit2json finds ${JSON.stringify({ found, time })}`);
        process.exit(1);
    }
    console.log(`${name.padEnd(12)} junit2json: ${found[0]} failures, ${found[1]} errors, ${time.toFixed(3)} s`);
}
NODE
)
