"""PostgreSQL into DuckDB and Parquet: one moment, every type, connections that break, runs that end early."""

import csv
import decimal
import json
import random
import signal
import subprocess
import threading
import time

import duckdb
import pyarrow.parquet
import pytest

from conftest import BOWYER, CORPUS, SANITIZED, chunks_committed, corpus_files, cut_short, expected, leftovers, run
from postgres import BIN, Database, postgres, postgres_server  # noqa: F401


def query(path, sql):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def report_of(*args, **options):
    return json.loads(run("migrate", *args, "--json", check=0, **options).stdout)


def shop(postgres, orders=50_000):
    postgres.psql(
        "create type mood as enum ('sad', 'ok', 'happy');"
        "create table users (user_id bigint primary key, name text not null unique, mood mood, tags text[]);"
        "create table orders (order_id bigint generated always as identity primary key, "
        "user_id bigint not null references users, amount numeric(12,2) check (amount >= 0), "
        "at timestamptz default now(), paid boolean default false, note text);"
        "create index orders_by_user on orders (user_id);"
        "create view totals as select user_id, sum(amount) from orders group by 1;"
        "comment on table orders is 'what was bought';"
        "insert into users select i, 'user ' || i, (array['sad', 'ok', 'happy'])[i % 3 + 1]::mood, "
        "array['a', null, 'c' || i] from generate_series(1, 1000) i;"
        "insert into orders (user_id, amount, at, paid, note) select i % 1000 + 1, i / 4.0, "
        f"to_timestamp(1700000000 + i), i % 3 = 0, case when i % 5 > 0 then 'note ' || i end from generate_series(1, {orders}) i;"
        "analyze"
    )


def test_tables_rows_keys_and_what_is_left_out(postgres, tmp_path):
    shop(postgres)
    target = tmp_path / "shop.duckdb"
    report = report_of(postgres.uri(), f"duckdb:{target}", "--chunk-rows", 5000, "--report", tmp_path / "r.html")
    assert {table["source"]: table["rows"] for table in report["tables"]} == {"users": 1000, "orders": 50000}
    assert all(table["verified"] == "full" for table in report["tables"])
    assert {table["snapshot"] for table in report["tables"]} == {report["snapshot"]} and report["snapshot"]
    wanted = postgres.rows("select count(*), sum(amount), count(note), sum(order_id) from orders")
    assert [tuple(map(str, row)) for row in query(target, "select count(*), sum(amount), count(note), sum(order_id) from orders")] == wanted
    assert query(target, "select typeof(mood), typeof(tags), tags from users where user_id = 7") == [
        ("ENUM('sad', 'ok', 'happy')", "VARCHAR[]", ["a", None, "c7"])
    ]
    described = {row[0]: row for row in query(target, "describe orders")}
    assert described["order_id"][3] == "PRI" and described["user_id"][2] == "NO"
    assert described["amount"][1] == "DECIMAL(12,2)"
    assert any("totals" in entry["what"] for entry in report["left_out"])
    assert leftovers(tmp_path) == ["r.html", "shop.duckdb"]


def test_other_schemas_and_a_folder_of_parquet(postgres, tmp_path):
    postgres.psql(
        'create schema "Weird One"; create table "Weird One"."Or""der" (a int, "B c" text);'
        'insert into "Weird One"."Or""der" values (1, \'x\'); create table plain (a int); insert into plain values (1), (2)'
    )
    target = tmp_path / "all.duckdb"
    report_of(postgres.uri(), f"duckdb:{target}")
    assert query(target, 'select a, "B c" from "Weird One"."Or""der"') == [(1, "x")]
    assert query(target, "select sum(a) from plain") == [(3,)]
    report_of(postgres.uri(), f"parquet:{tmp_path / 'folder'}/")
    assert pyarrow.parquet.read_table(tmp_path / "folder" / "plain").num_rows == 2


def test_results_go_back(postgres, postgres_server, tmp_path):
    shop(postgres, orders=20_000)
    run("migrate", postgres.uri(), f"duckdb:{tmp_path / 'shop.duckdb'}", check=0)
    other = Database(postgres_server)
    try:
        report = report_of(f"duckdb:{tmp_path / 'shop.duckdb'}", other.uri(), "--chunk-rows", 4000)
        assert report["rows"] == 21_000 and all(table["verified"] == "full" for table in report["tables"])
        sql = "select count(*), sum(amount), sum(order_id), max(at), count(note) from orders"
        assert other.rows(sql) == postgres.rows(sql)
        assert other.rows("select relname from pg_class where relname like 'bowyer%'") == []
    finally:
        other.drop()


