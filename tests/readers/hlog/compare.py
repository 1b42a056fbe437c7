"""Holds what the readers have read against timings.json; says where they differ."""
import json
import pathlib
import sys

LANGUAGES = ["java", "python", "javascript", "go"]
# Their rank is Rust's; the others may take the record before or after it.
SAME_RANK = {"java", "javascript"}
NAMES = ["p50", "p90", "p99", "p99_9", "max"]
# Three digits, twice: timings.json rounds picoseconds to three digits, the log nanoseconds.
SHARE = 0.002

read = {language: pathlib.Path(f"{language}.txt").read_text().split("\n") for language in LANGUAGES}
wrong = []


def check(holds, what):
    if not holds:
        wrong.append(what)


def near(found, expected):
    return abs(found - expected) <= SHARE * expected + 1


for at, path in enumerate(sys.argv[1:]):
    log = pathlib.Path(path)
    timings = json.loads((log.parents[1] / "timings.json").read_text())["latency_ns"]
    interval = [line for line in log.read_text().split("\n") if line[:1].isdigit()][0].split(",")
    start_ms, length_ms = (round(float(field) * 1000) for field in interval[:2])
    java = read["java"][at].split()
    beside = list(map(float, java[11:]))
    for language in LANGUAGES:
        count, begin, end, tag, least, most, *values = read[language][at].split()[:11]
        name = f"{log.parents[1].name} read by {language}"
        check(int(count) == timings["count"], f"{name}: {count} records, not {timings['count']}")
        check(abs(int(begin) - start_ms) <= 1, f"{name}: begins at {begin} ms, not {start_ms}")
        check(abs(int(end) - start_ms - length_ms) <= 1, f"{name}: ends at {end} ms, not {length_ms}")
        check(tag == "-", f"{name}: tag {tag}")
        # Java and Go give a minimum's lower edge, others the upper.
        check(near(float(least), float(java[4])), f"{name}: min {least}, not {java[4]}")
        check(near(float(most), timings["max"]), f"{name}: max {most}, not {timings['max']}")
        for index, (metric, value) in enumerate(zip(NAMES, map(float, values))):
            expected = timings.get(metric)
            if expected is None:
                continue
            low, high = (expected, expected) if language in SAME_RANK else beside[2 * index : 2 * index + 2]
            low, high = min(low, expected), max(high, expected)
            holds = low * (1 - SHARE) - 1 <= value <= high * (1 + SHARE) + 1
            check(holds, f"{name}: {metric} {value}, not {low} to {high}")
            if not near(value, expected):
                print(f"{name}: {metric} is another rank's, {value:.0f} beside {expected:.0f}")
        print(f"{name}: {count} records, {end} ms, min {least}, max {most}, {' '.join(values)}")

for line in wrong:
    print("WRONG", line)
sys.exit(1 if wrong else 0)
