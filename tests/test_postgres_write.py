"""PostgreSQL as a destination: types, all or nothing, append, overwrite, upsert."""

import datetime
import decimal
import subprocess
import time

import duckdb
import pyarrow as pa
import pyarrow.parquet
import pytest

from conftest import BOWYER, cut_short, leftovers, run

D = decimal.Decimal
UTC = datetime.timezone.utc


def write(postgres, table, folder, *options, to="t", check=0):
    path = folder / "in.arrow"
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table)
    return run("copy", path, postgres.uri(to), *options, check=check)


def type_of(postgres, column="v", table="t"):
    return postgres.psql(f"select format_type(atttypid, atttypmod) from pg_attribute where attrelid = '{table}'::regclass"
                         f" and attname = '{column}'")


def texts(postgres, column="v", table="t"):
    return postgres.psql(f"set timezone = 'UTC'; select coalesce({column}::text, '<null>') from {table} order by i").split("\n")


TYPES = [
    (pa.bool_(), [True, None, False], "boolean", ["true", "<null>", "false"]),
    (pa.int8(), [-128, 127], "smallint", ["-128", "127"]),
    (pa.uint8(), [255], "smallint", ["255"]),
    (pa.int16(), [-32768], "smallint", ["-32768"]),
    (pa.uint16(), [65535], "integer", ["65535"]),
    (pa.int32(), [-(2**31)], "integer", ["-2147483648"]),
    (pa.uint32(), [2**32 - 1], "bigint", ["4294967295"]),
    (pa.int64(), [-(2**63), 2**63 - 1], "bigint", ["-9223372036854775808", "9223372036854775807"]),
    (pa.uint64(), [0, 10000, 2**64 - 1], "numeric(20,0)", ["0", "10000", "18446744073709551615"]),
    (pa.float32(), [1.5, float("nan"), float("-inf")], "real", ["1.5", "NaN", "-Infinity"]),
    (pa.float64(), [0.1, -0.0, 1e308], "double precision", ["0.1", "-0", "1e+308"]),
    (
        pa.decimal128(12, 2),
        [D("12.50"), D("-0.01"), D("9999999999.99"), D("0.00"), D("100000000.00"), D("10000.01"), None],
        "numeric(12,2)",
        ["12.50", "-0.01", "9999999999.99", "0.00", "100000000.00", "10000.01", "<null>"],
    ),
    (pa.decimal128(38, 38), [D("-0." + "9" * 38), D("1E-38")], "numeric(38,38)", ["-0." + "9" * 38, "0." + "0" * 37 + "1"]),
    (pa.decimal128(38, 0), [D("9" * 38), D("-1" + "0" * 37)], "numeric(38,0)", ["9" * 38, "-1" + "0" * 37]),
    (pa.decimal128(5, -2), [D("12300"), D("0")], "numeric(7,0)", ["12300", "0"]),
    (pa.decimal256(76, 10), [D("9" * 66 + ".0000000001")], "numeric(76,10)", ["9" * 66 + ".0000000001"]),
    (pa.string(), ["größe", "", None], "text", ["größe", "", "<null>"]),
    (pa.large_string(), ["x"], "text", ["x"]),
    (pa.string_view(), ["short", "longer than a view has inside"], "text", ["short", "longer than a view has inside"]),
    (pa.binary(), [b"\x00\xff", b""], "bytea", ["\\x00ff", "\\x"]),
    (pa.binary(3), [b"abc"], "bytea", ["\\x616263"]),
    (pa.date32(), [datetime.date(1, 1, 1), datetime.date(9999, 12, 31)], "date", ["0001-01-01", "9999-12-31"]),
    (pa.date64(), [datetime.date(2026, 11, 21)], "date", ["2026-11-21"]),
    (pa.time32("s"), [datetime.time(12, 34, 56)], "time without time zone", ["12:34:56"]),
    (pa.time64("ns"), [datetime.time(12, 34, 56, 789)], "time without time zone", ["12:34:56.000789"]),
    (pa.timestamp("s"), [datetime.datetime(2026, 11, 21, 1, 2, 3)], "timestamp without time zone", ["2026-11-21 01:02:03"]),
    (pa.timestamp("us"), [datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)], "timestamp without time zone",
     ["1969-12-31 23:59:59.999999"]),
    (pa.timestamp("ms", "Asia/Kathmandu"), [datetime.datetime(2026, 1, 1, tzinfo=UTC)], "timestamp with time zone",
     ["2026-01-01 00:00:00+00"]),
    (pa.duration("ms"), [datetime.timedelta(days=2, milliseconds=5)], "interval", ["48:00:00.005"]),
    (pa.month_day_nano_interval(), [pa.MonthDayNano([14, -3, 1000])], "interval", ["1 year 2 mons -3 days +00:00:00.000001"]),
    (pa.dictionary(pa.int8(), pa.string()), ["a", "b", "a", None], "text", ["a", "b", "a", "<null>"]),
    (pa.list_(pa.int32()), [[1, None, 3], [], None], "integer[]", ["{1,NULL,3}", "{}", "<null>"]),
    (pa.list_(pa.list_(pa.string())), [[["a", "b"], ["c", "d"]], []], "text[]", ["{{a,b},{c,d}}", "{}"]),
    (pa.list_(pa.decimal128(10, 2), 2), [[D("1.50"), D("2.25")]], "numeric(10,2)[]", ["{1.50,2.25}"]),
    (pa.null(), [None, None], "text", ["<null>", "<null>"]),
]


