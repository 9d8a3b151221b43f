"""DuckDB's tables as sources and destinations, against the duckdb package: types, order, transactions, faults."""

import gzip
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import duckdb
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from conftest import BOWYER, CORPUS, leftovers, run

# What the engine's storage holds, whoever writes it.
OLD_STORAGE = {"storage_compatibility_version": "v1.0.0"}
# Types that only later versions have.
LATER = {"timestamp_tz_ns", "empty_struct", "tuple"}


def connect(path, **options):
    """A database of the duckdb package that the engine can open, too."""
    return duckdb.connect(str(path), config={**OLD_STORAGE, **options})


def rows(path, sql):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def make(path, *statements):
    with connect(path) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


# --- types


def all_types():
    with duckdb.connect() as connection:
        names = [row[0] for row in connection.execute("describe from test_all_types()").fetchall()]
    return [name for name in names if name not in LATER]


# No type of Arrow has these values: greatest and smallest of 128 bits, infinities inside of lists, geometry.
REFUSED = {
    "hugeint": "more than 38 digits",
    "uhugeint": "more than 38 digits",
    "date_array": "infinite",
    "timestamp_array": "infinite",
    "timestamptz_array": "infinite",
    "geometry": "no exact type",
}


@pytest.mark.parametrize("name", all_types())
def test_every_type_keeps_its_values_and_its_type_or_is_refused(name, tmp_path):
    source, copied = tmp_path / "a.duckdb", tmp_path / "b.duckdb"
    make(source, f'create table t as select "{name}" as v from test_all_types()')
    result = run("copy", f"duckdb:{source}#t", f"duckdb:{copied}#t")
    if name in REFUSED:
        assert result.code == 4, result
        assert "column v" in result.stderr and REFUSED[name] in result.stderr, result
        assert "varchar" in result.stderr
        assert leftovers(tmp_path) == ["a.duckdb"]
        return
    assert result.code == 0, result
    with duckdb.connect() as connection:
        connection.execute(f"attach '{source}' as a (read_only); attach '{copied}' as b (read_only)")
        assert connection.execute("describe a.t").fetchall() == connection.execute("describe b.t").fetchall()
        text = "select v::varchar from {}.t"
        assert connection.execute(text.format("a")).fetchall() == connection.execute(text.format("b")).fetchall()


WITH_TYPES = """create table t as select 12345678901234567890123456789012345678::hugeint as huge,
    7::uhugeint as uhuge, 'b'::enum('a', 'b') as letter, '0101'::bit as bits, '12:00:00+02'::timetz as time_tz,
    '{"a": 1}'::json as doc, 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6'::uuid as id, 12::bignum as big,
    [{'k': 'a'::enum('a', 'b')}] as nested, 'a\\x00b'::blob as bytes"""


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_types_of_duckdb_alone_come_back_out_of_files(suffix, tmp_path):
    make(tmp_path / "a.duckdb", WITH_TYPES)
    run("copy", "duckdb:a.duckdb#t", f"t.{suffix}", cwd=tmp_path, check=0)
    run("copy", f"t.{suffix}", "duckdb:b.duckdb#t", cwd=tmp_path, check=0)
    for sql in ["describe t", "select columns(*)::varchar from t"]:
        assert rows(tmp_path / "a.duckdb", sql) == rows(tmp_path / "b.duckdb", sql)


def test_what_arrow_sees(tmp_path):
    make(tmp_path / "a.duckdb", WITH_TYPES)
    run("copy", "duckdb:a.duckdb#t", "t.arrow", cwd=tmp_path, check=0)
    table = pyarrow.feather.read_table(tmp_path / "t.arrow")
    assert table.schema.field("huge").type == pa.decimal128(38, 0)
    assert table.schema.field("letter").type == pa.dictionary(pa.uint8(), pa.string())
    assert table.schema.field("id").type == pa.uuid()
    assert table.schema.field("doc").type == pa.json_(pa.string())
    assert table["bits"].to_pylist() == ["0101"]
    assert table["time_tz"].to_pylist() == ["12:00:00+02"]


def test_metadata_of_strangers_is_a_type_or_nothing(tmp_path):
    for declared in ["INTEGER); drop table old; --", "VARCHAR", "no_such_type", "", "ENUM('a')"]:
        field = pa.field("n", pa.int64(), metadata={"duckdb:type": declared})
        pyarrow.feather.write_feather(pa.table([pa.array([1])], schema=pa.schema([field])), tmp_path / "t.arrow")
        database = make(tmp_path / "d.duckdb", "create or replace table old as select 1")
        run("copy", "t.arrow", "duckdb:d.duckdb#t", "--overwrite", cwd=tmp_path, check=0)
        assert rows(database, "select typeof(n), n from t") == [("BIGINT", 1)]
        assert rows(database, "from old") == [(1,)]


