"""Whole databases: what arrives, what is said of the rest, and what holds when runs end early."""

import contextlib
import json
import os
import pathlib
import pty
import random
import re
import signal
import sqlite3
import subprocess
import time

import duckdb
import pyarrow.parquet
import pytest

from conftest import BOWYER, CORPUS, SANITIZED, chunks_committed, corpus_files, cut_short, expected, leftovers, run


def sqlite(path, *statements, rows=()):
    """A SQLite database; `rows`: pairs of a statement and its parameters."""
    with sqlite3.connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
        for statement, values in rows:
            connection.executemany(statement, values)
    connection.close()
    return path


def query(path, sql):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def report_of(*args, **options):
    return json.loads(run("migrate", *args, "--json", check=0, **options).stdout)


def shop(path, orders=30_000, users=1_000):
    numbers = random.Random(7)
    return sqlite(
        path,
        "create table users (user_id integer primary key, name text not null, since date, balance decimal(12,2))",
        "create table orders (order_id integer primary key, user_id integer not null references users(user_id), "
        "amount real not null check (amount >= 0), category text default 'none', note blob)",
        "create index orders_by_user on orders(user_id)",
        "create view totals as select user_id, sum(amount) as total from orders group by 1",
        "create trigger audit after insert on orders begin select 1; end",
        rows=[
            (
                "insert into users values (?, ?, ?, ?)",
                [(i, f"user {i} – ü", f"2020-01-{i % 28 + 1:02}", f"{i}.25") for i in range(users)],
            ),
            (
                "insert into orders values (?, ?, ?, ?, ?)",
                [
                    (i, numbers.randrange(users), numbers.randrange(10**6) / 64, numbers.choice("abc"), bytes([i % 256]))
                    for i in range(orders)
                ],
            ),
        ],
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return shop(tmp_path_factory.mktemp("shop") / "shop.db")


# --- what arrives


def test_tables_rows_keys_and_what_is_left_out(source, tmp_path):
    target = tmp_path / "shop.duckdb"
    report = report_of(f"sqlite:{source}", f"duckdb:{target}", "--chunk-rows", 5000)
    assert {table["source"]: table["rows"] for table in report["tables"]} == {"users": 1000, "orders": 30000}
    for table in report["tables"]:
        assert table["verified"] == "full" and table["source_digest"] == table["destination_digest"] != ""
        assert all(column["source_digest"] == column["destination_digest"] for column in table["columns"])
    orders = next(table for table in report["tables"] if table["source"] == "orders")
    assert orders["chunks"] >= 2
    assert query(target, "select count(*), count(distinct order_id), sum(order_id) from orders") == [
        (30000, 30000, 30000 * 29999 // 2)
    ]
    with sqlite3.connect(source) as connection:
        there = connection.execute("select * from orders order by order_id").fetchall()
    assert query(target, "select * from orders order by order_id") == there
    # The key is one, and the not-null columns are.
    described = {row[0]: row for row in query(target, "describe orders")}
    assert described["order_id"][3] == "PRI" and described["amount"][2] == "NO"
    with duckdb.connect(str(target)) as connection:
        with pytest.raises(duckdb.ConstraintException):
            connection.execute("insert into users select * from users limit 1")
    left_out = {entry["what"]: entry for entry in report["left_out"]}
    assert any("audit" in what for what in left_out) and any("totals" in what for what in left_out)
    assert leftovers(tmp_path) == ["shop.duckdb"]


def test_views_come_when_asked_for(source, tmp_path):
    target = tmp_path / "shop.duckdb"
    report_of(f"sqlite:{source}", f"duckdb:{target}", "--views", "--tables", "totals")
    assert query(target, "select count(*) from totals")[0][0] == 1000
    assert query(target, "select count(*) from information_schema.tables") == [(1,)]


def test_choice_of_tables_names_and_types(source, tmp_path):
    target = tmp_path / "shop.duckdb"
    report_of(
        f"sqlite:{source}", f"duckdb:{target}", "--exclude", "user*", "--rename", "orders=sales",
        "--type", "orders.order_id=text",
    )
    assert query(target, "select typeof(order_id), count(*) from sales group by 1") == [("VARCHAR", 30000)]
    for option, said in [
        (["--tables", "ordres"], '"orders"'),
        (["--type", "orders.amonut=text"], "orders.amount"),
        (["--rename", "userz=u"], '"users"'),
        (["--exclude", "nothing*"], "nothing*"),
    ]:
        result = run("migrate", f"sqlite:{source}", f"duckdb:{tmp_path / 'no.duckdb'}", *option, check=2)
        assert said in result.stderr, result
    assert leftovers(tmp_path) == ["shop.duckdb"]


def test_the_plan_is_shown_and_nothing_is_written(source, tmp_path):
    result = run("migrate", f"sqlite:{source}", f"duckdb:{tmp_path / 'shop.duckdb'}", "--dry-run", check=0)
    text = result.stdout.decode()
    assert "orders" in text and "users" in text and "audit" in text
    assert leftovers(tmp_path) == []


def test_reports(source, tmp_path):
    target = tmp_path / "shop.duckdb"
    result = run("migrate", f"sqlite:{source}", f"duckdb:{target}", "--report", tmp_path / "r.html", check=0)
    assert "✓ count, digest of 5 columns" in result.stderr and "30,000" in result.stderr
    page = (tmp_path / "r.html").read_text()
    assert page.startswith("<!doctype html>") and "<svg" in page and "digest at the destination" in page
    run("migrate", f"sqlite:{source}", f"duckdb:{target}", "--overwrite", "--report", tmp_path / "r.json", check=0)
    document = json.loads((tmp_path / "r.json").read_text())
    assert document["rows"] == 31000 and document["error"] is None


def test_a_folder_of_parquet(source, tmp_path):
    target = tmp_path / "shop"
    report = report_of(f"sqlite:{source}", f"parquet:{target}/", "--chunk-rows", 10000)
    assert all(table["verified"] == "full" for table in report["tables"])
    assert pyarrow.parquet.read_table(target / "orders").num_rows == 30000
    assert pyarrow.parquet.read_table(target / "users").num_rows == 1000
    assert all(not name.split("/")[-1].startswith(".") for name in leftovers(tmp_path))


@pytest.mark.parametrize("back", ["sqlite", "parquet"])
def test_results_go_back_out_of_duckdb(back, source, tmp_path):
    run("migrate", f"sqlite:{source}", f"duckdb:{tmp_path / 'shop.duckdb'}", "--verify", "count", check=0)
    target = tmp_path / ("shop.db" if back == "sqlite" else "shop")
    report = report_of(f"duckdb:{tmp_path / 'shop.duckdb'}", f"{back}:{target}")
    assert report["rows"] == 31000 and all(table["verified"] == "full" for table in report["tables"])
    if back == "sqlite":
        with sqlite3.connect(source) as there, sqlite3.connect(target) as here:
            sql = "select order_id, user_id, amount, category, note from orders order by 1"
            assert here.execute(sql).fetchall() == there.execute(sql).fetchall()
    assert leftovers(tmp_path)[-1].split("/")[0] in ("shop", "shop.duckdb")


def test_what_only_duckdb_has_a_type_for_goes_out_as_text(tmp_path):
    run("sql", "--database", tmp_path / "d.duckdb",
        "create table t as select i, time '01:02:03.456' + to_minutes(i) as at, to_days(i) as span, "
        "[i, null, i + 1] as list, {'a': i, 'b': 'x'} as pair, i::hugeint * 1000000000000000000000 as huge, uuid() as id "
        "from range(5) r(i) union all by name select 7 as i", check=0)
    report = report_of(f"duckdb:{tmp_path / 'd.duckdb'}", f"sqlite:{tmp_path / 'd.db'}", "--verify", "full")
    (table,) = report["tables"]
    assert table["source_digest"] == table["destination_digest"]
    with contextlib.closing(sqlite3.connect(tmp_path / "d.db")) as connection:
        rows = connection.execute("select at, span, list, pair from t order by i").fetchall()
    assert rows[1] == ("01:03:03.456000", "P1D", "[1,null,2]", '{"a":1,"b":"x"}') and rows[5] == (None,) * 4
    run("migrate", f"duckdb:{tmp_path / 'd.duckdb'}", f"parquet:{tmp_path / 'p'}", "--verify", "full", check=0)
    assert query(tmp_path / "d.duckdb", f"select count(*) from t join read_parquet('{tmp_path}/p/t/*.parquet') p using (i) "
                 "where t.span::varchar is not distinct from p.span and t.at is not distinct from p.at "
                 "and t.huge is not distinct from p.huge") == [(6,)]


def test_a_schema_may_be_called_as_its_file(tmp_path):
    """DuckDB takes a file's name for its catalog's, and then "sales" is either."""
    (tmp_path / "orders.csv").write_text("id,s\n" + "".join(f"{i},x{i}\n" for i in range(300_000)))
    run("copy", tmp_path / "orders.csv", f"duckdb:{tmp_path / 'source.duckdb'}#sales.orders", check=0)
    target = tmp_path / "sales.duckdb"
    report = report_of(f"duckdb:{tmp_path / 'source.duckdb'}", f"duckdb:{target}", "--verify", "full")
    assert [table["rows"] for table in report["tables"]] == [300_000]
    assert query(target, "select count(*), sum(id) from sales.sales.orders") == [(300_000, 44_999_850_000)]
    report_of(f"duckdb:{target}", f"sqlite:{tmp_path / 'back.db'}", "--verify", "full")
    run("copy", f"duckdb:{target}#sales.orders", tmp_path / "back.csv", check=0)
    assert (tmp_path / "back.csv").read_bytes() == (tmp_path / "orders.csv").read_bytes()
    assert b"300000" in run("sql", f"select count(*) from 'duckdb:{target}#sales.orders'", check=0).stdout
    assert b"sales.orders" in run("inspect", f"duckdb:{target}", check=0).stdout


def test_notes_of_a_run_that_did_not_end_are_no_tables(tmp_path):
    source = sqlite(tmp_path / "s.db", "create table a (n int)", "create table b (n int)", "insert into a values (1)")
    target = tmp_path / "d.duckdb"
    run("copy", "-", f"duckdb:{target}#b", "--from", "csv", stdin=b"n\n7\n", check=0)
    run("migrate", f"sqlite:{source}", f"duckdb:{target}", check=3)  # b is there
    assert ("bowyer-parts",) in query(target, "select table_name from duckdb_tables()")
    report = report_of(f"duckdb:{target}", f"parquet:{tmp_path / 'p'}")
    assert {table["source"] for table in report["tables"]} <= {"a", "b"}
    assert "table bowyer-parts" in {left_out["what"] for left_out in report["left_out"]}


def test_foreign_keys_of_a_large_table_come_where_the_memory_does(tmp_path):
    rows = 2_000_001
    numbers = f"with recursive n(i) as (values(1) union all select i + 1 from n where i < {rows})"
    source = sqlite(
        tmp_path / "large.db",
        "create table users (id integer primary key)",
        "insert into users values (0), (1), (2)",
        "create table orders (id integer primary key, user_id integer references users(id))",
        f"insert into orders {numbers.replace('values(1)', 'select 1')} select i, i % 3 from n",
    )
    keys = "select constraint_type from duckdb_constraints() where table_name = 'orders' order by all"
    report = report_of(f"sqlite:{source}", f"duckdb:{tmp_path / 'little.duckdb'}", "--memory", "192MiB")
    (left,) = [one for one in report["left_out"] if one["what"].startswith("foreign key")]
    assert "2,000,001 rows" in left["reason"] and "2 times as much --memory" in left["reason"]
    assert query(tmp_path / "little.duckdb", keys) == [("NOT NULL",), ("PRIMARY KEY",)]
    report = report_of(f"sqlite:{source}", f"duckdb:{tmp_path / 'much.duckdb'}", "--memory", "384MiB", timeout=120)
    assert not [one for one in report["left_out"] if one["what"].startswith("foreign key")]
    assert ("FOREIGN KEY",) in query(tmp_path / "much.duckdb", keys)
    assert query(tmp_path / "much.duckdb", "select count(*), sum(id), sum(user_id) from orders") == [
        (rows, rows * (rows + 1) // 2, 2_000_001)
    ]


TEXT_FORMS = {  # DuckDB values -> what SQLite keeps of them, in a column declared so
    "time": (["time '00:00:00'", "time '23:59:59.999999'", "time '24:00:00'"], ["00:00:00.000000", "23:59:59.999999", "24:00:00.000000"], "TEXT"),
    "time_ns": (["'12:00:00.123456789'::time_ns"], ["12:00:00.123456789"], "TEXT"),
    "timetz": (["'12:00:00+05'::timetz"], ["12:00:00+05"], "TEXT"),
    "interval": (
        ["interval '-3 days'", "interval '-14 months -2 days 5 hours'", "interval '-0.5 seconds'", "interval '0 days'",
         "interval '1 month -1 day'"],
        ["P-3D", "P-14M-2DT18000S", "PT-0.500000000S", "PT0S", "P1M-1D"], "TEXT",
    ),
    "list": (["[[1.5, null], null, []]", "[]"], ["[[1.5,null],null,[]]", "[]"], "TEXT"),
    "texts": (["""[['a"b', 'c,d', null, '']]"""], ["""[["a\\"b","c,d",null,""]]"""], "TEXT"),
    "times": (["[time '01:02:03', null]"], ['["01:02:03.000000",null]'], "TEXT"),
    "array": (["[1, null]::int[2]"], ["[1,null]"], "TEXT"),
    "struct": (
        ["{'i': interval '-1 month', 'at': timestamp '2020-01-01 00:00:00.5', 'l': [{'b': '\\x00\\xff'::blob}, null]}"],
        ['{"i":"P-1M","at":"2020-01-01T00:00:00.500000","l":[{"b":"AP8="},null]}'], "TEXT",
    ),
    "map": (["map {'a': 1, 'b': null}"], ['[{"key":"a","value":1},{"key":"b","value":null}]'], "TEXT"),
    "union": (["union_value(k := 5)"], ['{"k":5}'], "TEXT"),
    "enum": (["'x'::enum('x', 'y')"], ["x"], "TEXT"),
    "nanoseconds": (["'2020-01-01 00:00:00.123456789'::timestamp_ns"], ["2020-01-01T00:00:00.123456789"], "TIMESTAMP_NS"),
}


@pytest.mark.parametrize("kind", TEXT_FORMS)
def test_values_without_a_type_in_sqlite_are_its_texts_and_compared(kind, tmp_path):
    values, texts, declared = TEXT_FORMS[kind]
    source, target = tmp_path / "d.duckdb", tmp_path / "d.db"
    listed = ", ".join(f"({i}, {value})" for i, value in enumerate([*values, "null"]))
    run("sql", "--database", source, f"create table t as select * from (values {listed}) v(i, a)", check=0)
    plan = report_of(f"duckdb:{source}", f"sqlite:{target}", "--dry-run")
    assert plan["tables"][0]["columns"][1]["destination_type"] == declared and not target.exists()
    (table,) = report_of(f"duckdb:{source}", f"sqlite:{target}", "--verify", "full")["tables"]
    column = table["columns"][1]
    assert column["destination_type"] == declared and column["source_digest"] == column["destination_digest"]
    with contextlib.closing(sqlite3.connect(target)) as connection:
        assert [text for (text,) in connection.execute("select a from t order by i")] == [*texts, None]
        # What is compared is what is there: another text is told.
        connection.execute("update t set a = 'other' where i = 0")
        connection.commit()
    back = report_of(f"sqlite:{target}", f"duckdb:{tmp_path / 'back.duckdb'}", "--verify", "full")
    assert back["tables"][0]["source_digest"] != table["source_digest"]


def test_times_of_day_come_back_out_of_sqlite_when_told(tmp_path):
    run("sql", "--database", tmp_path / "d.duckdb",
        "create table t as select i, time '00:00:00' + to_microseconds(i * 7654321987) as at from range(10) r(i) "
        "union all by name select 10 as i", check=0)
    there = report_of(f"duckdb:{tmp_path / 'd.duckdb'}", f"sqlite:{tmp_path / 'd.db'}")["tables"][0]
    back = report_of(f"sqlite:{tmp_path / 'd.db'}", f"duckdb:{tmp_path / 'b.duckdb'}", "--type", "t.at=time")["tables"][0]
    assert back["columns"][1]["destination_type"] == "TIME"
    both = f"attach '{tmp_path}/b.duckdb' as b (read_only); select count(*) from t join b.t u using (i) where t.at is not distinct from u.at"
    assert query(tmp_path / "d.duckdb", both) == [(11,)] and there["rows"] == back["rows"] == 11


def test_counting_alone_and_no_verification(source, tmp_path):
    for how in ("count", "none"):
        for target in (f"duckdb:{tmp_path / how}.duckdb", f"parquet:{tmp_path / how}/"):
            report = report_of(f"sqlite:{source}", target, "--verify", how)
            assert {table["verified"] for table in report["tables"]} == {how}
            assert all(table["source_digest"] == "" for table in report["tables"])


def test_a_table_that_is_there_is_an_error_unless_told(source, tmp_path):
    target = tmp_path / "shop.duckdb"
    run("migrate", f"sqlite:{source}", f"duckdb:{target}", check=0)
    result = run("migrate", f"sqlite:{source}", f"duckdb:{target}", check=3)
    assert "already" in result.stderr and "--overwrite" in result.stderr
    assert query(target, "select count(*) from orders") == [(30000,)]
    run("migrate", f"sqlite:{source}", f"duckdb:{target}", "--overwrite", check=0)
    assert query(target, "select count(*) from orders") == [(30000,)]
    run("migrate", f"sqlite:{source}", f"duckdb:{target}", "--tables", "orders", "--append", check=4)
    assert query(target, "select count(*) from orders") == [(30000,)]


def test_rows_beyond_the_greatest_value_are_merged(tmp_path):
    source = shop(tmp_path / "shop.db", orders=1000, users=50)
    target = tmp_path / "shop.duckdb"
    run("migrate", f"sqlite:{source}", f"duckdb:{target}", check=0)
    sqlite(source, "insert into orders select order_id + 1000, user_id, amount, category, note from orders")
    report = report_of(f"sqlite:{source}", f"duckdb:{target}", "--tables", "orders", "--incremental", "orders:order_id")
    assert report["tables"][0]["rows"] == 1000
    assert query(target, "select count(*), count(distinct order_id) from orders") == [(2000, 2000)]
    report = report_of(f"sqlite:{source}", f"duckdb:{target}", "--tables", "orders", "--incremental", "orders:order_id")
    assert report["tables"][0]["rows"] == 0
    assert query(target, "select count(*) from orders") == [(2000,)]


def test_many_small_tables(tmp_path):
    # More than DuckDB's memory would hold until a checkpoint.
    source = sqlite(
        tmp_path / "many.db",
        *[f'create table "table {i}" (a integer primary key, b text, c text, d real)' for i in range(500)],
        *[f"insert into \"table {i}\" values (1, 'x', 'y', 1.5), (2, null, null, null)" for i in range(500)],
    )
    report = report_of(f"sqlite:{source}", f"duckdb:{tmp_path / 'many.duckdb'}", timeout=120)
    assert len(report["tables"]) == 500 and report["rows"] == 1000


def test_a_table_of_many_columns_and_one_of_large_cells(tmp_path):
    columns = ", ".join(f"c{i} integer" for i in range(1900))
    source = sqlite(
        tmp_path / "wide.db",
        f"create table wide ({columns})",
        "create table large (a integer primary key, b blob)",
        *[f"insert into wide values ({', '.join(str(i + row) for i in range(1900))})" for row in range(20)],
        *["insert into large values (null, zeroblob(20000000))" for _ in range(3)],
    )
    target = tmp_path / "wide.duckdb"
    report_of(f"sqlite:{source}", f"duckdb:{target}", timeout=60, memory_gib=2)
    assert query(target, "select count(*), sum(c0), sum(c1899) from wide") == [(20, 190, 20 * 1899 + 190)]
    assert query(target, "select octet_length(b) from large") == [(20_000_000,)] * 3


def test_a_table_of_documents_fits_into_the_memory_of_every_run(tmp_path):
    path = tmp_path / "documents.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("create table documents (id integer primary key, body blob, tags text)")
        for i in range(300):
            body = i.to_bytes(4, "little") * 250_000
            connection.execute("insert into documents values (?, ?, ?)", (i, body, f"tag {i % 7} " * 1000))
        connection.commit()
    target = tmp_path / "documents.duckdb"
    report_of(f"sqlite:{path}", f"duckdb:{target}", "--verify", "count", timeout=60, memory_gib=1)
    assert query(target, "select count(*), sum(octet_length(body)), sum(length(tags)) from documents") == [
        (300, 300_000_000, sum(len(f"tag {i % 7} ") * 1000 for i in range(300)))
    ]
    for i, body in query(target, "select id, body from documents where id % 50 = 7"):
        assert body == i.to_bytes(4, "little") * 250_000


def test_a_terminal_shows_each_table_on_its_way_and_the_whole(tmp_path):
    source = shop(tmp_path / "shop.db", orders=1_000_000, users=200_000)
    ours, theirs = pty.openpty()
    # One thread: long enough to be drawn at each step.
    command = [BOWYER, "migrate", f"sqlite:{source}", f"duckdb:{tmp_path / 'shop.duckdb'}", "--threads", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    seen = b""
    with contextlib.suppress(OSError):  # the terminal is gone
        while block := os.read(ours, 4096):
            seen += block
    os.close(ours)
    assert process.wait(60) == 0
    drawn = seen.decode().replace("\r\n", "\n")
    assert re.search(r"  orders   ?\d+ %  [\d.,]+ [kM] rows.*\n(  users .*\n)?migrate sqlite:", drawn), drawn
    assert "\x1b[1A\x1b[J" in drawn and "% compared" in drawn
    assert drawn.count("✓ count") == 2


def test_names_that_differ_only_in_case(tmp_path):
    source = sqlite(
        tmp_path / "names.db",
        'create table "Aa" (x integer)',
        'create table "a ""quoted"" name" ("select" integer, "b c" text)',
        'insert into "Aa" values (1)',
        'insert into "a ""quoted"" name" values (1, \'x\')',
    )
    target = tmp_path / "names.duckdb"
    report_of(f"sqlite:{source}", f"duckdb:{target}")
    assert query(target, 'select "select", "b c" from "a ""quoted"" name"') == [(1, "x")]


# --- values beyond their declared types


def test_values_of_other_classes_widen_the_column_and_are_told(tmp_path):
    source = sqlite(
        tmp_path / "mixed.db",
        "create table t (a integer, b text)",
        rows=[("insert into t values (?, ?)", [(i, "x") for i in range(20000)] + [(2.5, "y"), ("three", "z")])],
    )
    target = tmp_path / "mixed.duckdb"
    report = report_of(f"sqlite:{source}", f"duckdb:{target}", "--chunk-rows", 3000)
    table = report["tables"][0]
    assert table["widened"] and table["rows"] == 20002
    assert next(c for c in table["columns"] if c["name"] == "a")["note"] != ""
    assert query(target, "select a from t where b in ('y', 'z') order by b") == [("2.5",), ("three",)]
    result = run(
        "migrate", f"sqlite:{source}", f"duckdb:{tmp_path / 'e.duckdb'}", "--on-mismatch", "error", check=4
    )
    assert "column a" in result.stderr
    assert not (tmp_path / "e.duckdb").exists()
    rejects = tmp_path / "bad.csv"
    report = report_of(
        f"sqlite:{source}", f"duckdb:{tmp_path / 'r.duckdb'}", "--on-mismatch", "reject", "--rejects", rejects
    )
    assert report["rows_rejected"] == 2 and report["rows"] == 20000
    assert "three" in rejects.read_text()


def test_the_last_row_is_there_whatever_the_greatest_rowid(tmp_path):
    """Peers lose the last row where max(rowid) is a multiple of 122,880."""
    source = sqlite(
        tmp_path / "t.db",
        "create table t (a integer primary key)",
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 245760) insert into t select i from n",
        "create table s (a integer primary key)",
        "insert into s values (-9223372036854775808), (-1), (0), (122880), (9223372036854775807)",
    )
    target = tmp_path / "t.duckdb"
    report_of(f"sqlite:{source}", f"duckdb:{target}", "--threads", 4, "--chunk-rows", 20480)
    assert query(target, "select count(*), max(a) from t") == [(245760, 245760)]
    assert query(target, "select count(*), min(a), max(a) from s") == [
        (5, -9223372036854775808, 9223372036854775807)
    ]


# --- runs that end early


def after_chunks(count):
    """The moment at which so many chunks are committed, for cut_short; of runs with -vv."""
    return lambda lines: len(chunks_committed(lines)) >= count


def orders_of(report):
    return next(table for table in report["tables"] if table["source"] == "orders")


def killed_after(seconds, *args):
    """What a run says until it is killed, or is through."""
    process = subprocess.Popen([BOWYER, *map(str, args)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    time.sleep(seconds)
    process.kill()
    return process.communicate()[1].decode().splitlines()


def test_killed_at_random_moments_and_resumed(tmp_path):
    source = shop(tmp_path / "shop.db", orders=400_000)
    target = tmp_path / "out" / "shop.duckdb"
    target.parent.mkdir()
    arguments = [f"sqlite:{source}", f"duckdb:{target}", "--chunk-rows", 8000, "--threads", 2, "--resume"]
    chunks = sum(table["chunks"] for table in report_of(*arguments)["tables"])
    target.unlink()
    moments = random.Random(11)
    committed = set()
    for _ in range(10 if SANITIZED else 50):
        now = chunks_committed(killed_after(moments.random() * (4 if SANITIZED else 0.5), "migrate", *arguments, "-vv"))
        # What was committed is not copied again; but a run that was killed when it had all but its name begins anew.
        if committed.intersection(now):
            assert len(committed) == chunks
            committed = set()
        committed.update(now)
        assert len(now) == len(set(now))
        if target.exists():
            assert query(target, "select count(*) from orders") == [(400_000,)]
            target.unlink()
            committed = set()
            continue
        assert all(pathlib.Path(name).parts[0].startswith(".") for name in leftovers(target.parent))
    with sqlite3.connect(source) as connection:
        there = connection.execute("select * from orders order by order_id").fetchall()
    report_of(*arguments)
    assert query(target, "select * from orders order by order_id") == there
    assert leftovers(target.parent) == ["shop.duckdb"]


def test_no_chunk_that_was_committed_is_copied_again(tmp_path):
    source = shop(tmp_path / "shop.db", orders=400_000)
    target = tmp_path / "shop.duckdb"
    arguments = ["migrate", f"sqlite:{source}", f"duckdb:{target}", "--chunk-rows", 8000, "--threads", 2, "--resume", "-vv"]
    code, lines = cut_short(*arguments, when=after_chunks(5), target=target)
    before = chunks_committed(lines)
    assert code == -signal.SIGKILL and len(before) >= 5
    done = run(*arguments, "--report", tmp_path / "report.json", check=0)
    report = json.loads((tmp_path / "report.json").read_text())
    now = chunks_committed(done.stderr.splitlines())
    kept = sum(table["chunks_kept"] for table in report["tables"])
    chunks = sum(table["chunks"] for table in report["tables"])
    # A chunk or two may have been committed and not yet said so.
    assert not set(before) & set(now) and kept >= len(before) and kept + len(now) == chunks
    assert all(table["verified"] == "full" for table in report["tables"])
    with sqlite3.connect(source) as connection:
        there = connection.execute("select * from orders order by order_id").fetchall()
    assert query(target, "select * from orders order by order_id") == there


@pytest.mark.parametrize("kind", ["duckdb", "sqlite", "parquet", "postgres"])
def test_chunks_of_a_widened_table_are_kept_too(kind, tmp_path, request):
    rows = [("x", b"x")] + [(i, bytes([i % 256])) for i in range(300_000)]
    source = sqlite(tmp_path / "mixed.db", "create table t (a integer, b blob)", rows=[("insert into t values (?, ?)", rows)])
    if kind == "postgres":
        target, destination = None, request.getfixturevalue("postgres").uri()
    else:
        destination = f"{kind}:{tmp_path / 'out'}"
        target = tmp_path / "out" / "t" if kind == "parquet" else tmp_path / "out"
    arguments = [f"sqlite:{source}", destination, "--chunk-rows", 5000, "--resume"]

    def widened(lines):
        anew = next((i for i, line in enumerate(lines) if "begins anew" in line), len(lines))
        return len(chunks_committed(lines[anew:])) >= 5  # one of them may be of before

    cut_short("migrate", *arguments, "-vv", when=widened, target=target)
    table = report_of(*arguments)["tables"][0]
    assert table["widened"] and table["rows"] == len(rows) and table["verified"] == "full"
    assert 4 <= table["chunks_kept"] < table["chunks"]
    assert table["columns"][0]["note"] != ""


def test_what_may_have_changed_is_copied_anew(tmp_path):
    source = shop(tmp_path / "shop.db", orders=300_000)
    target = tmp_path / "shop.duckdb"
    arguments = [f"sqlite:{source}", f"duckdb:{target}", "--chunk-rows", 5000]
    cut_short("migrate", *arguments, "-vv", when=after_chunks(3), target=target)
    sqlite(source, "update orders set amount = 1")
    assert orders_of(report_of(*arguments, "--resume"))["chunks_kept"] == 0
    assert query(target, "select distinct amount from orders") == [(1.0,)]


def test_without_resume_nothing_of_a_dead_run_stays(tmp_path):
    source = shop(tmp_path / "shop.db", orders=300_000)
    target = tmp_path / "shop.duckdb"
    arguments = [f"sqlite:{source}", f"duckdb:{target}", "--chunk-rows", 5000]
    cut_short("migrate", *arguments, "-vv", when=after_chunks(3), target=target)
    report = report_of(*arguments)
    assert sum(table["chunks_kept"] for table in report["tables"]) == 0
    assert leftovers(tmp_path) == ["shop.db", "shop.duckdb"]


@pytest.mark.parametrize("signal_number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_a_signal(signal_number, code, tmp_path):
    source = shop(tmp_path / "shop.db", orders=400_000)
    target = tmp_path / "shop.duckdb"
    arguments = ["migrate", f"sqlite:{source}", f"duckdb:{target}", "--chunk-rows", 5000, "-vv"]
    ended, lines = cut_short(*arguments, when=after_chunks(2), cut=signal_number, target=target)
    assert ended == code, lines
    assert not target.exists()


# --- the corpus


@pytest.mark.parametrize("name", corpus_files("sqlite", "good"))
def test_every_sqlite_database_of_the_corpus_arrives_whole(name, tmp_path):
    target = tmp_path / "t.duckdb"
    copy = tmp_path / "source.db"
    for suffix in ("", "-wal", "-journal"):
        if (CORPUS / (name + suffix)).exists():
            (tmp_path / ("source.db" + suffix)).write_bytes((CORPUS / (name + suffix)).read_bytes())
    report = report_of(f"sqlite:{copy}", f"duckdb:{target}")
    assert all(table["verified"] == "full" for table in report["tables"])
    facts = expected()[name]["sqlite_3.40"]["tables"]
    rows = {table["source"]: table["rows"] for table in report["tables"]}
    for table, wanted in facts.items():
        if wanted.get("kind", "table") == "table" and table in rows:
            assert rows[table] == wanted["rows"], table
    assert set(rows) <= set(facts) and (rows or not facts)


@pytest.mark.parametrize("name", corpus_files("sqlite-bad", "must-refuse", "fuzz"))
def test_damaged_sqlite_databases_are_refused_or_read_right(name, tmp_path):
    copy = tmp_path / "source.db"
    copy.write_bytes((CORPUS / name).read_bytes())
    result = run("migrate", f"sqlite:{copy}", f"duckdb:{tmp_path / 't.duckdb'}")
    if expected()[name]["expect"] == "must-refuse":
        assert result.code in (3, 4), result
    if result.code != 0:
        assert not (tmp_path / "t.duckdb").exists()
