"""SQLite's tables as sources, against Python's sqlite3: values, one moment, damaged files, the corpus."""

import contextlib
import datetime
import decimal
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import threading
import time

import duckdb
import pyarrow as pa
import pytest

import conftest
from conftest import BOWYER, CORPUS, catches, cut_short, leftovers, run, wait_until


def make(path, *statements):
    """A database, closed again, so that no journal is left."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.executescript(statement)
        connection.commit()
    return path


def copied(source, folder, *options, **kwargs):
    out = folder / "copied.arrows"
    run("copy", *options, source, out, "--overwrite", check=0, **kwargs)
    with pa.ipc.open_stream(out) as reader:
        return pa.Table.from_batches(list(reader), schema=reader.schema)


def location(path, table):
    return f"sqlite:{path}#" + ('"' + table.replace('"', '""') + '"' if table.startswith('"') else table)


# --- the corpus, cell by cell


def quoted(name):
    return '"' + name.replace('"', '""') + '"'


def shortest(number):
    """As docs/types.md spells floating-point numbers."""
    if number != number or number in (float("inf"), float("-inf")):
        return str(number)
    return repr(number)


def as_type(value, kind):
    """What a cell (texts as bytes in a list of their own, so that they differ from blobs) is as a value of an Arrow type."""
    if value is None:
        return None
    text = value[0] if isinstance(value, list) else None
    if pa.types.is_int64(kind):
        assert isinstance(value, int)
        return value
    if pa.types.is_floating(kind):
        assert isinstance(value, (int, float)) and float(value) == value
        return float(value)
    if pa.types.is_boolean(kind):
        assert value in (0, 1)
        return bool(value)
    if pa.types.is_decimal(kind):
        return decimal.Decimal(repr(value) if isinstance(value, float) else value)
    if pa.types.is_date(kind):
        return datetime.date.fromisoformat(text.decode())
    if pa.types.is_timestamp(kind):
        return datetime.datetime.fromisoformat(text.decode())
    if text is None and isinstance(value, (int, float)):
        text = (str(value) if isinstance(value, int) else shortest(value)).encode()
    if pa.types.is_string(kind):
        return text.decode("utf-8")
    assert pa.types.is_binary(kind), kind
    return value if text is None else text


def cells(connection, table):
    rows = connection.execute(
        f"select {', '.join(f'typeof({quoted(c)}), {quoted(c)}' for c in columns_of(connection, table))} from {quoted(table)}"
    )
    for row in rows:
        yield [[v] if kind == b"text" else v for kind, v in zip(row[::2], row[1::2])]


def columns_of(connection, table):
    return [row[0].decode() for row in connection.execute("select name from pragma_table_xinfo(?) where hidden <> 1", (table,))]


corpus = pytest.mark.skipif(not conftest.expected(), reason="no corpus")


@corpus
@pytest.mark.parametrize("name", conftest.corpus_files("sqlite", "good"))
def test_corpus(name, tmp_path):
    facts = conftest.expected()[name]["sqlite_3.40"]
    stem = CORPUS / name
    for path in stem.parent.glob(stem.name + "*"):
        shutil.copyfile(path, tmp_path / path.name)
    database = tmp_path / stem.name
    tables = {table: found for table, found in facts["tables"].items() if not found.get("view")}
    before = {} if "journal" in name else {p: p.read_bytes() for p in tmp_path.iterdir()}
    for table, wanted in tables.items():
        result = copied(location(database, table), tmp_path)
        assert (result.num_rows, result.num_columns) == (wanted["rows"], wanted["cols"]), table
    for path, content in before.items():
        assert path.read_bytes() == content, path
    # Now Python may change side files.
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.text_factory = bytes
        for table in tables:
            result = copied(location(database, table), tmp_path)
            assert result.column_names == columns_of(connection, table)
            if result.num_columns > 1000:
                continue  # two for each are more than a SELECT of SQLite's may have
            for i, row in enumerate(cells(connection, table)):
                ours = [result.column(c)[i].as_py() for c in range(result.num_columns)]
                kinds = result.schema.types
                assert ours == [as_type(value, kind) for value, kind in zip(row, kinds)], (table, i)


@corpus
@pytest.mark.parametrize("name", conftest.corpus_files("sqlite-bad", "must-refuse", "fuzz"))
def test_damaged_files_are_refused_or_right(name, tmp_path):
    database = tmp_path / "bad.db"
    shutil.copyfile(CORPUS / name, database)
    facts = conftest.expected()[name]
    tables = list(facts.get("sqlite_3.40", {}).get("tables", {})) or ["users", "t"]
    sound = facts.get("sqlite_3.40", {}).get("integrity") == ["ok"]
    for table in tables:
        result = run("copy", location(database, table), tmp_path / "out.arrows")
        if sound:
            assert result.code == 0, result
            with pa.ipc.open_stream(tmp_path / "out.arrows") as reader:
                assert sum(batch.num_rows for batch in reader) == facts["sqlite_3.40"]["tables"][table]["rows"]
            os.remove(tmp_path / "out.arrows")
            continue
        assert result.code in (3, 4), result
        assert "bad.db" in result.stderr
        assert leftovers(tmp_path) == ["bad.db"]


def large(path):
    """Large enough that it is checked while its table is read; and the place of an index, of which reading sees nothing."""
    make(
        path,
        "create table t(id integer primary key, v text, filling blob); create index by_v on t(v);"
        "with recursive n(i) as (values(1) union all select i + 1 from n where i < 18000) "
        "insert into t select i, 'v' || i, zeroblob(4000) from n",
    )
    with contextlib.closing(sqlite3.connect(path)) as connection:
        page = connection.execute("select rootpage from sqlite_schema where name = 'by_v'").fetchone()[0]
        size = connection.execute("pragma page_size").fetchone()[0]
    assert os.path.getsize(path) > 64 << 20
    return path, (page - 1) * size


def damage(path, place):
    with open(path, "r+b") as file:
        file.seek(place)
        file.write(bytes([10, 255, 255, 255, 255, 255]))


def test_nothing_of_a_large_damaged_file_is_shown(tmp_path):
    database, place = large(tmp_path / "large.db")
    run("migrate", f"sqlite:{database}", f"duckdb:{tmp_path / 'sound.duckdb'}", check=0)
    damage(database, place)
    run("sql", "select 1 as one", "-o", f"duckdb:{tmp_path / 'there.duckdb'}#old", check=0)
    for destination in ["new.duckdb", "there.duckdb"]:
        result = run("migrate", f"sqlite:{database}", f"duckdb:{tmp_path / destination}", check=4)
        assert "large.db" in result.stderr and "damaged" in result.stderr, result
    assert not (tmp_path / "new.duckdb").exists()
    result = run("sql", f"select * from 'duckdb:{tmp_path / 'there.duckdb'}#t'")
    assert result.code != 0 and "there is no table" in result.stderr, result


def test_no_copy_of_a_large_damaged_file_is_shown(tmp_path):
    database, place = large(tmp_path / "large.db")
    source = location(database, "t")
    run("copy", source, tmp_path / "sound.parquet", check=0)
    damage(database, place)
    run("sql", "select 1 as one", "-o", f"duckdb:{tmp_path / 'there.duckdb'}#old", check=0)
    (tmp_path / "old.csv").write_text("kept")
    before = leftovers(tmp_path)

    def refused(*arguments):
        result = run(*arguments, check=4)
        assert "large.db" in result.stderr and "the database is damaged" in result.stderr, result
        assert leftovers(tmp_path) == before and (tmp_path / "old.csv").read_text() == "kept"

    refused("copy", source, tmp_path / "new.parquet")
    refused("copy", source, tmp_path / "old.csv", "--overwrite")
    refused("copy", source, f"duckdb:{tmp_path / 'new.duckdb'}#t")
    refused("copy", source, f"duckdb:{tmp_path / 'there.duckdb'}#t")
    # Rows may be few, sorted, or chosen: the file is damaged all the same.
    refused("copy", source, tmp_path / "new.csv", "--limit", 1)
    refused("copy", source, tmp_path / "new.csv", "--limit", 1, "--sort", "id desc", "--select", "id")
    refused("copy", source, tmp_path / "new.csv", "--where", "id = 7", "--select", "id", "--threads", 1)
    refused("sql", f"select count(*) from '{source}'", "-o", tmp_path / "new.csv")
    refused("inspect", source)
    # A check that nobody waits for keeps nobody waiting: the column is the fault that counts.
    run("copy", source, tmp_path / "new.csv", "--select", "no", check=2)
    with duckdb.connect(str(tmp_path / "there.duckdb"), read_only=True) as connection:
        assert connection.execute("show tables").fetchall() == [("old",)]


# --- rows and ranges


@pytest.mark.parametrize("rows", [122_880, 122_881, 245_760])
@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_last_row_is_there_wherever_ranges_end(rows, threads, tmp_path):
    database = tmp_path / "d.db"
    make(
        database,
        f"create table t(id integer primary key, v text);"
        f"with recursive n(i) as (values(1) union all select i + 1 from n where i < {rows}) insert into t select i, 'v' || i from n",
    )
    table = copied(f"sqlite:{database}#t", tmp_path, "--threads", threads)
    assert table.num_rows == rows
    assert table["id"].to_pylist() == list(range(1, rows + 1))
    counted = run("sql", f"select count(*), max(id), sum(id) from 'sqlite:{database}#t'", "--json", check=0)
    assert str(rows) in counted.stdout.decode()


def test_a_type_surprise_late_in_the_table(tmp_path):
    database = make(
        tmp_path / "d.db",
        "create table t(price decimal(5,2));"
        "with recursive n(i) as (values(1) union all select i + 1 from n where i < 100000) insert into t select 1.25 from n;"
        "insert into t values (1000), (12345.678);",
    )
    table = copied(f"sqlite:{database}#t", tmp_path)
    assert table.schema.field("price").type == pa.decimal128(8, 3)
    assert table["price"].to_pylist()[-2:] == [decimal.Decimal("1000.000"), decimal.Decimal("12345.678")]


def test_numbers_in_a_timestamp_column_are_no_dates_unless_told(tmp_path):
    database = make(tmp_path / "d.db", "create table t(at timestamp); insert into t values (1700000000000), (1700000000001)")
    table = copied(f"sqlite:{database}#t", tmp_path)
    assert table.schema.field("at").type == pa.int64()
    assert table["at"].to_pylist() == [1700000000000, 1700000000001]


def test_texts_with_nul_and_without_utf8(tmp_path):
    with contextlib.closing(sqlite3.connect(tmp_path / "d.db")) as connection:
        connection.execute("create table t(a text, b text)")
        connection.execute("insert into t values (?, cast(? as text))", ("x\0y", b"\xff\xfe"))
        connection.commit()
    table = copied(f"sqlite:{tmp_path}/d.db#t", tmp_path)
    assert table["a"].to_pylist() == ["x\0y"]
    assert table["b"].to_pylist() == [b"\xff\xfe"]


def test_a_told_type_that_does_not_fit_is_an_error_with_its_place(tmp_path):
    database = make(tmp_path / "d.db", "create table t(id integer primary key, s text); insert into t values (7, '12'), (9, 'x')")
    result = run("copy", f"sqlite:{database}#t", tmp_path / "o.parquet", "--type", "s=int64", check=4)
    assert "d.db#t" in result.stderr and "column s" in result.stderr and 'rowid 9: the text "x" is no int64' in result.stderr
    rejected = run("copy", f"sqlite:{database}#t", tmp_path / "o.csv", "--type", "s=int64", "--rejects", tmp_path / "bad.csv", check=0)
    assert (tmp_path / "o.csv").read_text() == "id,s\n7,12\n"
    assert "rowid 9" in (tmp_path / "bad.csv").read_text() and "9,'x'" in (tmp_path / "bad.csv").read_text(), rejected


def test_texts_are_read_as_times_of_day_and_durations_when_told(tmp_path):
    database = make(
        tmp_path / "d.db",
        "create table t(id integer primary key, at text, span text);"
        "insert into t values (1, '10:15', 'PT5S'), (2, '23:59:59.000001', '-P1DT2H0.5S'), (3, null, null), (4, '24:00:00', 'P0D')",
    )
    told = ["--type", "at=time", "--type", "span=duration"]
    table = copied(f"sqlite:{database}#t", tmp_path, *told)
    assert table.schema.field("at").type == pa.time64("us") and table.schema.field("span").type == pa.duration("us")
    assert table["at"].cast(pa.int64()).to_pylist() == [36900 * 10**6, 86399 * 10**6 + 1, None, 86400 * 10**6]
    assert table["span"].to_pylist() == [
        datetime.timedelta(seconds=5), -datetime.timedelta(days=1, hours=2, seconds=0.5), None, datetime.timedelta(0),
    ]
    run("migrate", f"sqlite:{database}", f"duckdb:{tmp_path / 'd.duckdb'}", "--type", "t.at=time", "--type", "t.span=duration",
        "--verify", "full", check=0)
    with duckdb.connect(str(tmp_path / "d.duckdb"), read_only=True) as connection:
        assert connection.execute("select typeof(t.at), t.at::varchar, typeof(span), span = interval '-93600500 milliseconds' "
                                  "from t where id = 2").fetchall() == [("TIME", "23:59:59.000001", "INTERVAL", True)]


@pytest.mark.parametrize("kind, cell, said", [
    ("time", "'7:15'", 'the text "7:15" is no time64[us]'),
    ("time", "'25:00'", 'the text "25:00" is no time64[us]'),
    ("time", "'10:00Z'", 'the text "10:00Z" is no time64[us]'),
    ("time", "'10:00:00.1234567'", "is no time64[us]"),
    ("time32[s]", "'10:00:00.5'", "is no time32[s]"),
    ("time", "'x'", "is no time64[us]"),
    ("time", "36900", "the integer 36900 is no time64[us]"),
    ("time", "x'31'", "the blob x'31' is no time64[us]"),
    ("duration", "'00:05'", 'the text "00:05" is no duration[us]'),
    ("duration", "'P1Y'", 'the text "P1Y" is no duration[us]'),
    ("duration", "0.5", "the real 0.5 is no duration[us]"),
])
def test_what_is_no_time_of_day_or_duration_is_an_error_with_its_place(kind, cell, said, tmp_path):
    good = "PT1S" if kind == "duration" else "10:15"
    database = make(tmp_path / "d.db", f"create table t(id integer primary key, c); insert into t values (7, '{good}'), (9, {cell})")
    result = run("copy", f"sqlite:{database}#t", tmp_path / "o.parquet", "--type", f"c={kind}", check=4)
    assert "d.db#t" in result.stderr and "column c" in result.stderr and "rowid 9: " in result.stderr and said in result.stderr
    run("copy", f"sqlite:{database}#t", tmp_path / "o.csv", "--type", f"c={kind}", "--rejects", tmp_path / "bad.csv", check=0)
    assert (tmp_path / "o.csv").read_text().count("\n") == 2 and "rowid 9" in (tmp_path / "bad.csv").read_text()
    result = run("migrate", f"sqlite:{database}", f"duckdb:{tmp_path / 'd.duckdb'}", "--type", f"t.c={kind}", check=4)
    assert said in result.stderr and "in place of" not in result.stderr and '--type "c"=text' in result.stderr, result


def test_nanoseconds_come_back(tmp_path):
    table = pa.table({
        "at": pa.array([1, None, -(2**63) + 1], pa.timestamp("ns")),
        "instant": pa.array([1, None, 2**63 - 1], pa.timestamp("ns", "UTC")),
    })
    with pa.OSFile(str(tmp_path / "t.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    run("copy", "t.arrow", "sqlite:d.db#t", cwd=tmp_path, check=0)
    assert rows(tmp_path / "d.db", "select type from pragma_table_xinfo('t')") == [("TIMESTAMP_NS",), ("TIMESTAMPTZ_NS",)]
    assert copied(f"sqlite:{tmp_path}/d.db#t", tmp_path).equals(table)
    # Into a table whose moments have fewer digits they go as they are: texts.
    make(tmp_path / "d.db", "create table there(at timestamp, instant timestamptz)")
    run("copy", "t.arrow", "sqlite:d.db#there", "--append", cwd=tmp_path, check=0)
    assert rows(tmp_path / "d.db", "select * from there except select * from t") == []


# --- locations


def test_misspelt_tables_get_the_closest_name(tmp_path):
    database = make(tmp_path / "d.db", "create table orders(id int); create table users(id int)")
    result = run("copy", f"sqlite:{database}#ordres", tmp_path / "o.csv", check=3)
    assert 'did you mean "orders"' in result.stderr and "its tables: orders, users" in result.stderr
    result = run("copy", f"sqlite:{database}", tmp_path / "o.csv", check=2)
    assert "names no table" in result.stderr
    result = run("copy", f"sqlite:{tmp_path}/none.db#t", tmp_path / "o.csv", check=3)
    assert "none.db" in result.stderr and not (tmp_path / "none.db").exists()


def test_queries(tmp_path):
    database = make(tmp_path / "d.db", "create table t(a int, b text); insert into t values (1, 'x'), (2, 'y')")
    table = copied(f"sqlite:{database}?query=select a * 2 as twice, count(*) over () n, b from t order by a desc -- all", tmp_path)
    assert table.to_pydict() == {"twice": [4, 2], "n": [2, 2], "b": ["y", "x"]}
    for sql in ["delete from t", "select 1; select 2", "select 1) union (select 2", "", "pragma user_version = 3", "attach 'x' as y"]:
        result = run("copy", f"sqlite:{database}?query={sql}", tmp_path / "o.csv")
        assert result.code == 2, (sql, result)
        assert "one SELECT" in result.stderr
    assert not (tmp_path / "x").exists()


def test_inspect_lists_tables_and_columns(tmp_path):
    database = make(tmp_path / "d.db", "create table t(a int); insert into t values (1), (2); create view v as select a from t")
    facts = json.loads(run("inspect", f"sqlite:{database}", "--json", check=0).stdout)
    assert [(t["name"], t["kind"], t["rows"]) for t in facts["tables"]] == [("t", "table", 2), ("v", "view", None)]
    page = run("inspect", f"sqlite:{database}#t", "--head", "1", check=0).stdout.decode()
    assert "SQLite table, 2 rows" in page and "int64" in page


def test_joins_with_files(tmp_path):
    database = make(tmp_path / "d.db", "create table t(id int, name text); insert into t values (1, 'ann'), (2, 'bo')")
    (tmp_path / "o.csv").write_text("id,amount\n1,5\n1,6\n")
    result = run("sql", f"select name, sum(amount) s from 'sqlite:{database}#t' join 'o.csv' using (id) group by name", cwd=tmp_path, check=0)
    assert b"ann,11" in result.stdout


# --- other programs at the same database


def test_rows_of_the_log_are_seen_and_writers_go_on(tmp_path):
    database = tmp_path / "d.db"
    with contextlib.closing(sqlite3.connect(database)) as writer:
        writer.executescript("pragma journal_mode = wal; pragma wal_autocheckpoint = 0; create table t(id integer primary key);")
        writer.executemany("insert into t values (?)", [(i,) for i in range(500)])
        writer.commit()
        assert copied(f"sqlite:{database}#t", tmp_path).num_rows == 500
        # In the middle of a transaction of another program.
        writer.execute("insert into t values (1000)")
        assert copied(f"sqlite:{database}#t", tmp_path).num_rows == 500
        writer.commit()
        assert copied(f"sqlite:{database}#t", tmp_path).num_rows == 501


def test_one_moment_while_another_program_writes(tmp_path):
    database = make(
        tmp_path / "d.db",
        "pragma journal_mode = wal; create table t(id integer primary key, v int);"
        "with recursive n(i) as (values(1) union all select i + 1 from n where i < 200000) insert into t select i, 0 from n;",
    )
    stop = threading.Event()

    def write():
        with contextlib.closing(sqlite3.connect(database, timeout=30)) as writer:
            writer.execute("pragma synchronous = off")
            while not stop.is_set():
                writer.execute("update t set v = v + 1 where id in (1, 100000, 200000)")
                writer.commit()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for _ in range(5):
            table = copied(f"sqlite:{database}#t", tmp_path, "--threads", 4)
            assert table.num_rows == 200000
            values = table["v"].to_pylist()
            assert values[0] == values[99999] == values[199999]
    finally:
        stop.set()
        thread.join()


def test_a_locked_database_is_told(tmp_path):
    database = make(tmp_path / "d.db", "create table t(id int)")
    with contextlib.closing(sqlite3.connect(database)) as writer:
        writer.execute("begin exclusive")
        result = run("copy", f"sqlite:{database}#t", tmp_path / "o.csv", check=3)
        assert "another program is writing" in result.stderr


def test_an_endless_view_is_interrupted(tmp_path):
    database = make(tmp_path / "d.db", "create view v as with recursive n(i) as (values(1) union all select i + 1 from n) select i from n")
    process = subprocess.Popen([BOWYER, "copy", f"sqlite:{database}#v", str(tmp_path / "o.parquet")], stderr=subprocess.PIPE)
    wait_until(lambda: catches(process, signal.SIGINT))
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 130, errors
    assert leftovers(tmp_path) == ["d.db"]


def test_what_is_no_file_is_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    result = run("copy", f"sqlite:{tmp_path}/pipe#t", tmp_path / "o.csv", timeout=10, check=3)
    assert "no file" in result.stderr
    result = run("copy", "sqlite::memory:#t", tmp_path / "o.csv", cwd=tmp_path, check=3)
    assert not (pathlib.Path(tmp_path) / ":memory:").exists()
    assert "cannot be opened" in result.stderr


# --- as a destination


def rows(path, sql):
    with contextlib.closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def everything():
    """A table of Arrow's types, with a null in each column."""
    utc = datetime.timezone.utc
    moment = datetime.datetime(2026, 11, 21, 12, 34, 56, 789000)
    return pa.table(
        {
            "b": pa.array([True, None, False]),
            "i8": pa.array([-128, None, 127], pa.int8()),
            "u32": pa.array([0, None, 2**32 - 1], pa.uint32()),
            "i64": pa.array([-(2**63), None, 2**63 - 1]),
            "u64": pa.array([0, None, 2**64 - 1], pa.uint64()),
            "f": pa.array([0.1, None, float("inf")]),
            "nan": pa.array([1.5, None, float("nan")]),
            "d": pa.array([decimal.Decimal("12.50"), None, decimal.Decimal("-99999999.99")], pa.decimal128(10, 2)),
            "big": pa.array([decimal.Decimal("1" * 30 + ".25"), None, decimal.Decimal("0.10")], pa.decimal128(38, 2)),
            "s": pa.array(["a\0b", None, ""]),
            "raw": pa.array([b"\x00\xff", None, b""]),
            "day": pa.array([datetime.date(2026, 11, 21), None, datetime.date(1, 1, 1)]),
            "at": pa.array([moment, None, datetime.datetime(1970, 1, 1)], pa.timestamp("us")),
            "instant": pa.array([moment.replace(tzinfo=utc), None, moment.replace(tzinfo=utc)], pa.timestamp("us", "UTC")),
        }
    )