@pytest.mark.parametrize(
    "array, phrase",
    [
        (pa.array([1.5], pa.float16()), "float32"),
        (pa.array([1], pa.decimal256(50, 2)), "no type"),
        (pa.array([10**9 + 1], pa.timestamp("ns", "UTC")), "nanoseconds"),
        (pa.array([2**31 - 1], pa.int32()).cast(pa.date32()), "infinite"),
        (pa.array([-1], pa.int64()).cast(pa.time64("us")), "no time of a day"),
    ],
    ids=["half floats", "50 digits", "nanoseconds in a zone", "the last date", "times before midnight"],
)
def test_what_duckdb_cannot_hold_is_refused(array, phrase, tmp_path):
    pyarrow.feather.write_feather(pa.table({"x": array}), tmp_path / "t.arrow")
    result = run("copy", "t.arrow", "duckdb:d.duckdb#t", cwd=tmp_path, check=4)
    assert "column x" in result.stderr and phrase in result.stderr, result
    assert leftovers(tmp_path) == ["t.arrow"]


def test_columns_that_may_not_be_null_stay_so(tmp_path):
    make(tmp_path / "a.duckdb", "create table t (id bigint not null, name varchar)", "insert into t values (1, null)")
    run("copy", "duckdb:a.duckdb#t", "t.parquet", cwd=tmp_path, check=0)
    schema = pyarrow.parquet.read_schema(tmp_path / "t.parquet")
    assert [field.nullable for field in schema] == [False, True]
    run("copy", "t.parquet", "duckdb:b.duckdb#t", cwd=tmp_path, check=0)
    assert [row[2] for row in rows(tmp_path / "b.duckdb", "describe t")] == ["NO", "YES"]
    (tmp_path / "n.csv").write_text("id,name\n,x\n")
    result = run("copy", "n.csv", "duckdb:b.duckdb#t", "--append", "--type", "id=int64", cwd=tmp_path, check=4)
    assert "NOT NULL" in result.stderr
    assert rows(tmp_path / "b.duckdb", "select count(*) from t") == [(1,)]


# --- rows


