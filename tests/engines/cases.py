"""The cases of cases.toml, and where what an engine makes of each goes."""

import csv
import io
import tomllib
from pathlib import Path

HERE = Path(__file__).parent


def cases(engine):
    """The cases of this engine, each with its records as rows of text by column."""
    every = tomllib.loads((HERE / "cases.toml").read_text())["case"]
    for case in every:
        if case["engine"] == engine:
            text = case["input"]
            if text.endswith(".csv"):
                text = (HERE / "inputs" / text).read_text()
            case["rows"] = list(csv.DictReader(io.StringIO(text)))
            yield case


def write(case, lines):
    """Writes the golden file of a case."""
    path = HERE / "goldens" / f"{case['name']}.csv"
    path.write_text("".join(f"{line}\n" for line in lines))
    print(path.name, len(lines), "lines", flush=True)
