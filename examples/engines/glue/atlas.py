"""Reads questions on stdin, has an engine's glue answer each, and writes its rows on stdout: README.md has the protocol."""
import re, sys, types


class Cannot(Exception):
    """The engine has no words for what is asked."""


class Skip(Exception):
    """The engine may have words for it, but this glue hasn't."""


def field(text, number=False):
    return None if text == "" else int(text) if number else text


def record(line):
    time, key, value, tag = line.split(",")
    return field(time, True), field(key), field(value, True), field(tag)


def questions():
    asked = []
    for line in sys.stdin.read().splitlines():
        if line.startswith("? "):
            _, name, *parameters = line.split(" ")
            parameters = dict(parameter.split("=") for parameter in parameters)
            numbers = {name: int(text) if text.lstrip("-").isdigit() else text for name, text in parameters.items()}
            absent = dict.fromkeys(("slide", "batch", "bits", "inputs", "restart", "zone", "offset"))
            asked.append(types.SimpleNamespace(**absent | numbers, name=name, batches=[[]]))
        elif line == "-":
            asked[-1].batches.append([])
        else:
            asked[-1].batches[-1].append(record(line))
    for question in asked:
        question.records = [record for batch in question.batches for record in batch]
    return asked


def why(error):
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "…", str(error))  # No name of this run alone.
    lines = text.strip().splitlines() or ["-"]
    caused = [line for line in lines if line.startswith("Caused by: ")]  # A JVM's own words, behind a gateway's.
    return caused[-1].removeprefix("Caused by: ")[:200] if caused else f"{type(error).__name__}: {lines[0][:200]}"


def answer(rows_of):
    """`rows_of` gives the rows for a question, as tuples, in the order in which they came."""
    for question in questions():
        print("?", question.name, flush=True)
        try:
            for row in rows_of(question):
                print(*("" if field is None else field for field in row), sep=",")
        except (Cannot, Skip) as reason:
            print(f"{type(reason).__name__.lower()}: {reason}")
        except Exception as error:  # What an engine raises is its answer.
            print(f"fails: {why(error)}")
        print(".", flush=True)