def test_types_come_back(tmp_path):
    table = everything()
    with pa.OSFile(str(tmp_path / "t.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    run("copy", "t.arrow", "sqlite:d.db#t", cwd=tmp_path, check=0)
    assert leftovers(tmp_path) == ["d.db", "t.arrow"]
    back = copied(f"sqlite:{tmp_path}/d.db#t", tmp_path)
    for name in table.column_names:
        if name == "nan":
            assert str(back[name].to_pylist()) == "[1.5, None, nan]"
            continue
        kind = {"i8": pa.int64(), "u32": pa.int64(), "u64": pa.decimal128(20, 0)}.get(name, table.schema.field(name).type)
        assert back.schema.field(name).type == kind, name
        assert back[name].to_pylist() == table[name].to_pylist(), name
    assert rows(tmp_path / "d.db", "pragma integrity_check") == [("ok",)]
    assert rows(tmp_path / "d.db", "select day, at, d, typeof(d), big from t limit 1") == [
        ("2026-11-21", "2026-11-21T12:34:56.789000", 12.5, "real", "1" * 30 + ".25")
    ]


def test_nested_values_are_json(tmp_path):
    (tmp_path / "t.json").write_text('{"a": {"x": [1, null]}, "t": "12:00:00"}\n')
    run("copy", "t.json", "sqlite:d.db#t", cwd=tmp_path, check=0)
    assert rows(tmp_path / "d.db", "select a, t from t") == [('{"x":[1,null]}', "12:00:00")]


def test_negative_zero_is_refused_with_its_row(tmp_path):
    (tmp_path / "t.csv").write_text("x\n1.5\n-0.0\n")
    result = run("copy", "t.csv", "sqlite:d.db#t", cwd=tmp_path, check=4)
    assert "column x" in result.stderr and "row 2" in result.stderr and "-0.0" in result.stderr
    assert leftovers(tmp_path) == ["t.csv"]


def test_what_is_there_stays_unless_told_otherwise(tmp_path):
    (tmp_path / "a.csv").write_text("id,name\n1,ann\n2,bo\n")
    (tmp_path / "b.csv").write_text("name,id\nBO,2\ncy,3\n")
    copy = lambda *words, **options: run("copy", *words, cwd=tmp_path, **options)
    read = lambda: rows(tmp_path / "d.db", "select id, name from t order by rowid")
    copy("a.csv", "sqlite:d.db#t", check=0)
    result = copy("b.csv", "sqlite:d.db#t", check=3)
    assert "already" in result.stderr and "--append" in result.stderr
    result = copy("b.csv", "sqlite:d.db#t", "--upsert", "id", check=0)
    assert "1 row updated, 1 row inserted" in result.stderr
    assert read() == [(1, "ann"), (2, "BO"), (3, "cy")]
    copy("b.csv", "sqlite:d.db#t", "--append", check=0)
    assert read() == [(1, "ann"), (2, "BO"), (3, "cy"), (2, "BO"), (3, "cy")]
    copy("a.csv", "sqlite:d.db#u", check=0)
    copy("a.csv", "sqlite:d.db#t", "--overwrite", check=0)
    assert read() == [(1, "ann"), (2, "bo")]
    assert len(rows(tmp_path / "d.db", "select * from u")) == 2
    (tmp_path / "c.csv").write_text("id,nam\nx,1\n")
    result = copy("c.csv", "sqlite:d.db#t", "--append", check=4)
    assert '"id": INTEGER in the table, TEXT in the rows' in result.stderr
    assert '"nam": not in the table' in result.stderr and '"name": TEXT in the table, not in the rows' in result.stderr
    assert read() == [(1, "ann"), (2, "bo")]


def test_a_failed_copy_leaves_the_database_as_it_was(tmp_path):
    make(tmp_path / "d.db", "create table t(id integer primary key, x real); insert into t values (1, 1)")
    (tmp_path / "t.csv").write_text("id,x\n2,0.5\n1,2.5\n")
    before = (tmp_path / "d.db").read_bytes()
    result = run("copy", "t.csv", "sqlite:d.db#t", "--append", cwd=tmp_path, check=4)
    assert "UNIQUE constraint failed: t.id" in result.stderr and "row 2" in result.stderr
    assert rows(tmp_path / "d.db", "select * from t") == [(1, 1.0)]
    assert (tmp_path / "d.db").read_bytes() == before


def lines_without_end():
    yield b"id,v\n"
    while True:
        yield b"".join(b"%d,%s\n" % (i, b"x" * 50) for i in range(10_000))


def test_a_copy_that_is_killed_leaves_nothing_that_looks_finished(tmp_path):
    began = lambda _: any(".bowyer-part" in name for name in leftovers(tmp_path))
    cut_short("copy", "-", "sqlite:d.db#t", "--from", "csv", feed=lines_without_end, when=began, cwd=tmp_path)
    assert all(".bowyer-part" in name for name in leftovers(tmp_path))
    run("copy", "-", "sqlite:d.db#t", "--from", "csv", stdin=b"id,v\n1,a\n", cwd=tmp_path, check=0)
    assert rows(tmp_path / "d.db", "select * from t") == [(1, "a")]
    assert leftovers(tmp_path) == ["d.db"]


def test_names_that_sqlite_takes_for_one_are_refused(tmp_path):
    (tmp_path / "t.csv").write_text("a,A\n1,2\n")
    result = run("copy", "t.csv", "sqlite:d.db#t", cwd=tmp_path, check=4)
    assert "for one" in result.stderr and leftovers(tmp_path) == ["t.csv"]
    (tmp_path / "t.csv").write_text('"x ""y\nz"\n1\n')
    run("copy", "t.csv", 'sqlite:d.db#my "table"', cwd=tmp_path, check=0)
    assert rows(tmp_path / "d.db", 'select "x ""y\nz" from "my ""table"""') == [(1,)]