HARD = {
    "numeric(10,2)": ["1.50", "NaN"],
    "numeric": ["1e-30", "12345678901234567890123456789012345678901234567890.5", "NaN", "Infinity", "-Infinity"],
    "numeric(5,-2)": ["12300"],
    "timestamp": ["294276-12-31 23:59:59", "4713-01-01 00:00:00 BC", "infinity", "-infinity", "2026-11-21 12:00:00.123456"],
    "timestamptz": ["infinity", "2026-11-21 12:00:00.123456+02"],
    "date": ["5874897-12-31", "4713-01-01 BC", "infinity", "-infinity"],
    "time": ["24:00:00", "00:00:00.000001"],
    "timetz": ["12:00:00+05:30", "24:00:00-15:59"],
    "interval": ["1 year 2 months -3 days 04:05:06.789", "-178000000 years"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "jsonb": ['{"a": [1, null, 1e400]}'],
    "json": ['{"b":  2}'],
    "bytea": ["\\x00ff00"],
    "int4range": ["[1,5)", "empty"],
    "bit(5)": ["10101"],
    "varbit": ["1", "101010101010"],
    "inet": ["192.168.0.1/24", "::1"],
    "macaddr": ["08:00:2b:01:02:03"],
    "money": ["-12.34"],
    "xml": ["<a>b</a>"],
    "tsvector": ["a fat cat"],
    "point": ["(1,2)"],
    "int[]": ["{1,NULL,3}", "{{1,2},{3,4}}", "[0:1]={1,2}", "{}"],
    "text[]": ['{"a b",NULL,"NULL"}'],
    "float8": ["NaN", "Infinity", "-0", "1e-308"],
    "char(5)": ["ab"],
    "name": ["x"],
    "oid": ["4294967295"],
}


@pytest.mark.parametrize("kind", HARD)
def test_values_at_the_ends_of_their_types_arrive_exactly(kind, postgres, tmp_path):
    values = ", ".join(f"({i}, $q${value}$q$::{kind})" for i, value in enumerate(HARD[kind]))
    postgres.psql(f"create table t (i int, v {kind}); insert into t values {values}, (999, null)")
    for target in [f"duckdb:{tmp_path / 't.duckdb'}", f"parquet:{tmp_path / 'folder'}/"]:
        report = report_of(postgres.uri(), target)
        table = report["tables"][0]
        assert table["rows"] == len(HARD[kind]) + 1 and table["verified"] == "full", target
    assert query(tmp_path / "t.duckdb", "select count(*) - count(v) from t") == [(1,)]
    if kind.startswith("numeric") or kind in ("int[]", "timestamp", "interval"):
        # As text they are what PostgreSQL prints.
        printed = {row[0]: row[1] for row in postgres.rows("select i, v::text from t where v is not null")}
        kinds = {row[0] for row in query(tmp_path / "t.duckdb", "select distinct typeof(v) from t where v is not null")}
        if kinds == {"VARCHAR"}:
            assert {str(i): v for i, v in query(tmp_path / "t.duckdb", "select i, v from t where v is not null")} == printed


def test_rows_whose_values_do_not_fit_are_set_aside(postgres, tmp_path):
    postgres.psql(
        "create table t (i int primary key, small bigint, amount numeric, day date, list int[], note text);"
        "insert into t select i, i, i / 4.0, date '2026-01-01' + i, array[i, i], 'row ' || i from generate_series(1, 20000) i;"
        "insert into t values (0, null, null, null, null, null), (-1, 40000, 1, '2026-01-01', '{}', 'it''s, \"large\"'),"
        "(-2, 1, 1.005, '2026-01-01', '{1}', 'three digits'), (-3, 1, 'NaN', '2026-01-01', '{1}', 'none'),"
        "(-4, 1, 1e9, '2026-01-01', '{1}', 'too large'), (-5, 1, 1, 'infinity', '{1}', 'beyond'),"
        "(-6, 1, 1, '2026-01-01', '{{1},{2}}', 'deep'), (-7, -32768, -9999999.99, '2026-01-01', '{1}', 'fits')"
    )
    types = ["--type", "t.small=int16", "--type", "t.amount=decimal(9,2)", "--chunk-rows", 5000]
    for target, beyond in [(f"duckdb:{tmp_path / 't.duckdb'}", 5), (f"parquet:{tmp_path / 'folder'}/", 6)]:
        rejects = tmp_path / f"{beyond}.csv"
        report = report_of(postgres.uri(), target, *types, "--on-mismatch", "reject", "--rejects", rejects)
        table = report["tables"][0]
        assert report["rows_rejected"] == beyond and table["rows"] == 20008 - beyond and table["verified"] == "full"
        with open(rejects, newline="") as file:
            aside = {row["raw"].split(",")[0]: row for row in csv.DictReader(file)}
        assert len(aside) == beyond
        assert aside["'-1'"]["column"] == "small" and "40000" in aside["'-1'"]["reason"] and "int16" in aside["'-1'"]["reason"]
        assert aside["'-1'"]["raw"].endswith(""",'{}','it''s, "large"'""")
        assert [aside[f"'{i}'"]["column"] for i in (-2, -3, -4, -6)] == ["amount"] * 3 + ["list"]
    assert query(tmp_path / "t.duckdb", "select sum(i), min(small), min(amount), typeof(any_value(amount)) from t")[0][1:] == (
        -32768, decimal.Decimal("-9999999.99"), "DECIMAL(9,2)"
    )
    code = run("migrate", postgres.uri(), f"duckdb:{tmp_path / 'e.duckdb'}", *types, "--on-mismatch", "error").code
    assert code == 4 and not (tmp_path / "e.duckdb").exists()


def test_all_tables_are_of_one_moment_while_others_write(postgres, tmp_path):
    postgres.psql(
        "create table a (i int primary key, v int); create table b (i int primary key, v int);"
        "insert into a select i, 0 from generate_series(1, 60000) i; insert into b select i, 0 from generate_series(1, 60000) i;"
        "analyze"
    )
    stop = threading.Event()

    def write():
        number = 0
        while not stop.is_set():
            number += 1
            postgres.psql(
                f"begin; update a set v = {number}; update b set v = {number}; "
                f"insert into a values ({60000 + number}, {number}); insert into b values ({60000 + number}, {number}); commit"
            )

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for i in range(3):
            target = tmp_path / f"{i}.duckdb"
            report_of(postgres.uri(), f"duckdb:{target}", "--chunk-rows", 7000, "--threads", 3, timeout=60)
            assert query(target, "select count(distinct v) from a") == query(target, "select count(distinct v) from b") == [(1,)]
            assert query(target, "select min(v), count(*) from a") == query(target, "select min(v), count(*) from b")
    finally:
        stop.set()
        writer.join()


def test_killed_and_resumed(postgres, tmp_path):
    shop(postgres, orders=300_000)
    target = tmp_path / "out" / "shop.duckdb"
    target.parent.mkdir()
    arguments = [postgres.uri(), f"duckdb:{target}", "--chunk-rows", 10_000, "--threads", 2]
    moments = random.Random(5)
    for _ in range(4 if SANITIZED else 15):
        process = subprocess.Popen([BOWYER, "migrate", *map(str, arguments), "--resume"], stderr=subprocess.DEVNULL)
        time.sleep(moments.random() * (3 if SANITIZED else 0.8))
        process.send_signal(signal.SIGKILL)
        process.wait()
        if target.exists():
            target.unlink()
    report = report_of(*arguments, "--resume", timeout=60)
    orders = next(table for table in report["tables"] if table["source"] == "orders")
    assert orders["verified"] == "full" and orders["rows"] == 300_000
    assert orders["snapshot"] == report["snapshot"]
    wanted = postgres.rows("select count(*), sum(amount), sum(order_id) from orders")
    assert [tuple(map(str, row)) for row in query(target, "select count(*), sum(amount), sum(order_id) from orders")] == wanted
    assert leftovers(target.parent) == ["shop.duckdb"]


def after_chunks(count):
    return lambda lines: len(chunks_committed(lines)) >= count


def test_writes_that_the_server_has_not_counted_yet_are_seen(postgres, tmp_path):
    """A session that is busy reports what it wrote once a second at most; the file does not grow either."""
    shop(postgres, orders=300_000)
    postgres.psql("alter table orders set (fillfactor = 50, autovacuum_enabled = off)")
    postgres.psql("vacuum full orders")
    postgres.psql("analyze")
    target = tmp_path / "shop.duckdb"
    arguments = [postgres.uri(), f"duckdb:{target}", "--chunk-rows", 10_000, "--tables", "orders"]
    command = [BIN / "psql", "-X", "-q", "-h", postgres.server.folder, "-p", str(postgres.server.port), "-U", "tester", postgres.name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as session:
        cut_short("migrate", *arguments, "-vv", when=after_chunks(5), target=target)
        # In the first chunk. In a transaction of its own after another one, so that it is not reported at once.
        session.stdin.write("create temp table x (i int); insert into x values (1);\n")
        session.stdin.write("begin; savepoint s; update orders set note = 'changed' where order_id = 7; commit;\n")
        session.stdin.flush()
        while postgres.psql("select note from orders where order_id = 7") != "changed":
            time.sleep(0.01)
        report = report_of(*arguments, "--resume", timeout=60)
        session.stdin.close()
    assert report["tables"][0]["chunks_kept"] == 0
    assert query(target, "select note from orders where order_id = 7") == [("changed",)]


def test_a_table_that_is_cut_otherwise_is_copied_anew(postgres, tmp_path):
    """What the server knows of a table's rows, and so where chunks end, changes without a write."""
    postgres.psql("create table t (i int) with (autovacuum_enabled = off); insert into t select generate_series(1, 400000)")
    target = tmp_path / "t.duckdb"
    arguments = [postgres.uri(), f"duckdb:{target}", "--chunk-rows", 30_000]
    cut_short("migrate", *arguments, "-vv", when=after_chunks(2), target=target)
    postgres.psql("analyze t")
    report_of(*arguments, "--resume", timeout=60)
    assert query(target, "select count(*), count(distinct i) from t") == [(400_000, 400_000)]


WRITTEN_ROWS = 20_000


class Writer(threading.Thread):
    """Writes to tables a and b, again and again: what they hold after the n-th transaction is known of n."""

    def __init__(self, postgres):
        super().__init__()
        self.postgres = postgres
        self.stop = threading.Event()
        self.number = 0  # of the last transaction

    def run(self):
        command = [BIN / "psql", "-X", "-q", "-A", "-t", "-h", self.postgres.server.folder, "-p", str(self.postgres.server.port)]
        with subprocess.Popen(
            [*command, "-U", "tester", self.postgres.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as session:
            while not self.stop.is_set():
                n = self.number + 1
                changes = f"update a set v = {n} where k = {n * 37 % WRITTEN_ROWS}; insert into a values ({WRITTEN_ROWS + n}, {n});"
                session.stdin.write(f"begin; {changes} savepoint s; {changes.replace(' a ', ' b ')} commit; select {n};\n")
                session.stdin.flush()
                assert session.stdout.readline() == f"{n}\n"
                self.number = n
                time.sleep(0.002)

    def rows(self, n):
        there = {k: 0 for k in range(WRITTEN_ROWS)}
        for i in range(1, n + 1):
            there[i * 37 % WRITTEN_ROWS] = i
            there[WRITTEN_ROWS + i] = i
        return sorted(there.items())


@pytest.fixture
def written(postgres):
    """Tables a and b that are written to all the time, and one of quiet rows."""
    for name in "ab":
        postgres.psql(f"create table {name} (k int primary key, v int) with (fillfactor = 60)")
        postgres.psql(f"insert into {name} select i, 0 from generate_series(0, {WRITTEN_ROWS - 1}) i")
    postgres.psql("create table quiet as select i, 'row ' || i as s from generate_series(1, 200000) i; analyze")
    writer = Writer(postgres)
    writer.start()
    yield writer
    writer.stop.set()
    writer.join()


def check_written(writer, target, first):
    """Each table is its source after one transaction, which was not before the `first`. Gives both."""
    moments = []
    for name in "ab":
        rows = query(target, f"select k, v from {name} order by k")
        moments.append(max(v for _, v in rows))
        assert rows == writer.rows(moments[-1])
        assert first <= moments[-1] <= writer.number + 1
    assert query(target, "select count(*), count(distinct i), sum(i), min(s) from quiet") == [
        (200_000, 200_000, 200_000 * 200_001 // 2, "row 1")
    ]
    return moments


def test_killed_at_random_moments_while_others_write(written, postgres, tmp_path):
    target = tmp_path / "out" / "w.duckdb"
    target.parent.mkdir()
    arguments = [postgres.uri(), f"duckdb:{target}", "--chunk-rows", 8_000, "--threads", 2, "--resume"]
    moments = random.Random(17)
    kept, whole = 0, 0
    for _ in range(10 if SANITIZED else 50):
        first = written.number
        process = subprocess.Popen([BOWYER, "migrate", *map(str, arguments)], stderr=subprocess.DEVNULL)
        time.sleep(moments.random() * (4 if SANITIZED else 0.7))
        process.kill()
        process.wait()
        if target.exists():
            whole += 1
            check_written(written, target, 0)
            target.unlink()
    # Once for certain: of the quiet table chunks are kept, the others are as of the moment of this run.
    cut_short("migrate", *arguments, "-vv", when=lambda said: sum("quiet: chunk" in line for line in said) >= 3, target=target)
    first = written.number
    report = report_of(*arguments, timeout=60)
    tables = {table["source"]: table for table in report["tables"]}
    assert tables["quiet"]["chunks_kept"] >= 3 and tables["a"]["chunks_kept"] == tables["b"]["chunks_kept"] == 0
    assert {table["snapshot"] for table in tables.values()} == {report["snapshot"]}
    moments = check_written(written, target, first)
    assert moments[0] == moments[1]
    assert leftovers(target.parent) == ["w.duckdb"]


def test_one_snapshot_keeps_nothing_of_an_earlier_one(written, postgres, tmp_path):
    target = tmp_path / "w.duckdb"
    arguments = [postgres.uri(), f"duckdb:{target}", "--chunk-rows", 8_000, "--resume", "--one-snapshot"]
    cut_short("migrate", *arguments, "-vv", when=lambda said: sum("quiet: chunk" in line for line in said) >= 3, target=target)
    first = written.number
    report = report_of(*arguments, timeout=60)
    assert all(table["chunks_kept"] == 0 and table["snapshot"] == report["snapshot"] for table in report["tables"])
    moments = check_written(written, target, first)
    assert moments[0] == moments[1]


def test_a_server_that_gives_no_snapshot_is_read_by_one_connection(written, postgres, tmp_path):
    role = f"r{postgres.name}"
    postgres.psql(
        f"revoke execute on function pg_export_snapshot() from public; create role {role} login;"
        f"grant select on all tables in schema public to {role}"
    )
    try:
        target = tmp_path / "w.duckdb"
        first = written.number
        uri = postgres.uri().replace("tester@", f"{role}@")
        report = report_of(uri, f"duckdb:{target}", "--chunk-rows", 8_000, "--threads", 3, timeout=60)
        assert "one connection" in report["snapshot"] and all(table["verified"] == "full" for table in report["tables"])
        moments = check_written(written, target, first)
        assert moments[0] == moments[1]
    finally:
        postgres.psql(f"drop owned by {role}; drop role {role}")


def test_a_server_that_ends_the_connections_gives_an_error_and_a_resumable_rest(postgres, tmp_path):
    shop(postgres, orders=400_000)
    target = tmp_path / "shop.duckdb"
    arguments = [postgres.uri(), f"duckdb:{target}", "--chunk-rows", 5000]

    def end_connections(_):
        postgres.psql(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        )

    code, lines = cut_short("migrate", *arguments, "-vv", when=after_chunks(3), cut=end_connections, target=target)
    assert code in (3, 7), lines
    report = report_of(*arguments, "--resume", timeout=60)
    orders = next(table for table in report["tables"] if table["source"] == "orders")
    assert report["rows"] == 401_000 and orders["chunks_kept"] >= 2


WHOLE_DUMPS = [name for name in corpus_files("postgres-sql", "good") if "postgres15" in expected()[name.values[0]]]


@pytest.mark.parametrize("name", WHOLE_DUMPS)  # the others are second halves of these
def test_every_dump_of_the_corpus_arrives_whole(name, postgres, tmp_path):
    facts = expected()[name]["postgres15"]
    dump = CORPUS / name
    if "chinook" in name:  # makes a database of its own
        kept = [line for line in dump.read_text().splitlines() if "DATABASE" not in line and not line.startswith("\\c")]
        dump = tmp_path / "dump.sql"
        dump.write_text("\n".join(kept))
    postgres.psql(file=dump, stop=False)
    if "sakila-schema" in name:
        postgres.psql(file=CORPUS / name.replace("schema", "insert-data-using-copy"), stop=False)
    target = tmp_path / "t.duckdb"
    report = report_of(postgres.uri(), f"duckdb:{target}", timeout=120, memory_gib=2)
    rows = {table["source"]: table["rows"] for table in report["tables"]}
    assert all(table["verified"] == "full" for table in report["tables"])
    for table, wanted in facts["tables"].items():
        short = table.removeprefix("public.")
        if wanted["kind"] in ("table", "matview") and not wanted.get("partition") and wanted.get("cols", 1) and "rows" in wanted and "sakila" not in name:
            assert rows.get(short, rows.get(table)) == wanted["rows"], table