MANY = "select range as id, hash(range)::varchar as word from range(1000000)"


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A million rows, every seventh deleted."""
    path = tmp_path_factory.mktemp("many") / "many.duckdb"
    return make(path, f"create table t as {MANY}", "delete from t where id % 7 = 3")


def test_order_is_the_tables_there_and_back(many, tmp_path):
    run("copy", f"duckdb:{many}#t", "t.parquet", cwd=tmp_path, check=0)
    expected = [row[0] for row in rows(many, "select id from t order by rowid")]
    assert pyarrow.parquet.read_table(tmp_path / "t.parquet")["id"].to_pylist() == expected
    run("copy", "t.parquet", "duckdb:b.duckdb#t", cwd=tmp_path, check=0)
    assert [row[0] for row in rows(tmp_path / "b.duckdb", "select id from t order by rowid")] == expected
    with duckdb.connect() as connection:
        connection.execute(f"attach '{many}' as a (read_only); attach '{tmp_path}/b.duckdb' as b (read_only)")
        assert connection.execute("select count(*) from (from a.t except from b.t)").fetchall() == [(0,)]


def test_selection_and_a_query(many, tmp_path):
    wanted = run("copy", f"duckdb:{many}#t", "-", "--to", "csv", "--select", "id", "--where", "id < 5", check=0)
    assert wanted.stdout == b"id\n0\n1\n2\n4\n"
    query = run("copy", f"duckdb:{many}?query=select max(id) as m from t -- the last", "-", "--to", "csv", check=0)
    assert query.stdout == b"m\n999999\n"
    other = run("copy", f"duckdb:{many}?query=drop table t", "-", "--to", "csv", check=2)
    assert "one SELECT" in other.stderr


def test_buffers_stay_within_the_budget(many, tmp_path):
    report = run("copy", f"duckdb:{many}#t", "t.arrow", "--memory", "64M", "--json", cwd=tmp_path, check=0)
    assert json.loads(report.stdout)["peak_buffers"] < 64 << 20


def test_a_result_goes_into_the_database_that_it_is_made_of(many, tmp_path):
    database = shutil.copy(many, tmp_path / "a.duckdb")
    sql = "select id % 3 as k, count(*) as n from {} group by 1 order by 1"
    run("sql", "--database", database, sql.format("t"), "-o", f"duckdb:{database}#one", check=0)
    run("sql", sql.format(f"'duckdb:{database}#t'"), "-o", f"duckdb:{database}#two", check=0)
    run("copy", f"duckdb:{database}#t", f"duckdb:{database}#three", check=0)
    run("copy", f"duckdb:{database}#t", f"duckdb:{database}#t", "--overwrite", "--where", "id < 100", check=0)
    assert rows(database, "from one") == rows(database, "from two") == rows(many, sql.format("t"))
    assert rows(database, "select count(*) from three") == rows(many, "select count(*) from t")
    assert rows(database, "select count(*) from t") == [(86,)]


def test_names_are_only_names(tmp_path):
    hostile = ['a"b', "a'b", "a.b", "sélect", "group", "; drop table t; --", " x ", "$1", "a" * 200, "`x`", "a\nb", "%s"]
    table = pa.table({name: pa.array([i]) for i, name in enumerate(hostile)})
    pyarrow.feather.write_feather(table, tmp_path / "t.arrow")
    for name in hostile:
        if "\n" in name:
            continue
        quoted = '"' + name.replace('"', '""') + '"'
        run("copy", "t.arrow", f"duckdb:d.duckdb#{quoted}", cwd=tmp_path, check=0)
        run("copy", f"duckdb:d.duckdb#{quoted}", "back.arrow", "--overwrite", cwd=tmp_path, check=0)
        back = pyarrow.feather.read_table(tmp_path / "back.arrow")
        assert back.column_names == hostile and back.to_pylist() == table.to_pylist()
        found = run("sql", f"select count(*) as n from t", "--table", f"t=duckdb:d.duckdb#{quoted}", cwd=tmp_path, check=0)
        assert found.stdout == b"n\n1\n"
    tables = {row[0] for row in rows(tmp_path / "d.duckdb", "select table_name from duckdb_tables()")}
    assert tables == {name for name in hostile if "\n" not in name}


@pytest.mark.parametrize("names, phrase", [(["id", "ID"], '"id" and "ID"'), (["x", ""], "needs a name")])
def test_names_that_duckdb_has_not_are_refused(names, phrase, tmp_path):
    table = pa.table([pa.array([1])] * len(names), names=names)
    pyarrow.feather.write_feather(table, tmp_path / "t.arrow")
    assert phrase in run("copy", "t.arrow", "duckdb:d.duckdb#t", cwd=tmp_path, check=4).stderr
    assert leftovers(tmp_path) == ["t.arrow"]


# --- upsert


def test_upsert_with_a_primary_key_and_nested_columns(tmp_path):
    database = make(
        tmp_path / "d.duckdb",
        "create table t (id bigint primary key, day date, tags varchar[])",
        "insert into t select range, '2026-01-01', ['old'] from range(1000)",
    )
    make(tmp_path / "n.duckdb", "create table n as select range * 2 as id, '2026-02-02'::date as day, ['new', 'x'] as tags from range(1000)")
    result = run("copy", f"duckdb:{tmp_path}/n.duckdb#n", f"duckdb:{database}#t", "--upsert", "id", check=0)
    assert "500 rows updated, 500 rows inserted" in result.stderr
    assert rows(database, "select count(*), count(*) filter (tags[1] = 'new'), max(id) from t") == [(1500, 1000, 1998)]
    # The key is still one.
    with connect(database) as connection, pytest.raises(duckdb.ConstraintException):
        connection.execute("insert into t values (1, null, null)")


@pytest.mark.parametrize(
    "content, phrase",
    [("id,v\n1,a\n1,b\n", "id = 1"), ("id,v\n,a\n3,b\n", "without a key"), ("key,v\n1,a\n", '"id"')],
    ids=["twice", "null", "no such column"],
)
def test_keys_that_tell_nothing_apart_are_refused(content, phrase, tmp_path):
    database = make(tmp_path / "d.duckdb", "create table t as select 1::bigint as id, 'old' as v")
    (tmp_path / "n.csv").write_text(content)
    result = run("copy", "n.csv", "duckdb:d.duckdb#t", "--upsert", "id", "--type", "v=text", cwd=tmp_path)
    assert result.code in (2, 4) and phrase in result.stderr, result
    assert rows(database, "from t") == [(1, "old")]


# --- faults


def start(*args, **options):
    return subprocess.Popen([BOWYER, *map(str, args)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, **options)


def fingerprint(path):
    return rows(path, "select count(*), sum(hash(id)), sum(hash(word)) from t")


@pytest.mark.parametrize("option", ["--append", "--overwrite", "--upsert=id"])
def test_killed_at_any_moment_a_table_is_old_or_new(option, many, tmp_path):
    database = tmp_path / "d.duckdb"
    old_rows = "select range as id, 'old' as word from range(200000)"
    make(tmp_path / "old.duckdb", f"create table t as {old_rows}", "create table other as select 1 as x")
    shutil.copy(tmp_path / "old.duckdb", database)
    began = time.monotonic()
    run("copy", f"duckdb:{many}#t", f"duckdb:{database}#t", option, timeout=60, check=0)
    whole = time.monotonic() - began
    old, new = fingerprint(tmp_path / "old.duckdb"), fingerprint(database)
    assert old != new
    moments = random.Random(7)
    for _ in range(8):
        database.unlink()
        pathlib.Path(f"{database}.wal").unlink(missing_ok=True)
        shutil.copy(tmp_path / "old.duckdb", database)
        process = start("copy", f"duckdb:{many}#t", f"duckdb:{database}#t", option)
        time.sleep(moments.uniform(0.02, whole * 1.1))
        process.kill()
        process.wait()
        assert fingerprint(database) in (old, new)
        assert rows(database, "from other") == [(1,)]
    run("copy", f"duckdb:{many}#t", f"duckdb:{database}#t", "--overwrite", timeout=60, check=0)
    assert fingerprint(database) == fingerprint(many)


def test_killed_at_any_moment_a_new_database_is_whole_or_not_there(many, tmp_path):
    database = tmp_path / "new.duckdb"
    moments = random.Random(3)
    for _ in range(10):
        database.unlink(missing_ok=True)
        process = start("copy", f"duckdb:{many}#t", f"duckdb:{database}#t")
        time.sleep(moments.uniform(0.02, 1.2))
        process.kill()
        process.wait()
        if database.exists():
            assert fingerprint(database) == fingerprint(many)
            assert not pathlib.Path(f"{database}.wal").exists()
    database.unlink(missing_ok=True)
    run("copy", f"duckdb:{many}#t", f"duckdb:{database}#t", check=0)
    assert leftovers(tmp_path) == ["new.duckdb"]


def half(destination, *options):
    """A copy that has got half of an IPC stream and waits for the rest."""
    table = pa.table({"id": pa.array(range(300_000)), "word": pa.array(["w"] * 300_000)})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table, max_chunksize=10_000)
    whole = sink.getvalue().to_pybytes()
    process = start("copy", "-", destination, *options, stdin=subprocess.PIPE)
    process.stdin.write(whole[: len(whole) // 2])
    process.stdin.flush()
    time.sleep(0.5)
    return process


@pytest.mark.parametrize("number, code", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("there", [True, False], ids=["old database", "new database"])
def test_stopped_by_a_signal_the_old_state_stays(number, code, there, tmp_path):
    database = tmp_path / "d.duckdb"
    if there:
        make(database, "create table t as select 1::bigint as id, 'old' as word")
    process = half(f"duckdb:{database}#t", "--append")
    process.send_signal(number)
    process.stdin.close()
    assert process.wait(timeout=20) == code
    assert b"nothing was written" in process.stderr.read()
    assert leftovers(tmp_path) == (["d.duckdb"] if there else [])
    if there:
        assert rows(database, "from t") == [(1, "old")]


def test_a_stream_that_is_cut_leaves_the_old_state(tmp_path):
    database = make(tmp_path / "d.duckdb", "create table t as select 1::bigint as id, 'old' as word")
    process = half(f"duckdb:{database}#t", "--append")
    process.stdin.close()
    assert process.wait(timeout=20) in (4, 7)
    assert rows(database, "from t") == [(1, "old")]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 8 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("option", ["--append", "--overwrite", "--upsert=id"])
def test_a_full_disk_is_told_and_the_old_state_stays(option, many, small_disk):
    database = make(small_disk / "d.duckdb", "create table t as select 1::bigint as id, 'old' as word")
    result = run("copy", f"duckdb:{many}#t", f"duckdb:{database}#t", option, timeout=60, check=6)
    assert "d.duckdb" in result.stderr and "No space left" in result.stderr, result
    assert rows(database, "from t") == [(1, "old")]


def test_a_full_disk_leaves_no_new_database(many, small_disk):
    result = run("copy", f"duckdb:{many}#t", f"duckdb:{small_disk}/d.duckdb#t", timeout=60, check=6)
    assert "No space left" in result.stderr, result
    assert leftovers(small_disk) == []


@pytest.fixture
def locked(tmp_path):
    """A database that another process has open for writing."""
    database = make(tmp_path / "d.duckdb", "create table t as select 1 as id")
    script = f"import duckdb, sys; c = duckdb.connect({str(database)!r}); print('open', flush=True); sys.stdin.read()"
    process = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"open\n"
    yield database, process.pid
    process.stdin.close()
    process.wait()


def test_a_database_that_another_process_writes_is_refused_and_named(locked, tmp_path):
    database, pid = locked
    for words in [
        ["copy", f"duckdb:{database}#t", tmp_path / "x.csv"],
        ["copy", f"duckdb:{database}#t", f"duckdb:{database}#u"],
        ["sql", f"from 'duckdb:{database}#t'"],
        ["inspect", f"duckdb:{database}"],
    ]:
        result = run(*words, check=3)
        assert "d.duckdb" in result.stderr and f"PID {pid}" in result.stderr, result


def test_a_file_that_may_not_be_written(tmp_path):
    database = make(tmp_path / "d.duckdb", "create table t as select 1 as id")
    database.chmod(0o444)
    # The superuser may write anything, unless that right is given up.
    plain = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] if os.geteuid() == 0 else []
    copy = [*plain, BOWYER, "copy", f"duckdb:{database}#t"]
    read = subprocess.run([*copy, "-", "--to", "csv"], capture_output=True)
    assert (read.returncode, read.stdout) == (0, b"id\n1\n"), read
    refused = subprocess.run([*copy, f"duckdb:{database}#u"], capture_output=True)
    assert refused.returncode == 3 and b"d.duckdb" in refused.stderr, refused


@pytest.mark.parametrize("content", [b"", b"id\n1\n", b"PAR1" + b"\0" * 5000, b"\0" * 8 + b"DUCK" + b"\xff" * 5000])
def test_what_is_no_database_is_refused_and_stays(content, tmp_path):
    for name in ["d.duckdb", "orders.csv"]:
        path = tmp_path / name
        path.write_bytes(content)
        (tmp_path / "s.csv").write_text("id\n1\n")
        for words in [
            ["copy", f"duckdb:{path}#t", "x.csv"],
            ["copy", "s.csv", f"duckdb:{path}#t"],
            ["sql", f"from 'duckdb:{path}#t'"],
            ["inspect", f"duckdb:{path}"],
        ]:
            result = run(*words, cwd=tmp_path)
            assert result.code in (3, 4) and name in result.stderr, result
            assert path.read_bytes() == content
        path.unlink()


def test_a_source_makes_no_file(tmp_path):
    for name in ["nothing.duckdb", ":memory:", "md:x"]:
        for words in [["copy", f"duckdb:{name}#t", "x.csv"], ["inspect", f"duckdb:{name}"], ["sql", f"from 'duckdb:{name}#t'"]]:
            assert "No such file" in run(*words, cwd=tmp_path, check=3).stderr
    assert leftovers(tmp_path) == []


def test_a_newer_storage_is_refused(tmp_path):
    path = tmp_path / "d.duckdb"
    with duckdb.connect(str(path), config={"storage_compatibility_version": "latest"}) as connection:
        connection.execute("create table t as select 1 as id")
    result = run("copy", f"duckdb:{path}#t", "-", "--to", "csv")
    # Whichever the package writes by then: the rows, or an error that says why.
    assert (result.code, result.stdout) == (0, b"id\n1\n") or (result.code == 4 and "DuckDB" in result.stderr), result


def stored():
    folder = CORPUS / "duckdb-storage"
    return sorted(path.name for path in folder.glob("*") if ".wal" not in path.name) if folder.exists() else []


def unpacked(name, folder):
    """A corpus database with its log, unpacked into the folder."""
    for path in (CORPUS / "duckdb-storage").glob(re.sub(r"\.gz$", "", name) + "*"):
        data = path.read_bytes()
        (folder / re.sub(r"\.gz$", "", path.name)).write_bytes(gzip.decompress(data) if path.suffix == ".gz" else data)
    return folder / re.sub(r"\.gz$", "", name)


@pytest.mark.parametrize("name", stored())
def test_old_and_damaged_databases_are_read_or_refused(name, tmp_path):
    path = unpacked(name, tmp_path)
    listed = run("inspect", f"duckdb:{path}", "--json")
    assert listed.code in (0, 3, 4), listed
    if listed.code != 0:
        return
    for table in json.loads(listed.stdout)["tables"]:
        result = run("copy", f"duckdb:{path}#{table['name']}", "-", "--to", "jsonl")
        assert result.code in (0, 2, 3, 4), result
        if result.code == 0 and table["rows"] is not None:
            assert result.stdout.count(b"\n") == table["rows"]