@pytest.mark.parametrize("arrow_type,values,sql_type,result", TYPES, ids=[f"{i}-{t[0]}" for i, t in enumerate(TYPES)])
def test_every_type_goes_in_as_what_it_was(postgres, arrow_type, values, sql_type, result, tmp_path):
    table = pa.table({"i": pa.array(range(len(values)), pa.int32()), "v": pa.array(values, arrow_type)})
    write(postgres, table, tmp_path)
    assert type_of(postgres) == sql_type
    assert texts(postgres) == result


def test_uuid_and_json(postgres, tmp_path):
    uuid = pa.ExtensionArray.from_storage(pa.uuid(), pa.array([bytes(range(16))], pa.binary(16)))
    doc = pa.ExtensionArray.from_storage(pa.json_(pa.string()), pa.array(['{"a":1, "a":2}']))
    write(postgres, pa.table({"i": [0], "u": uuid, "j": doc}), tmp_path)
    assert type_of(postgres, "u") == "uuid" and type_of(postgres, "j") == "json"
    assert texts(postgres, "u") == ["00010203-0405-0607-0809-0a0b0c0d0e0f"]
    assert texts(postgres, "j") == ['{"a":1, "a":2}']


REFUSED = [
    (pa.struct([("a", pa.int32())]), [{"a": 1}], "no type for struct"),
    (pa.string(), ["a\0b"], "NUL"),
    (pa.timestamp("ns"), [pa.scalar(1, pa.timestamp("ns"))], "nanoseconds"),
    (pa.list_(pa.list_(pa.int32())), [[[1], [2, 3]]], "not of one length"),
    (pa.list_(pa.list_(pa.int32())), [[[], []]], "empty lists"),
    (pa.list_(pa.list_(pa.int32())), [[None]], "null in place"),
    (pa.date32(), [pa.scalar(2**31 - 1, pa.int32()).cast(pa.date32())], "beyond the years"),
    (pa.timestamp("s"), [pa.scalar(2**62, pa.timestamp("s"))], "beyond"),
]


@pytest.mark.parametrize("arrow_type,values,message", REFUSED, ids=[f"{i}-{t[2]}" for i, t in enumerate(REFUSED)])
def test_what_postgres_cannot_hold_is_told(postgres, arrow_type, values, message, tmp_path):
    values = pa.array(values, arrow_type)
    result = write(postgres, pa.table({"i": [0], "v": values}), tmp_path, check=None)
    assert result.code == 4, result
    assert "column v" in result.stderr and message in result.stderr, result
    assert tables(postgres) == ""


