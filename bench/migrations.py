"""Whole tables out of SQLite and PostgreSQL into DuckDB: Bowyer, DuckDB's own extensions, ADBC, and the floor.

Peers run in an environment of their own (their versions of DuckDB and of its extensions belong together): its Python is
BOWYER_PEERS. Every tool leaves a DuckDB file; rows and a sum are compared. The floor reads the table and keeps nothing.

Not all leave the same. The rows alone: bowyer-rows (bowyer copy) and duckdb (create table as), adbc. The table with its
primary key, as bowyer migrate does: duckdb-key (the key is added behind) and duckdb-database (copy from database).
"""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = [
    ("order_id", "bigint primary key", "i"),
    ("user_id", "integer", "(i * 7919) % 1000000"),
    ("amount", "numeric(12,2)", "round((i * 104729 % 10000000) / 100.0, 2)"),
    ("category", "text", "'category ' || (i % 8)"),
    ("note", "text", "'order number ' || i || ' of user ' || ((i * 7919) % 1000000)"),
    ("created", "timestamptz", None),
    ("paid", "boolean", None),
    ("weight", "double precision", "i * 0.37"),
]
TOOLS = ["bowyer", "bowyer-verified", "bowyer-rows", "duckdb", "duckdb-key", "duckdb-database", "adbc", "floor"]


def make_sqlite(path, rows):
    # Decimals and times as people keep them in SQLite: numbers, and ISO text.
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode = off")
        connection.execute(
            "create table orders (order_id integer primary key, user_id integer, amount real, category text, note text, "
            "created text, paid integer, weight real)"
        )
        connection.execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < ?) insert into orders select i, "
            + ", ".join(value for name, _, value in COLUMNS[1:5])
            + ", datetime(1700000000 + i, 'unixepoch'), i % 3 = 0, i * 0.37 from n",
            [rows],
        )
        connection.commit()


@contextlib.contextmanager
def postgres_server(folder):
    """A server of its own, as whoever may run one; yields a connection string."""
    binaries = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    data = pathlib.Path(tempfile.mkdtemp(prefix="pg", dir=folder))
    as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(data, "postgres", "postgres")
    run = lambda *args: subprocess.run([*as_user, *map(str, args)], check=True, stdout=subprocess.DEVNULL, cwd="/")
    run(binaries / "initdb", "-D", data / "d", "-U", "bench", "-A", "trust", "--no-sync")
    options = f"-k {data} -c listen_addresses= -c fsync=off -c shared_buffers=512MB -c max_wal_size=8GB"
    run(binaries / "pg_ctl", "-D", data / "d", "-l", data / "log", "-o", options, "-w", "start")
    try:
        yield f"postgresql://bench@/postgres?host={data}"
    finally:
        run(binaries / "pg_ctl", "-D", data / "d", "-m", "immediate", "stop")
        shutil.rmtree(data)


def make_postgres(uri, rows):
    columns = ", ".join(f"{name} {kind}" for name, kind, _ in COLUMNS)
    values = ", ".join(value for *_, value in COLUMNS[:5])
    statements = [
        f"create table orders ({columns})",
        f"insert into orders select {values}, to_timestamp(1700000000 + i), i % 3 = 0, i * 0.37::float8 "
        f"from generate_series(1, {rows}::bigint) i",
        "vacuum analyze orders",
        "checkpoint",
    ]
    for statement in statements:
        subprocess.run(["psql", "-q", uri, "-v", "ON_ERROR_STOP=1", "-c", statement], check=True)


def peer(tool, kind, source, target):
    """In the peers' environment: one migration; prints its seconds."""
    import duckdb

    start = time.perf_counter()
    if tool.startswith("duckdb"):
        connection = duckdb.connect(target, config={"allow_unsigned_extensions": "true"})
        name = {"sqlite": "sqlite_scanner", "postgresql": "postgres_scanner"}[kind]
        package = __import__(f"duckdb_extension_{name}")
        extension = next(pathlib.Path(package.__file__).parent.rglob("*.duckdb_extension"))
        connection.execute(f"load '{extension}'")
        kinds = {"sqlite": "sqlite", "postgresql": "postgres"}
        connection.execute(f"attach '{source}' as source (type {kinds[kind]}, read_only)")
        connection.execute("set preserve_insertion_order = false")
        if tool == "duckdb-database":
            here = connection.execute("select current_database()").fetchone()[0]
            connection.execute(f'copy from database source to "{here}"')
        else:
            connection.execute("create table orders as from source.orders")
        if tool == "duckdb-key":
            connection.execute("alter table orders add primary key (order_id)")
        connection.close()
    elif tool == "adbc":
        import importlib

        driver = importlib.import_module(f"adbc_driver_{kind}.dbapi")
        with driver.connect(source) as there, there.cursor() as cursor:
            cursor.execute("select * from orders")
            reader = cursor.fetch_record_batch()
            connection = duckdb.connect(target)
            connection.execute("create table orders as from reader")
            connection.close()
    elif kind == "sqlite":
        with contextlib.closing(sqlite3.connect(source)) as connection:
            connection.execute("select count(*), sum(order_id), max(user_id), max(amount), max(length(category)), "
                               "max(length(note)), max(length(created)), max(paid), max(weight) from orders").fetchall()
    else:
        subprocess.run(["psql", "-q", source, "-c", "\\copy orders to '/dev/null' (format binary)"], check=True)
    print(json.dumps({"seconds": time.perf_counter() - start}))


def measure(run_once, tool, bowyer, kind, source, folder):
    """One run of one tool; None where it fails."""
    target = folder / "out.duckdb"
    for path in folder.glob("out.duckdb*"):
        path.unlink()
    if tool.startswith("bowyer"):
        verify = "full" if tool == "bowyer-verified" else "none"
        location = source if kind == "postgresql" else f"sqlite:{source}"
        command = [bowyer, "migrate", location, f"duckdb:{target}", "--verify", verify, "--quiet"]
        if tool == "bowyer-rows":
            command = [bowyer, "copy", f"{location}#orders", f"duckdb:{target}#orders", "--quiet"]
    else:
        command = [os.environ["BOWYER_PEERS"], __file__, tool, kind, source, target]
    try:
        seconds, cpu, memory, output = run_once([str(part) for part in command])
    except RuntimeError as error:
        if tool.startswith("bowyer"):
            raise
        print(f"{tool} fails: {str(error).splitlines()[-1]}", file=sys.stderr)
        return None
    if not tool.startswith("bowyer"):
        seconds = json.loads(output)["seconds"]
    size = target.stat().st_size if target.exists() else 0
    facts = {"seconds": seconds, "cpu": cpu, "memory": memory, "bytes": size or None}
    if target.exists():
        # In a process of its own, so that this one's memory stays small.
        check = "import duckdb, sys; print(duckdb.connect(sys.argv[1], read_only=True).execute('select count(*), sum(order_id) from orders').fetchone())"
        facts["answer"] = subprocess.run([os.environ["BOWYER_PEERS"], "-c", check, target], check=True, capture_output=True, text=True).stdout
        target.unlink()
    return facts


def check_answers(results):
    answers = {facts["answer"] for facts in results.values() if "answer" in facts}
    if len(answers) != 1:
        raise RuntimeError(f"the tools disagree: {answers}")


if __name__ == "__main__":
    peer(*sys.argv[1:])
