"""Runs a suite of comparisons: every tool in turn, several rounds, each run a process of its own.

Prints a table of ratios (the fastest peer's time divided by Bowyer's: above 1 Bowyer is faster) and writes JSON and
an HTML page with plots. Of copies, Bowyer's time is the whole process, start-up included; a peer's is the copy alone.
Of queries both are the query alone, and bowyer-command is the whole process.
"""

import argparse
import html
import importlib.metadata
import json
import math
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib

import channels
import migrations
import peers
import queries
import tpch

HERE = pathlib.Path(__file__).resolve().parent


def run_once(command):
    """Runs a command; returns its wall seconds, CPU seconds, peak memory in bytes and standard output."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    output, errors = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{command}: exit code {process.returncode}\n{errors.decode()[-2000:]}")
    return seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output


def measure(tool, bowyer, source, target, compression):
    """One run of one tool; None where the tool cannot do the job."""
    target.unlink(missing_ok=True)
    if tool == "bowyer":
        command = [bowyer, "copy", source, target, "--quiet"]
        if compression != "none":
            command += ["--compression", compression]
        seconds, cpu, memory, _ = run_once([str(part) for part in command])
    else:
        command = [sys.executable, HERE / "peers.py", tool, source, target, compression]
        try:
            _, cpu, memory, output = run_once([str(part) for part in command])
        except RuntimeError as error:
            print(f"{tool} fails: {str(error).splitlines()[-1]}", file=sys.stderr)
            return None
        seconds = json.loads(output)["seconds"]
        if seconds is None:
            return None
    size = target.stat().st_size
    target.unlink()
    return {"seconds": seconds, "cpu": cpu, "memory": memory, "bytes": size}


def run_workload(name, data, tools, rounds, once, check=None):
    """`once(tool)`: one run; `check`: called with a result of each tool."""
    runs = {tool: [] for tool in tools}
    for _ in range(rounds):
        for tool in tools:
            result = once(tool)
            if result:
                runs[tool].append(result)
    if check:
        check({tool: results[-1] for tool, results in runs.items() if results})
    summary = {}
    for tool, results in runs.items():
        if results:
            seconds = [result["seconds"] for result in results]
            summary[tool] = {
                "seconds": statistics.median(seconds),
                "fastest": min(seconds),
                "slowest": max(seconds),
                "cpu": statistics.median(result["cpu"] for result in results),
                "memory": max(result["memory"] for result in results),
                "bytes": results[-1]["bytes"],
            }
    # The floor is no peer: it keeps nothing of what it reads.
    best = min((facts["seconds"], tool) for tool, facts in summary.items() if not tool.startswith(("bowyer", "floor")))
    return {
        "name": name,
        "data": data,
        "tools": summary,
        "best_peer": best[1],
        "ratio": best[0] / summary["bowyer"]["seconds"],
    }


def copies(suite, arguments, folder, data, make):
    """The workloads of a suite of copies: name, tools, a run, a check."""
    for workload in suite["workload"]:
        name = f"{workload['from']} → {workload['to']} ({workload['compression']})"
        if arguments.only not in name and arguments.only not in f"{workload['from']}-{workload['to']}":
            continue
        source = folder / f"{data}.{workload['from']}"
        target = folder / f"out.{workload['to']}"
        if not source.exists():
            make(data, source)
        once = lambda tool: measure(tool, arguments.bowyer, source, target, workload["compression"])
        yield name.removesuffix(" (none)"), once, None


def questions(suite, arguments, folder, data, make):
    """Likewise of a suite of queries."""
    tables = suite["data"][data]["tables"]
    for workload in suite["workload"]:
        for form in suite["forms"]:
            name = f"{workload['name']}, {form}"
            if arguments.only not in name:
                continue
            queries.make_tables(arguments.bowyer, folder, tables, form, make)
            once = lambda tool: queries.measure(run_once, tool, arguments.bowyer, workload, tables, form, folder)
            yield name, once, lambda results: queries.check_answers(name, results)


def measure_tpch(tool, bowyer, folder, suffix, query, scale):
    """One run of one tool, whose result is the right one; None where the tool cannot run the query."""
    programs = pathlib.Path(bowyer).resolve().parent
    if tool == "bowyer":
        command = [programs / "query_run", tpch.sql(query), *tpch.table_options(folder, suffix)]
    elif tool == "bowyer-frames":
        command = tpch.frames_command(programs / "tpch_run", folder, suffix, query)
    else:
        command = [sys.executable, HERE / "tpch.py", tool, folder, suffix, query]
    try:
        seconds, cpu, memory, output = run_once([str(part) for part in command])
    except RuntimeError as error:
        if tool.startswith("bowyer"):
            raise
        print(f"{tool} fails: {str(error).splitlines()[-1]}", file=sys.stderr)
        return None
    first, _, text = output.decode().partition("\n")
    seconds = json.loads(first)["seconds"]
    if fault := tpch.fault(query, scale, text):
        if tool.startswith("bowyer"):
            raise RuntimeError(f"{tool}, query {query}: {fault}")
        print(f"{tool} has another result in query {query}: {fault}", file=sys.stderr)
        return None
    return {"seconds": seconds, "cpu": cpu, "memory": memory, "bytes": None}


def tpch_queries(suite, arguments, folder, suffix, make):
    """Likewise of TPC-H, from files of this suffix."""
    scale = suite["scale_factor"] * arguments.scale
    tpch.generate(folder / "tpch", scale, arguments.bowyer)
    for query in tpch.QUERIES:
        if arguments.only in ("", str(query)):
            once = lambda tool: measure_tpch(tool, arguments.bowyer, folder / "tpch", suffix, query, scale)
            yield f"query {query}", once, None


def migrated(suite, arguments, folder, data, make):
    """Likewise of migrations; the server, if there is one, lives as long as its workloads."""
    rows = int(suite["data"][data]["rows"] * arguments.scale)

    def workload(source):
        once = lambda tool: migrations.measure(run_once, tool, arguments.bowyer, data, source, folder)
        return f"{data} → duckdb", once, migrations.check_answers

    if data == "sqlite":
        source = folder / f"orders-{rows}.db"
        if not source.exists():
            print(f"making {source}", file=sys.stderr)
            migrations.make_sqlite(source, rows)
        yield workload(source)
        return
    with migrations.postgres_server(folder) as uri:
        print("filling a PostgreSQL server", file=sys.stderr)
        migrations.make_postgres(uri, rows)
        yield workload(uri)


def handed_over(suite, arguments, folder, data, make):
    """Likewise of batches from one process to another."""
    facts = suite["data"][data]
    batches = max(8, int(facts["batches"] * arguments.scale))
    size = f", {batches * facts['rows'] * 8 / 1e9:.1f} GB" if facts["rows"] > 1 else ""
    once = lambda tool: channels.measure(run_once, tool, batches, facts["rows"])
    yield f"{batches:,} batches{size}", once, None


def geometric_mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def cell(facts):
    return f"{facts['seconds']:.2f} s, {facts['memory'] / 1e6:.0f} MB" if facts else ""


def text_table(report):
    """The report as a Markdown table."""
    tools = report["tools"]
    lines = [
        f"| {report['title']} | " + " | ".join(tools) + " | best peer ÷ bowyer |",
        "|---" * (len(tools) + 2) + "|",
    ]
    for data, title in report["data"].items():
        lines.append(f"| **{title}** |" + " |" * (len(tools) + 1))
        for result in report["results"]:
            if result["data"] == data:
                cells = [cell(result["tools"].get(tool)) for tool in tools]
                lines.append(f"| {result['name']} | " + " | ".join(cells) + f" | **{result['ratio']:.2f}** |")
    lines.append(f"| geometric mean |" + " |" * len(tools) + f" **{report['geometric_mean']:.2f}** |")
    return "\n".join(lines)


COLOURS = {"bowyer": "#0b7a75", "bowyer-frames": "#4aa8a2", "bowyer-command": "#4aa8a2", "bowyer-verified": "#4aa8a2", "bowyer-rows": "#4aa8a2", "adbc": "#b98b73", "polars": "#8a8fa3", "polars-memory": "#b3b7c6", "duckdb": "#c9b458", "duckdb-key": "#d9c98a", "duckdb-database": "#d9c98a", "pyarrow": "#b98b73", "bowyer-values": "#4aa8a2", "flight": "#8a8fa3", "queue": "#c9b458"}


def plot(result):
    """Horizontal bars of one workload as SVG."""
    longest = max(facts["slowest"] for facts in result["tools"].values())
    rows = []
    for index, (tool, facts) in enumerate(result["tools"].items()):
        y = index * 22
        width = 420 * facts["seconds"] / longest
        written = f" · {facts['bytes'] / 1e6:.0f} MB written" if facts["bytes"] is not None else ""
        low, high = 420 * facts["fastest"] / longest, 420 * facts["slowest"] / longest
        rows.append(
            f'<text x="112" y="{y + 15}" text-anchor="end">{tool}</text>'
            f'<rect x="120" y="{y + 3}" width="{width:.1f}" height="15" fill="{COLOURS.get(tool, "#999")}"/>'
            f'<line x1="{120 + low:.1f}" x2="{120 + high:.1f}" y1="{y + 10}" y2="{y + 10}" stroke="#222"/>'
            f'<text x="{126 + high:.1f}" y="{y + 15}">{facts["seconds"]:.2f} s · {facts["memory"] / 1e6:.0f} MB'
            f'{written}</text>'
        )
    return f'<svg viewBox="0 0 780 {len(rows) * 22 + 4}" width="780">{"".join(rows)}</svg>'


def page(report):
    parts = [
        "<!doctype html><meta charset='utf-8'>",
        f"<title>Bowyer: {html.escape(report['title'])}</title>",
        "<style>body{font:15px/1.45 system-ui,sans-serif;max-width:820px;margin:2em auto;padding:0 1em;color:#222}"
        "svg text{font:12px system-ui,sans-serif}h3{margin:1.4em 0 .3em}.faster{color:#0b7a75}.slower{color:#b3261e}</style>",
        f"<h1>{html.escape(report['title'])}</h1>",
        f"<p>{html.escape(report['machine'])}; {html.escape(', '.join(f'{k} {v}' for k, v in report['versions'].items()))}. "
        f"Median of {report['rounds']} rounds, the tools in turn; the line on a bar spans fastest to slowest. "
        f"Geometric mean of best peer ÷ Bowyer: <b>{report['geometric_mean']:.2f}</b>.</p>",
    ]
    for data, title in report["data"].items():
        parts.append(f"<h2>{html.escape(title)}</h2>")
        for result in report["results"]:
            if result["data"] == data:
                kind = "faster" if result["ratio"] >= 1 else "slower"
                parts.append(
                    f"<h3>{html.escape(result['name'])} — <span class='{kind}'>{result['ratio']:.2f}×</span> "
                    f"against {result['best_peer']}</h3>{plot(result)}"
                )
    return "\n".join(parts)


def machine():
    model = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    return f"{len(os.sched_getaffinity(0))} processors, {model}, Linux {platform.release()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("suite", nargs="?", default="copy")
    parser.add_argument("--bowyer", default=str(HERE.parent / "build" / "bowyer"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1.0, help="share of the rows (for a quick look)")
    parser.add_argument("--only", default="", help="workloads whose name holds this text")
    parser.add_argument("--data", default="", help="one of the suite's tables")
    parser.add_argument("--folder", help="where the data lies; default: memory-backed where there is one")
    parser.add_argument("--output", default=str(HERE.parent / "build" / "bench"), help="folder for JSON and HTML")
    arguments = parser.parse_args()

    suite = tomllib.loads((HERE / "suites" / f"{arguments.suite}.toml").read_text())
    shared_memory = pathlib.Path("/dev/shm")
    default_folder = shared_memory if shared_memory.is_dir() else pathlib.Path(tempfile.gettempdir())
    folder = pathlib.Path(arguments.folder or default_folder / "bowyer-bench") / f"{arguments.scale:g}"
    folder.mkdir(parents=True, exist_ok=True)
    workloads, tools = {
        "copy": (copies, ["bowyer", *peers.PEERS]),
        "query": (questions, queries.TOOLS),
        "tpch": (tpch_queries, ["bowyer", "bowyer-frames", *tpch.PEERS]),
        "migrate": (migrated, migrations.TOOLS),
        "channel": (handed_over, channels.TOOLS),
    }[suite.get("kind", "copy")]
    version = subprocess.run([arguments.bowyer, "--version"], capture_output=True, text=True, check=True).stdout
    report = {
        "title": suite["title"],
        "machine": machine(),
        "versions": {"bowyer": version.split()[1], **{p: importlib.metadata.version(p) for p in ("polars", "duckdb", "pyarrow")}},
        "rounds": arguments.rounds,
        "folder": str(folder),
        "tools": tools,
        "data": {},
        "results": [],
    }
    for data, facts in suite["data"].items():
        if arguments.data not in ("", data):
            continue
        report["data"][data] = facts["title"]

        def make(table, path):
            print(f"making {path}", file=sys.stderr)
            # In a process of its own: a child's peak memory, as the kernel counts it, starts at its parent's.
            rows = int(facts["rows"] * arguments.scale)
            kind = table.rstrip("0123456789")  # orders50 are orders
            subprocess.run([sys.executable, HERE / "generate.py", kind, str(rows), path], check=True)

        for name, once, check in workloads(suite, arguments, folder, data, make):
            result = run_workload(name, data, tools, arguments.rounds, once, check)
            report["results"].append(result)
            times = ", ".join(f"{tool} {cost['seconds']:.2f} s" for tool, cost in result["tools"].items())
            print(f"{data}: {result['name']}: {result['ratio']:.2f} ({times})", file=sys.stderr, flush=True)
    report["geometric_mean"] = geometric_mean([result["ratio"] for result in report["results"]])
    output = pathlib.Path(arguments.output)
    output.mkdir(parents=True, exist_ok=True)
    (output / f"{arguments.suite}.json").write_text(json.dumps(report, indent=1))
    (output / f"{arguments.suite}.html").write_text(page(report))
    (output / f"{arguments.suite}.md").write_text(text_table(report) + "\n")
    print(text_table(report))
    print(f"report: {output / arguments.suite}.html", file=sys.stderr)


if __name__ == "__main__":
    main()