def tables(postgres):
    return postgres.psql("select string_agg(relname, ',' order by relname) from pg_class c join pg_namespace n"
                         " on n.oid = relnamespace where nspname = 'public' and relkind = 'r'")


ROWS = pa.table({"i": pa.array([1, 2, 3], pa.int64()), "v": ["a", "b", "c"]})


def test_a_table_that_is_there_is_kept_unless_told(postgres, tmp_path):
    write(postgres, ROWS, tmp_path)
    result = write(postgres, ROWS, tmp_path, check=None)
    assert result.code == 3 and "exists already" in result.stderr and "--overwrite" in result.stderr
    write(postgres, ROWS.slice(0, 1), tmp_path, "--append")
    assert postgres.psql("select count(*) from t") == "4"
    write(postgres, pa.table({"other": [1.5]}), tmp_path, "--overwrite")
    assert postgres.psql("select * from t") == "1.5"
    assert tables(postgres) == "t"


def test_append_matches_columns_by_name_and_types_exactly(postgres, tmp_path):
    postgres.psql("create table t (v varchar, i numeric(21,2), n int default 1, g int generated always as identity)")
    result = write(postgres, ROWS, tmp_path, "--append", check=None)
    assert result.code == 4 and 'no column "n", "g"' in result.stderr, result
    postgres.psql("alter table t drop n, drop g, alter i type numeric(20,2)")
    result = write(postgres, ROWS, tmp_path, "--append", check=None)
    assert result.code == 4 and "numeric(20,2)" in result.stderr, result
    postgres.psql("alter table t alter i type numeric(22,2)")
    write(postgres, ROWS, tmp_path, "--append")
    assert postgres.rows("select i, v from t order by i") == [("1.00", "a"), ("2.00", "b"), ("3.00", "c")]
    postgres.psql("alter table t alter v type varchar(5)")
    result = write(postgres, ROWS, tmp_path, "--append", check=None)
    assert result.code == 4 and "exactly" in result.stderr
    assert postgres.psql("select count(*) from t") == "3"


def test_constraints_of_the_table_hold(postgres, tmp_path):
    postgres.psql("create table t (i bigint primary key, v text)")
    write(postgres, ROWS, tmp_path, "--append")
    result = write(postgres, ROWS, tmp_path, "--append", check=None)
    assert result.code == 4 and "23505" in result.stderr
    assert postgres.psql("select count(*) from t") == "3"


def test_upsert(postgres, tmp_path):
    write(postgres, ROWS, tmp_path, "--upsert", "i")
    assert postgres.psql("select pg_get_constraintdef(oid) from pg_constraint where conrelid = 't'::regclass") == "PRIMARY KEY (i)"
    more = pa.table({"v": ["B", "d"], "i": pa.array([2, 4], pa.int64())})
    result = write(postgres, more, tmp_path, "--upsert", "i")
    assert "1 row updated, 1 row inserted" in result.stderr
    assert postgres.rows("select i, v from t order by i") == [("1", "a"), ("2", "B"), ("3", "c"), ("4", "d")]
    twice = pa.table({"i": pa.array([7, 7], pa.int64()), "v": ["x", "y"]})
    result = write(postgres, twice, tmp_path, "--upsert", "i", check=None)
    assert result.code == 4 and "i = 7" in result.stderr
    assert postgres.psql("select count(*) from t") == "4" and tables(postgres) == "t"


def test_names_and_schemas(postgres, tmp_path):
    write(postgres, pa.table({'q"q': [1], "Select": [2]}), tmp_path, to='"My Schema"."Sel""ect; DROP"')
    assert postgres.rows('select * from "My Schema"."Sel""ect; DROP"') == [("1", "2")]
    long = "n" * 64
    result = write(postgres, ROWS, tmp_path, to=long, check=None)
    assert result.code == 4 and "63 bytes" in result.stderr
    write(postgres, ROWS, tmp_path, to="ä" * 31)
    assert tables(postgres) == "ä" * 31


