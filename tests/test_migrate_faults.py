"""Every destination of migrate when runs end early: killed, a full disk; and what it takes of the ends of tables."""

import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile

import duckdb
import pyarrow.parquet
import pytest

from conftest import chunks_committed, cut_short, leftovers, run
from postgres import Database, postgres, postgres_server  # noqa: F401

KINDS = ["duckdb", "sqlite", "parquet", "postgres"]


def report_of(*args, **options):
    return json.loads(run("migrate", *args, "--json", check=0, **options).stdout)


def made(path):
    """A database that our DuckDB can read."""
    return duckdb.connect(str(path), config={"storage_compatibility_version": "v1.0.0"})


class Destination:
    """What is written, under one face for all kinds."""

    def __init__(self, kind, folder, database=None):
        self.kind, self.database = kind, database
        self.path = folder / "out"
        self.location = database.uri() if kind == "postgres" else f"{kind}:{self.path}"

    def rows(self, table):
        """Of a table of small and large: how many, and the sum of the keys; None: the table is not shown."""
        sql = f"select count(*), sum(k) from {table}"
        if self.kind == "postgres":
            if self.database.psql(f"select to_regclass('{table}')") == "":
                return None
            return tuple(map(int, self.database.rows(sql)[0]))
        if self.kind == "parquet":
            if not (self.path / table).exists():
                return None
            keys = pyarrow.parquet.read_table(self.path / table, columns=["k"])["k"]
            return len(keys), sum(keys.to_pylist())
        if not self.path.exists():
            return None
        if self.kind == "sqlite":
            with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as connection:
                return connection.execute(sql).fetchall()[0]
        with duckdb.connect(str(self.path), read_only=True) as connection:
            return connection.execute(sql).fetchall()[0]

    def nothing_of_ours(self):
        """Nothing but what was asked for is there."""
        if self.kind == "postgres":
            return self.database.rows("select relname from pg_class where relname like 'bowyer%'") == []
        return not any("bowyer" in name for name in leftovers(self.path.parent))


@pytest.fixture
def source(tmp_path):
    """A small table that is whole soon, and a large one."""
    path = tmp_path / "source.duckdb"
    with made(path) as connection:
        connection.execute("create table small as select i as k from range(1000) r(i)")
        connection.execute("create table large as select i as k, 'row ' || i as s, i / 7.0 as d from range(600000) r(i)")
    return path


SMALL, LARGE = (1000, 999 * 500), (600_000, 599_999 * 300_000)


@pytest.fixture(params=KINDS)
def destination(request, tmp_path):
    (tmp_path / "to").mkdir()
    database = request.getfixturevalue("postgres") if request.param == "postgres" else None
    return Destination(request.param, tmp_path / "to", database)


def test_killed_with_chunks_committed_and_resumed(destination, source):
    arguments = [f"duckdb:{source}", destination.location, "--chunk-rows", 40_000, "--jobs", 2]
    is_folder = destination.kind == "parquet"
    target = None if destination.kind == "postgres" else destination.path / "large" if is_folder else destination.path
    _, lines = cut_short("migrate", *arguments, "-vv", when=lambda said: sum("large: chunk" in each for each in said) >= 3, target=target)
    assert destination.rows("large") is None
    report = report_of(*arguments, "--resume")
    tables = {table["source"]: table for table in report["tables"]}
    assert all(table["verified"] == "full" for table in report["tables"])
    assert len([table for table, _ in chunks_committed(lines) if table == "large"]) <= tables["large"]["chunks_kept"] < tables["large"]["chunks"]
    assert destination.rows("small") == SMALL and destination.rows("large") == LARGE
    assert destination.nothing_of_ours()


