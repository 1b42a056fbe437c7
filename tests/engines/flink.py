"""Writes what Flink makes of the cases: compiles flink/Goldens.java against the jars of apache-flink-libraries, runs it.

python3 -m venv /tmp/flink && /tmp/flink/bin/pip install --no-deps apache-flink-libraries==2.3.0
/tmp/flink/bin/python tests/engines/flink.py
"""

import importlib.metadata
import subprocess
import sys
import tempfile
from pathlib import Path

from cases import HERE, cases, write

VERSION = "2.3.0"
# Flink reads fields of the JDK's own classes.
OPENS = ["java.base/java.util", "java.base/java.lang", "java.base/java.time"]

found = importlib.metadata.distribution("apache-flink-libraries")
if found.version != VERSION:
    sys.exit(f"the golden files are those of Flink {VERSION}, this is {found.version}")
jars = ":".join(str(jar) for jar in Path(found.locate_file("pyflink/lib")).glob("*.jar"))

with tempfile.TemporaryDirectory() as folder:
    folder = Path(folder)
    (folder / "log4j2.properties").write_text("rootLogger.level = OFF\n")
    every = list(cases("flink"))
    for case in every:
        settings = " ".join(f"{name}={value}" for name, value in case["set"].items())
        rows = [f"{r['event_time_ms']},{r.get('side', '')},{r['key']},{r['value']}" for r in case["rows"]]
        (folder / f"{case['name']}.in").write_text("\n".join([settings, *rows]) + "\n")
    subprocess.run(
        ["javac", "-nowarn", "-cp", jars, "-d", folder, HERE / "flink" / "Goldens.java"], check=True
    )
    opens = [word for package in OPENS for word in ("--add-opens", f"{package}=ALL-UNNAMED")]
    log = f"-Dlog4j.configurationFile={folder / 'log4j2.properties'}"
    subprocess.run(["java", *opens, log, "-cp", f"{folder}:{jars}", "Goldens", folder], check=True)
    for case in every:
        lines = (folder / f"{case['name']}.out").read_text().splitlines()
        # Late records come by a way of their own, so where they stand among the others is chance.
        late = [line for line in lines if line.startswith("late,")]
        late.sort(key=lambda line: int(line.split(",")[1]))
        write(case, [line for line in lines if line not in late] + late)
