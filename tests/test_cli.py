"""What the command says about itself: help, examples, manual, completions."""

import json
import re
import shlex
import shutil
import sqlite3
import subprocess
import time

import pytest

from conftest import BOWYER, ROOT, catches, leftovers, run, wait_until
from postgres import postgres, postgres_server  # noqa: F401

COMMANDS = ["copy", "sql", "migrate", "inspect", "channels", "help", "completion", "man", "version"]


def examples():
    for command in COMMANDS:
        text = run("help", command, check=0).stdout.decode()
        lines = [line.strip() for line in text.split("\nExamples:\n")[1].splitlines()]
        assert len(lines) == 3, text
        yield from (pytest.param(line, id=line) for line in lines)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_and_its_option_are_the_same(command):
    assert run("help", command, check=0).stdout == run(command, "--help", check=0).stdout
    assert max(len(line) for line in run("help", command).stdout.decode().splitlines()) <= 100


@pytest.mark.parametrize("line", list(examples()))
def test_examples_of_help_work(line, tmp_path, request):
    (tmp_path / "orders.csv").write_text(
        "id,amount,category,day\n" + "".join(f"{i},{i}.5,books,2026-11-01\n" for i in range(200))
    )
    for name in ("part-1.parquet", "part-2.parquet", "orders.parquet"):
        run("copy", "orders.csv", name, cwd=tmp_path, check=0)
    if "orders.arrow" in line and "copy" not in line:
        run("copy", "orders.csv", "orders.arrow", "--row-group-rows", 50, cwd=tmp_path, check=0)
    if "orders.csv orders.parquet" in line:
        (tmp_path / "orders.parquet").unlink()
    if "shop.db " in line:
        with sqlite3.connect(tmp_path / "shop.db") as connection:
            connection.execute("create table users (user_id integer primary key, name text)")
        connection.close()
    if "postgresql://me@localhost/shop" in line:
        database = request.getfixturevalue("postgres")
        database.psql("create table users (user_id int primary key, name text)")
        line = line.replace("postgresql://me@localhost/shop", database.uri())
    for phrase, program in {"fish": "fish", "man -l": "man"}.items():
        assert phrase not in line or shutil.which(program), f"{program} is not installed: ./dev build installs it"
    if "fish" in line:
        script = ["fish", "-c", f'function bowyer; "{BOWYER}" $argv; end\n{line}']
    else:
        script = ["bash", "-c", f'bowyer() {{ "{BOWYER}" "$@"; }}\nset -eo pipefail\n{line}\n']
    done = subprocess.run(script, cwd=tmp_path, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()


def test_the_written_manual_is_up_to_date():
    manual = ROOT / "docs" / "cli.md"
    assert manual.read_bytes() == run("man", "--markdown", check=0).stdout, "bowyer man --markdown > docs/cli.md"


def test_the_man_page_has_every_option():
    page = run("man", check=0).stdout.decode()
    for option in ("--select", "--where", "--overwrite", "--memory", "--sample", "--json"):
        assert option.replace("-", "\\-") in page


def test_completions_complete_in_bash(tmp_path):
    (tmp_path / "orders.csv").write_text("a\n")
    script = (
        run("completion", "bash", check=0).stdout.decode()
        + """
complete_it() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bowyer; echo "${COMPREPLY[@]}"; }
complete_it bowyer co
complete_it bowyer copy --overw
complete_it bowyer copy --to parq
complete_it bowyer copy ord
"""
    )
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.splitlines() == ["copy completion", "--overwrite", "parquet", "orders.csv"]


def test_completions_complete_in_fish():
    script = run("completion", "fish", check=0).stdout.decode() + """
for line in "bowyer co" "bowyer copy --overw" "bowyer copy --to parq"
    complete -C $line | string split -f 1 \\t
end
"""
    done = subprocess.run(["fish", "-c", script], capture_output=True, text=True)
    assert done.stderr == "" and done.stdout.splitlines() == ["completion", "copy", "--overwrite", "parquet"]


def test_binary_data_is_not_written_to_a_terminal(tmp_path):
    import pty

    (tmp_path / "o.csv").write_text("a,b\n1,2\n")
    ours, theirs = pty.openpty()
    done = subprocess.run([BOWYER, "copy", "o.csv", "-"], cwd=tmp_path, stdout=theirs, stderr=subprocess.PIPE)
    assert done.returncode == 2
    assert b"binary data would go to the terminal" in done.stderr
    done = subprocess.run(
        [BOWYER, "copy", "o.csv", "-", "--to", "csv", "-q"], cwd=tmp_path, stdout=theirs, stderr=subprocess.PIPE
    )
    assert done.returncode == 0, done.stderr


def test_progress_and_colours_only_on_a_terminal(tmp_path):
    import os
    import pty
    import select

    ours, theirs = pty.openpty()
    # A source that gives nothing until the line is drawn.
    process = subprocess.Popen(
        [BOWYER, "copy", "-", "d.csv", "--from", "csv"], cwd=tmp_path, stdin=subprocess.PIPE, stderr=theirs
    )
    os.close(theirs)
    seen = b""
    while b"copy - \xe2\x86\x92 d.csv" not in seen:
        assert select.select([ours], [], [], 30)[0], seen
        seen += os.read(ours, 4096)
    process.communicate(b"a,b\n1,2\n", timeout=30)
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:
        pass  # the terminal is gone
    assert b"\r\x1b[K" in seen
    quiet = subprocess.run([BOWYER, "copy", "nothing", "d.csv"], cwd=tmp_path, capture_output=True)
    assert b"\x1b" not in quiet.stderr


@pytest.mark.parametrize("name, code", [("SIGINT", 130), ("SIGTERM", 143)])
def test_signals_stop_cleanly(name, code, tmp_path):
    import signal

    process = subprocess.Popen(
        [BOWYER, "copy", "-", "d.csv", "--from", "csv"], cwd=tmp_path, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdin.write(b"a,b\n" + b"1,2\n" * 1000)
    process.stdin.flush()
    wait_until(lambda: catches(process, getattr(signal, name)))
    time.sleep(0.3)
    process.send_signal(getattr(signal, name))
    process.wait(timeout=30)
    assert process.returncode == code, process.stderr.read()
    assert leftovers(tmp_path) == []


def test_a_closed_pipe_is_an_error(tmp_path):
    (tmp_path / "o.csv").write_text("a,b\n" + "1,2\n" * 500000)
    script = f'"{BOWYER}" copy o.csv - --to csv | head -1; echo "${{PIPESTATUS[0]}}"'
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.splitlines() == ["a,b", "7"]
    assert "closed the pipe" in done.stderr


def test_sorting_leaves_nothing_behind_and_keeps_to_its_budget(tmp_path):
    import random

    random.seed(5)
    numbers = [random.randrange(10**9) for _ in range(400000)]
    (tmp_path / "o.csv").write_text("n,t\n" + "".join(f"{n},text number {n}\n" for n in numbers))
    spill = tmp_path / "spill"
    spill.mkdir()
    result = run(
        "copy", "o.csv", "d.csv", "--sort", "n", "--memory", "24M", cwd=tmp_path, env={"TMPDIR": str(spill)}, check=0
    )
    assert f"spilled" in result.stderr and str(spill) in result.stderr
    assert leftovers(spill) == []
    lines = (tmp_path / "d.csv").read_text().splitlines()[1:]
    assert [int(line.split(",")[0]) for line in lines] == sorted(numbers)
    result = run("copy", "o.csv", "e.csv", "--sort", "n", "--memory", "24M", cwd=tmp_path, env={"TMPDIR": "/nonexistent"})
    assert result.code == 3 and "/nonexistent" in result.stderr and "TMPDIR" in result.stderr


def test_inspect_does_not_call_other_bytes_utf8(tmp_path):
    (tmp_path / "l.csv").write_bytes("id,name\n1,Müller\n2,Meier\n".encode("latin-1"))
    assert b"not UTF-8 throughout: perhaps --encoding latin-1" in run("inspect", "l.csv", cwd=tmp_path, check=0).stdout
    assert b"Latin-1" in run("inspect", "l.csv", "--encoding", "latin-1", cwd=tmp_path, check=0).stdout


def test_stats_tell_time_and_memory(tmp_path):
    (tmp_path / "a.csv").write_text("a,b\n" + "".join(f"{i},{i % 7}\n" for i in range(50_000)))
    text = run("copy", "a.csv", "a.parquet", "--stats", "--quiet", cwd=tmp_path, check=0).stderr
    assert re.fullmatch(r"time +[\d.]+ s: open [\d.]+ s, read .* s, write .* s, finish .* s; CPU .* processors busy\n"
                        r"memory +at peak: process .*B, Arrow buffers .*B, DuckDB 0 bytes\n", text), text
    result = run("sql", "select b, count(*) from 'a.parquet' group by b", "--stats", "--json", cwd=tmp_path, check=0)
    stats = json.loads(result.stderr)
    assert stats["duckdb_peak_bytes"] > 0 and stats["arrow_peak_bytes"] > 0
    assert stats["process_peak_bytes"] > stats["duckdb_peak_bytes"]
    assert 0 < sum(stats["stages"].values()) <= stats["seconds"]
    # Also of a run that fails.
    failed = run("copy", "a.csv", "a.parquet", "--stats", cwd=tmp_path, check=3)
    assert "memory" in failed.stderr