def test_killed_when_one_table_is_whole_and_resumed(destination, source):
    """The small table has its name, or its receipts, already."""
    arguments = [f"duckdb:{source}", destination.location, "--chunk-rows", 40_000, "--jobs", 2, "--resume"]
    is_folder = destination.kind == "parquet"
    target = None if destination.kind == "postgres" else destination.path / "large" if is_folder else destination.path
    # The largest table comes first; with --tables the small one alone is done before, in a run that is killed at its end.
    with made(source) as connection:
        connection.execute("create table tiny as select i as k from range(10) r(i)")
        connection.execute("create table huge as select * from large")
    cut_short("migrate", *arguments, "-vv", when=lambda said: any(": 600,000 rows in " in each for each in said), target=target)
    report = report_of(*arguments)
    kept = [table for table in report["tables"] if table["chunks_kept"] == table["chunks"] > 1]
    assert kept and all(table["verified"] == "full" for table in report["tables"])
    assert destination.rows("small") == SMALL and destination.rows("large") == destination.rows("huge") == LARGE
    assert destination.nothing_of_ours()


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_is_told_and_what_was_committed_is_gone_on_with(kind, source, tmp_path, request):
    disk = pathlib.Path(tempfile.mkdtemp(prefix="bowyer-disk-", dir="/tmp"))  # the server may go there, too
    disk.chmod(0o755)

    def mount(size, *options):
        return subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join([f"size={size}", *options]), "tmpfs", disk]).returncode == 0

    if os.geteuid() != 0 or not mount("8m"):
        pytest.skip("no file system can be mounted here")
    database = None
    try:
        if kind == "postgres":
            server = request.getfixturevalue("postgres_server")
            space = disk / "space"
            space.mkdir()
            os.chown(space, server.user.pw_uid, server.user.pw_gid)
            database = Database(server)
            database.psql(f"create tablespace small_{database.name} location '{space}'", database="postgres")
            database.psql(f"alter database {database.name} set default_tablespace = small_{database.name}", database="postgres")
        destination = Destination(kind, disk, database)
        arguments = [f"duckdb:{source}", destination.location, "--chunk-rows", 40_000]
        if kind == "parquet":
            with made(source) as connection:
                connection.execute("update large set s = md5(s) || sha256(s)")
        result = run("migrate", *arguments, timeout=60, check=6)
        assert "space" in result.stderr or "full" in result.stderr, result
        assert destination.rows("large") is None
        assert subprocess.run(["mount", "-o", "remount,size=200m", disk]).returncode == 0
        report = report_of(*arguments, "--resume", timeout=60)
        assert destination.rows("large") == LARGE and destination.rows("small") == SMALL
        assert all(table["verified"] == "full" for table in report["tables"])
        assert destination.nothing_of_ours()
    finally:
        if database is not None:
            database.drop()
            database.psql(f"drop tablespace small_{database.name}", database="postgres")
        subprocess.run(["umount", "-l", disk], check=True)
        disk.rmdir()


# What has no type of its own there: Parquet has no intervals, SQLite keeps these as text, which is another value to compare.
NOT_THERE = {"parquet": ["iv"], "sqlite": ["ti", "iv", "li", "ls"]}


def every_type(folder, left_out=()):
    """A database of DuckDB's types, as far as they go into others."""
    path = folder / "types.duckdb"
    with made(path) as connection:
        connection.execute("create type mood as enum ('sad', 'ok')")
        connection.execute(
            """create table t as select * from (values
            (1, true, (-128)::tinyint, (-32768)::smallint, (-2147483648)::integer, (-9223372036854775808)::bigint, 255::utinyint,
             65535::usmallint, 4294967295::uinteger, 18446744073709551615::ubigint, 1.5::float, 0.1::double,
             9999999.99::decimal(9,2), 0.00000000000000000000000000000000000001::decimal(38,38), 'größe', ''::varchar,
             '\\x00\\xff'::blob, date '0001-01-01', time '23:59:59.999999', timestamp '2026-11-21 12:00:00.123456',
             timestamptz '2026-11-21 12:00:00+02', uuid 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": [1, null]}'::json,
             'sad'::mood, interval '1 year 2 days 3 seconds', [1, null, 3], ['a', 'ü'], 99999999999999999999999999999999999999::hugeint),
            (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
             null, null, null, null, null, null, null, null),
            (3, false, 127, 32767, 2147483647, 9223372036854775807, 0, 0, 0, 0, -1e38::float, 1e308, -9999999.99, 0, 'x', 'y', ''::blob,
             date '9999-12-31', time '00:00:00', timestamp '1969-12-31 23:59:59.999999', timestamptz '1969-12-31 00:00:00+00',
             uuid '00000000-0000-0000-0000-000000000000', '"s"', 'ok', interval '0 days', [], [''], -1)
            ) v(i, bo, i1, i2, i4, i8, u1, u2, u4, u8, f4, f8, d9, d38, s, e, bl, da, ti, ts, tz, uu, js, mo, iv, li, ls, hu)"""
        )
        for column in left_out:
            connection.execute(f"alter table t drop {column}")
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_every_type_goes_out_of_duckdb_and_is_compared(kind, tmp_path, request):
    (tmp_path / "to").mkdir()
    database = request.getfixturevalue("postgres") if kind == "postgres" else None
    destination = Destination(kind, tmp_path / "to", database)
    report = report_of(f"duckdb:{every_type(tmp_path, NOT_THERE.get(kind, ()))}", destination.location, "--verify", "full")
    table = report["tables"][0]
    assert table["rows"] == 3 and table["verified"] == "full" and table["source_digest"] == table["destination_digest"] != ""
    # And back again: the same values by the same digests, where types come back as they were.
    if kind in ("postgres", "duckdb"):
        back = report_of(destination.location, f"duckdb:{tmp_path / 'back.duckdb'}", "--verify", "full")
        assert back["tables"][0]["rows"] == 3
        with duckdb.connect() as connection:
            connection.execute(f"attach '{tmp_path / 'types.duckdb'}' as a (read_only); attach '{tmp_path / 'back.duckdb'}' as b (read_only)")
            for column in ("bo", "i4", "i8", "f8", "d9", "d38", "s", "e", "bl", "da", "ti", "ts", "tz", "uu", "li", "ls"):
                sql = "select i, {0} from {1}.t except all select i, {0} from {2}.t"
                for one, other in ("ab", "ba"):
                    assert connection.execute(sql.format(column, one, other)).fetchall() == [], column