def test_rows_without_columns(postgres, tmp_path):
    postgres.psql("create table z (); insert into z select from generate_series(1, 3)")
    run("copy", postgres.uri("z"), postgres.uri("zz"), check=0)
    assert postgres.psql("select count(*) from zz") == "3"


def test_duckdb_there_and_back(postgres, tmp_path):
    with duckdb.connect(str(tmp_path / "a.duckdb"), config={"storage_compatibility_version": "v1.0.0"}) as connection:
        connection.execute("""create table t as select i::integer as i, i::hugeint * 1000000000000 as h, (i / 7.0)::double as d,
            'name ' || i as s, date '2020-01-01' + (i % 4000)::integer as day, i % 2 = 0 as b, (i * 1.25)::decimal(12,2) as n,
            timestamp '2020-01-01' + to_seconds(i) as at, [i, i + 1] as l from range(100000) r(i)""")
    run("copy", f"duckdb:{tmp_path}/a.duckdb#t", postgres.uri("t"), check=0)
    run("copy", postgres.uri("t"), f"duckdb:{tmp_path}/b.duckdb#t", check=0)
    with duckdb.connect() as connection:
        for name in "ab":
            connection.execute(f"attach '{tmp_path}/{name}.duckdb' as {name} (read_only)")
        assert connection.execute("select count(*) from a.t").fetchall() == [(100000,)]
        for one, other in ["ab", "ba"]:
            assert connection.execute(f"select * from {one}.t except all select * from {other}.t").fetchall() == []


# --- faults


def big(folder):
    path = folder / "big.parquet"
    pa.parquet.write_table(pa.table({"i": pa.array(range(200_000)), "pad": ["x" * 100] * 200_000}), path)
    return path


def rows_without_end():
    """A stream of the table of big(), in blocks."""
    schema = pa.schema([("i", pa.int64()), ("pad", pa.string())])
    batch = pa.record_batch([pa.array(range(10_000), pa.int64()), ["x" * 100] * 10_000], schema)
    yield schema.serialize().to_pybytes()
    while True:
        yield batch.serialize().to_pybytes()


COPYING = "from pg_stat_activity where datname = current_database() and query like 'copy %'"


@pytest.mark.parametrize("option", [[], ["--overwrite"], ["--append"]])
def test_a_lost_connection_leaves_the_old_state(postgres, option):
    if option:
        postgres.psql("create table t as select 1::bigint as i, 'old' as pad")
    code, lines = cut_short(
        "copy", "-", postgres.uri("t"), *option,
        feed=rows_without_end,
        when=lambda _: postgres.psql("select count(*) " + COPYING) != "0",
        cut=lambda _: postgres.psql("select count(pg_terminate_backend(pid)) " + COPYING),
    )
    assert code == 7, lines
    assert tables(postgres) == ("t" if option else "")
    if option:
        assert postgres.psql("select * from t") == "1|old"


def test_a_killed_process_leaves_the_old_state(postgres, tmp_path):
    cut_short(
        "copy", "-", postgres.uri("t"),
        feed=rows_without_end,
        when=lambda _: postgres.psql("select count(*) " + COPYING) != "0",
    )
    for _ in range(100):
        if postgres.psql("select count(*) from pg_stat_activity where application_name = 'bowyer'") == "0":
            break
        time.sleep(0.05)
    assert tables(postgres) == ""
    run("copy", big(tmp_path), postgres.uri("t"), check=0)
    assert postgres.psql("select count(*) from t") == "200000" and tables(postgres) == "t"


def test_two_runs_on_one_table(postgres, tmp_path):
    path = big(tmp_path)
    # Two at once: one of them wins, or they follow one another; never both in one table.
    runs = [subprocess.Popen([BOWYER, "copy", str(path), postgres.uri("t")], stderr=subprocess.PIPE) for _ in range(2)]
    codes = sorted(process.wait(60) for process in runs)
    assert codes == [0, 3], [process.stderr.read() for process in runs]
    assert postgres.psql("select count(*) from t") == "200000"
    assert leftovers(tmp_path) == ["big.parquet"]
