"""Suites of queries: each question to every tool, on the same files; the answers must be the same."""

import csv
import io
import json
import math
import pathlib
import subprocess
import sys

import query_peers

HERE = pathlib.Path(__file__).resolve().parent
# The query alone, as a peer's is measured, and the whole command with its start.
TOOLS = ["bowyer", "bowyer-command", *query_peers.PEERS]


def path_of(folder, table, form):
    return folder / f"{table}.{form}"


def make_tables(bowyer, folder, tables, form, make):
    """Makes what is not there yet: `make` for files; a DuckDB file holds the table of the Parquet file."""
    for table, file in tables.items():
        path = path_of(folder, file, form)
        if path.exists():
            continue
        if form != "duckdb":
            make(file, path)
            continue
        parquet = path_of(folder, file, "parquet")
        if not parquet.exists():
            make(file, parquet)
        part = path.with_suffix(".part")
        subprocess.run(
            [bowyer, "sql", f"create table {table} as from '{parquet}'", "--database", part], check=True
        )
        part.rename(path)


def answer(rows):
    """Rows in an order of their own, numbers as such."""

    def cell(value):
        if value is None or value == "":
            return None
        try:
            return float(value)
        except ValueError:
            return value

    return sorted(([cell(value) for value in row] for row in rows), key=lambda row: [str(value) for value in row[:2]])


def same(left, right):
    if len(left) != len(right):
        return False
    for a, b in zip(left, right):
        for x, y in zip(a, b):
            close = isinstance(x, float) and isinstance(y, float) and math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-6)
            if x != y and not close:
                return False
    return True


def measure(run_once, tool, bowyer, workload, tables, form, folder):
    """One run of one tool: what it cost, and its answer; None where the tool cannot do it."""
    paths = {name: str(path_of(folder, file, form)) for name, file in tables.items()}
    if tool.startswith("bowyer"):
        database = []
        names = {name: f"'{path}'" for name, path in paths.items()}
        if form == "duckdb":
            (name, path), = paths.items()
            names, database = {name: name}, ["--database", path]
        sql = workload["sql"].format(**names)
        if tool == "bowyer":
            program = pathlib.Path(bowyer).resolve().parent / "query_run"
            _, cpu, memory, output = run_once([str(program), sql, *database])
            first, _, text = output.decode().partition("\n")
            seconds = json.loads(first)["seconds"]
        else:
            command = [bowyer, "sql", sql, *database, *(["--read-only"] if database else [])]
            seconds, cpu, memory, output = run_once([*command, "--format", "csv"])
            text = output.decode()
        rows = list(csv.reader(io.StringIO(text)))[1:]
    else:
        question = {"tables": paths, **{key: workload[key] for key in ("sql", "polars") if key in workload}}
        command = [sys.executable, str(HERE / "query_peers.py"), tool, json.dumps(question)]
        try:
            _, cpu, memory, output = run_once(command)
        except RuntimeError as error:
            print(f"{tool} fails: {str(error).splitlines()[-1]}", file=sys.stderr)
            return None
        result = json.loads(output.splitlines()[-1])
        if result["seconds"] is None:
            return None
        seconds, rows = result["seconds"], result["rows"]
    return {"seconds": seconds, "cpu": cpu, "memory": memory, "bytes": None, "answer": answer(rows)}


def check_answers(name, results):
    """All answers of one question are the same."""
    first = next(iter(results.values()))["answer"]
    for tool, result in results.items():
        if not same(first, result["answer"]):
            raise SystemExit(f"{name}: {tool} answers {result['answer'][:3]}, {next(iter(results))} {first[:3]}")
