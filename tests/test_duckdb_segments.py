"""Row groups that Bowyer lays out itself (src/databases/duckdb/segments): what it wrote is read by another version of DuckDB.

Tables are larger than a row group: smaller ones are DuckDB's own work. A column of each type meets each pattern, and each is
compared row by row, by lookups of single rows, and by conditions, which rest on the statistics of segments.
"""

import random

import duckdb
import pytest

from conftest import run
from test_duckdb import connect, rows

ROWS = 122_880 + 122_880 // 2 + 777
# Numbers by row `i` and by a hash of it that looks random; each is a whole number, to be cut to its type.
NUMBERS = {
    "rising": "i",
    "falling": "-3 * i",
    "rising_unevenly": "i * 5 + hash(i) % 4",
    "one": "42",
    "small": "hash(i) % 7",
    "runs": "i // 700",
    "groups_of_one": "i // 2048",
    "wide": "(hash(i) >> 1)::bigint",
    "outliers": "case when hash(i) % 1000 = 0 then 9223372036854775807 else i % 10 end",
    "extremes": "case hash(i) % 3 when 0 then -9223372036854775807 - 1 when 1 then 9223372036854775807 else 0 end",
}
WHOLE = ["tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint"]
NULLS = {"no": "true", "some": "hash(i + 17) % 10 > 0", "most": "hash(i + 17) % 3000 = 0", "first_group": "i >= 122880", "all": "false"}


def cut(value, kind):
    """As that type, without an overflow."""
    bits = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}[kind.removeprefix("u")]
    if kind.startswith("u"):
        return f"((({value})::hugeint + {2**64}) % {2**bits})::{kind}"
    return f"(((({value})::hugeint + {2**64} + {2**(bits - 1)}) % {2**bits}) - {2**(bits - 1)})::{kind}"


def columns():
    for kind in WHOLE:
        for pattern, value in NUMBERS.items():
            yield f"{kind} {pattern}", cut(value, kind)
    for pattern, value in NUMBERS.items():
        yield f"decimal {pattern}", f"(({value})::hugeint)::decimal(38,0)"
    # Nearly all 128 bits.
    yield "decimal wide128", "(hash(i)::hugeint * 5000000000000000000)::decimal(38,0)"
    yield "decimal 9,2", "(hash(i) % 100000)::decimal(9,2) / 4"
    yield "uuid", "md5(i::varchar)::uuid"
    yield "boolean", "hash(i) % 3 = 0"
    yield "boolean one", "true"
    yield "date", "date '1970-01-01' + (hash(i) % 40000)::integer"
    yield "date ends", "case when i % 2 = 0 then date '5000000-01-01' else date '4000-01-01 (BC)' end"
    yield "time", "time '00:00:00' + to_microseconds((hash(i) % 86400000000)::bigint)"
    yield "timestamp", "make_timestamp(1700000000000000 + i * 1000000)"
    yield "timestamptz", "make_timestamp(1700000000000000 + (hash(i) % 1000000000000)::bigint)::timestamptz"
    yield "timestamp_ns", "make_timestamp_ns(1700000000000000000 + i)"
    yield "interval", "to_months((hash(i) % 40)::integer) + to_days((i % 9)::integer) + to_microseconds(i)"
    for kind in ("float", "double"):
        yield f"{kind} decimal", f"((hash(i) % 10000000) / 100.0)::{kind}"
        yield f"{kind} product", f"(i * 0.37)::{kind}"
        yield f"{kind} wild", f"(sqrt((hash(i) >> 11)::double))::{kind}"
        yield f"{kind} huge", f"(case when i % 2 = 0 then 1 else -1 end * pow(10.0, (hash(i) % 36)::integer))::{kind}"
        yield f"{kind} one", f"1.5::{kind}"
        yield f"{kind} nan", f"'nan'::{kind}"
        yield f"{kind} negative zero", f"'-0.0'::{kind}"
        yield (f"{kind} special", f"(case hash(i) % 9 when 0 then 'nan' when 1 then 'inf' when 2 then '-inf' when 3 then '-0.0' "
               f"when 4 then '0' else (i % 1000 / 8.0)::varchar end)::{kind}")
        yield f"{kind} tiny", f"(1.0 / (1 + hash(i) % 100000000))::{kind}"
    yield "text few", "'category ' || (hash(i) % 8)"
    yield "text hundreds", "'a longer name of something ' || (hash(i) % 700)"
    yield "text thousands", "'a longer name of something ' || (hash(i) % 9000)"
    yield "text sentences", "'order number ' || i || ' of user ' || (hash(i) % 1000000)"
    yield "text times", "make_timestamp(1700000000000000 + i * 1000000)::varchar"
    yield "text random", "md5(i::varchar) || md5((i + 1)::varchar)"
    yield "text short", "chr((97 + hash(i) % 26)::integer)"
    yield "text empty", "''"
    yield "text sometimes empty", "case when i % 3 = 0 then '' else 'x' || i end"
    yield "text zeros", "'a' || chr(0) || (i % 5000) || chr(0)"
    yield "text unicode", "'größer als 日本 ' || (hash(i) % 100000) || ' 🙂'"
    yield "text long", "repeat('abc ' || (hash(i) % 50), (hash(i) % 300)::integer)"
    yield "text longest", "case when i % 30000 = 1 then rpad('', 4095, md5(i::varchar)) else 'short ' || i end"
    yield "blob", "unhex(md5(i::varchar))"
    yield "blob high", "unhex(repeat('ff00fe', (hash(i) % 5)::integer))"