def test_200_small_tables(destination, tmp_path):
    path = tmp_path / "many.duckdb"
    with made(path) as connection:
        for i in range(200):
            connection.execute(f"create table t{i} (k integer primary key, s varchar); insert into t{i} values (1, 'x'), ({i + 2}, null)")
    report = report_of(f"duckdb:{path}", destination.location, timeout=60)
    assert len(report["tables"]) == 200 and report["rows"] == 400
    assert destination.rows("t7") == (2, 10) and destination.nothing_of_ours()


def test_2000_columns(tmp_path):
    """SQLite has at most 2,000 columns, PostgreSQL 1,600."""
    with sqlite3.connect(tmp_path / "wide.db") as connection:
        connection.execute(f"create table wide ({', '.join(f'c{i} integer' for i in range(2000))})")
        for row in range(20):
            connection.execute(f"insert into wide values ({', '.join(str(i + row) for i in range(2000))})")
    connection.close()
    for kind in ("duckdb", "sqlite", "parquet"):
        (tmp_path / kind).mkdir()
        location = f"{kind}:{tmp_path / kind / 'out'}"
        report = report_of(f"sqlite:{tmp_path / 'wide.db'}", location, timeout=60, memory_gib=2)
        assert report["tables"][0]["rows"] == 20 and report["tables"][0]["verified"] == "full"


def test_cells_of_100_mb(postgres, tmp_path):
    """From PostgreSQL, with twice that size in the server's text of bytea never asked for, and from SQLite."""
    size = 100_000_000
    with sqlite3.connect(tmp_path / "large.db") as connection:
        connection.execute("create table t (k integer primary key, b blob)")
        connection.execute("insert into t values (1, randomblob(?)), (2, zeroblob(?))", [size, size])
    connection.close()
    postgres.psql(
        "create table t (k int primary key, b bytea); alter table t alter b set storage external;"
        f"insert into t select i, convert_to(repeat(i::text, {size}), 'UTF8') from generate_series(1, 2) i"
    )
    for name, source in [("s", f"sqlite:{tmp_path / 'large.db'}"), ("p", postgres.uri())]:
        target = tmp_path / f"{name}.duckdb"
        # In the budget, or what it takes is told.
        result = run("migrate", source, f"duckdb:{target}", "--memory", "192M", timeout=100, memory_gib=3)
        assert result.code == 0 or (result.code == 6 and "--memory" in result.stderr and not target.exists()), result
        report_of(source, f"duckdb:{target}", "--memory", "1G", "--overwrite", timeout=100, memory_gib=3)
        with duckdb.connect(str(target), read_only=True) as connection:
            assert connection.execute("select k, octet_length(b) from t order by k").fetchall() == [(1, size), (2, size)]