COLUMNS = dict(columns())


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A table of all columns for each kind of nulls, and what Bowyer made of it."""
    folder = tmp_path_factory.mktemp("segments")
    for nulls, kept in NULLS.items():
        chosen = ", ".join(f"case when {kept} then {value} end as \"{name}\"" for name, value in COLUMNS.items())
        with connect(folder / "source.duckdb") as connection:
            connection.execute(f"create table \"{nulls}\" as select i as nr, {chosen} from range({ROWS}) t(i)")
    for nulls in NULLS:
        run("copy", f"duckdb:{folder / 'source.duckdb'}#{nulls}", f"duckdb:{folder / 'made.duckdb'}#{nulls}",
            timeout=300, memory_gib=3, check=0)
    connection = duckdb.connect()
    connection.execute(f"attach '{folder / 'source.duckdb'}' as source (read_only)")
    connection.execute(f"attach '{folder / 'made.duckdb'}' as made (read_only)")
    yield connection
    connection.close()


@pytest.mark.parametrize("nulls", NULLS)
def test_rows_are_the_same(made, nulls):
    # By what a value is to the bit: -0.0 is not 0.0, and each not-a-number is one.
    differ = made.execute(
        "select " + ", ".join(f"count(*) filter (a.\"{name}\"::varchar is distinct from b.\"{name}\"::varchar)" for name in COLUMNS)
        + f" from source.\"{nulls}\" a join made.\"{nulls}\" b using (nr)"
    ).fetchone()
    assert {name: count for name, count in zip(COLUMNS, differ, strict=True) if count} == {}
    assert made.execute(f"select count(*), count(distinct nr), max(abs(nr - rowid)) from made.\"{nulls}\"").fetchone() == (ROWS, ROWS, 0)


def test_row_groups_are_ours(made):
    """Each encoding is there: otherwise DuckDB made the table, and the tests above say nothing."""
    used = made.execute("select distinct compression from pragma_storage_info('made.no')").fetchall()
    assert {"Constant", "BitPacking", "ALP", "Dictionary", "FSST", "Uncompressed"} <= {name for name, in used}


@pytest.mark.parametrize("nulls", ["no", "some"])
def test_conditions_find_the_same_rows(made, nulls):
    """Segments are left out by their statistics."""
    rng = random.Random(7)
    for name in COLUMNS:
        for row in rng.sample(range(ROWS), 3):
            for operator in ("=", "<", ">="):
                count = "select count(*), sum(nr) from {}.\"{}\" where \"{}\" {} (select \"{}\" from source.\"{}\" where nr = {})"
                both = [made.execute(count.format(side, nulls, name, operator, name, nulls, row)).fetchone() for side in ("source", "made")]
                assert both[0] == both[1], (name, operator, row)
        extremes = f"select min(\"{name}\")::varchar, max(\"{name}\")::varchar from {{}}.\"{nulls}\""
        assert made.execute(extremes.format("source")).fetchone() == made.execute(extremes.format("made")).fetchone(), name


def test_single_rows_are_found(made):
    rng = random.Random(8)
    for row in [0, 1, 2047, 2048, 122_879, 122_880, ROWS - 1, *rng.sample(range(ROWS), 20)]:
        pair = [made.execute(f"select columns(*)::varchar from {side}.some where rowid = {row}").fetchone() for side in ("source", "made")]
        assert pair[0] == pair[1], row


def test_table_can_be_changed_afterwards(tmp_path):
    """What DuckDB does with row groups of its own: update, delete, append, checkpoint, drop."""
    path = tmp_path / "t.duckdb"
    run("sql", f"select i, i % 5 as small, i * 0.25 as number, 'name ' || i as name from range({ROWS}) t(i)", "-o",
        f"duckdb:{path}#t", timeout=60, check=0)
    with connect(path) as connection:
        connection.execute("update t set name = 'new', number = null where i % 1000 = 3")
        connection.execute("delete from t where i % 10 = 7")
        connection.execute("insert into t select i, 1, 2, 'more' from range(1000000, 1200000) t(i)")
        connection.execute("create unique index by_i on t (i)")
        connection.execute("checkpoint")
    kept = sum(1 for i in range(ROWS) if i % 10 != 7)
    assert rows(path, "select count(*), count(distinct i) from t") == [(kept + 200_000, kept + 200_000)]
    assert rows(path, "select count(*) from t where name = 'new' and number is null") == [(sum(i % 1000 == 3 for i in range(ROWS)),)]
    assert rows(path, "select name, number from t where i = 150001") == [("name 150001", 37500.25)]
    with connect(path) as connection:
        connection.execute("drop table t")
        connection.execute("checkpoint")
        used, total = connection.execute("select used_blocks, total_blocks from pragma_database_size()").fetchone()
    assert used <= 2, "blocks of the table are free again"


def test_long_texts_go_to_duckdb_from_there_on(tmp_path):
    path = tmp_path / "t.duckdb"
    query = f"select i, case when i = 200000 then repeat('long ', 5000) else 'text ' || i end as s from range({3 * 122_880}) t(i)"
    run("sql", query, "-o", f"duckdb:{path}#t", timeout=60, check=0)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{path}' as made (read_only)")
        wrong = connection.execute(f"select count(*) from made.t join ({query}) q using (i) where t.s <> q.s").fetchone()
        assert (wrong, connection.execute("select count(*), max(length(s)) from made.t").fetchone()) == ((0,), (3 * 122_880, 25_000))


def test_a_run_that_fails_gives_its_blocks_back(tmp_path):
    """Into a database that was there: rows of a transaction that ends without them take no room."""
    path = tmp_path / "t.duckdb"
    with connect(path) as connection:
        connection.execute("create table other as select 1 as a")
    size = path.stat().st_size
    source = tmp_path / "bad.csv"
    source.write_text("a,b\n" + "".join(f"{i},text {i}\n" for i in range(400_000)) + "no number,1\n")
    failed = run("copy", source, f"duckdb:{path}#t", "--type", "a=int64", timeout=60)
    assert failed.code == 4
    with connect(path) as connection:
        assert connection.execute("show tables").fetchall() == [("other",)]
        connection.execute("insert into other select range from range(300000)")
        connection.execute("checkpoint")
        free, total = connection.execute("select free_blocks, total_blocks from pragma_database_size()").fetchone()
    assert rows(path, "select count(*) from other") == [(300_001,)]
    assert path.stat().st_size < size + 40 * 262_144, (free, total)
