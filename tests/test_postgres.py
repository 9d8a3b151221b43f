"""PostgreSQL as a source, against a real server: types, snapshots, lost connections, names, the corpus."""

import contextlib
import datetime
import decimal
import hashlib
import json
import math
import os
import pathlib
import struct
import subprocess
import threading
import time

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
import pytest

from conftest import BOWYER, CORPUS, expected, leftovers, run
from cutting_proxy import Proxy

D = decimal.Decimal
D_CONTEXT = decimal.Context(prec=200000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)


def read(postgres, table, folder, *options, **location):
    """A table as bowyer copies it into an Arrow file."""
    path = folder / "copied.arrow"
    path.unlink(missing_ok=True)
    run("copy", postgres.uri(table, **location), path, *options, check=0)
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all()


def column(postgres, sql_type, values, folder, *options):
    """The field and the values of a column of one table."""
    postgres.psql("drop table if exists one")
    postgres.psql(f"create table one (i serial, v {sql_type})")
    postgres.psql("insert into one (v) values " + ", ".join(f"({value})" for value in values))
    table = read(postgres, "one", folder, *options)
    # Days that Python's dates do not have are looked at as numbers.
    days = pa.types.is_date(table.schema.field("v").type)
    return table.schema.field("v"), (table["v"].cast(pa.int32()) if days else table["v"]).to_pylist()


# --- types

UTC = datetime.timezone.utc
US = datetime.timedelta(microseconds=1)

TYPES = [
    ("bool", ["true", "null", "false"], pa.bool_(), [True, None, False]),
    ("int2", ["-32768", "null", "32767"], pa.int16(), [-32768, None, 32767]),
    ("int4", ["-2147483648", "2147483647"], pa.int32(), [-(2**31), 2**31 - 1]),
    ("int8", ["-9223372036854775808", "9223372036854775807"], pa.int64(), [-(2**63), 2**63 - 1]),
    ("oid", ["4294967295", "0"], pa.uint32(), [2**32 - 1, 0]),
    ("float4", ["'1.5'", "'-0'", "'Infinity'"], pa.float32(), [1.5, -0.0, math.inf]),
    ("float8", ["'1e308'", "'0.1'", "'-Infinity'"], pa.float64(), [1e308, 0.1, -math.inf]),
    ("text", ["'größe'", "''", "null"], pa.string(), ["größe", "", None]),
    ("varchar(5)", ["'ab'"], pa.string(), ["ab"]),
    ("char(5)", ["'ab'"], pa.string(), ["ab   "]),
    ("name", ["'n'"], pa.string(), ["n"]),
    ('"char"', ["'a'", "''", "'\\303'"], pa.string(), ["a", "", "\\303"]),
    ("bytea", ["'\\x00ff'", "''"], pa.binary(), [b"\x00\xff", b""]),
    ("uuid", ["'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"], pa.uuid(), ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("json", ["""'{"a":1, "a":2}'"""], pa.json_(pa.string()), ['{"a":1, "a":2}']),
    ("jsonb", ["""'{"b":1.00, "a":2}'"""], pa.json_(pa.string()), ['{"a": 2, "b": 1.00}']),
    ("date", ["'4713-01-01 BC'", "'2026-11-21'", "'5874897-12-31'"], pa.date32(), [-2440550, 20778, 2145042905]),
    ("time", ["'24:00'", "'12:34:56.789012'"], pa.time64("us"), None),
    ("timetz", ["'24:00+02'", "'12:34:56.7-05:30:15'"], pa.string(), ["24:00:00+02", "12:34:56.7-05:30:15"]),
    (
        "timestamp",
        ["'2026-11-21 12:34:56.789012'", "'1969-12-31 23:59:59.999999'"],
        pa.timestamp("us"),
        [datetime.datetime(2026, 11, 21, 12, 34, 56, 789012), datetime.datetime(1970, 1, 1) - US],
    ),
    (
        "timestamptz",
        ["'2026-11-21 12:00:00+05:45'"],
        pa.timestamp("us", "UTC"),
        [datetime.datetime(2026, 11, 21, 6, 15, tzinfo=UTC)],
    ),
    (
        "interval",
        ["'1 year -2 days 03:04:05.000006'", "'-1 month'"],
        pa.month_day_nano_interval(),
        [pa.MonthDayNano([12, -2, 11045000006000]), pa.MonthDayNano([-1, 0, 0])],
    ),
    ("numeric(12,2)", ["12.5", "-0.01", "9999999999.99"], pa.decimal128(12, 2), [D("12.50"), D("-0.01"), D("9999999999.99")]),
    ("numeric(38,38)", ["0." + "9" * 38], pa.decimal128(38, 38), [D("0." + "9" * 38)]),
    ("numeric(5,-2)", ["1234567", "-49"], pa.decimal128(7, 0), [D("1234600"), D("0")]),
    ("numeric(3,5)", ["0.00123"], pa.decimal128(5, 5), [D("0.00123")]),
    ("numeric", ["1.5", "12.25", "1e10"], pa.decimal128(18, 2), [D("1.50"), D("12.25"), D("10000000000.00")]),
    ("numeric", ["1.5", "'12345678901234567890.5'"], pa.decimal128(38, 1), [D("1.5"), D("12345678901234567890.5")]),
    ("numeric", ["1.50", "'NaN'"], pa.string(), ["1.50", "NaN"]),
    ("numeric", ["'Infinity'", "1e40"], pa.string(), ["Infinity", "1" + "0" * 40]),
    ("numeric", ["null"], pa.decimal128(18, 0), [None]),
    ("numeric(50,2)", ["1e40"], pa.string(), ["1" + "0" * 40 + ".00"]),
    ("money", ["'-12.34'", "'92233720368547758.07'"], pa.decimal128(19, 2), [D("-12.34"), D("92233720368547758.07")]),
    ("bit(3)", ["B'101'"], pa.string(), ["101"]),
    ("varbit", ["B''", "B'1'"], pa.string(), ["", "1"]),
    ("inet", ["'192.168.0.1/24'"], pa.string(), ["192.168.0.1/24"]),
    ("cidr", ["'10.0.0.0/8'"], pa.string(), ["10.0.0.0/8"]),
    ("macaddr", ["'08:00:2b:01:02:03'"], pa.string(), ["08:00:2b:01:02:03"]),
    ("xml", ["'<r>é</r>'"], pa.string(), ["<r>é</r>"]),
    ("tsvector", ["'b a'"], pa.string(), ["'a' 'b'"]),
    ("point", ["'(1.5,NaN)'"], pa.string(), ["(1.5,NaN)"]),
    ("int4range", ["'[1,5]'", "'empty'"], pa.string(), ["[1,6)", "empty"]),
    ("nummultirange", ["'{[1,2),[5,6)}'"], pa.string(), ["{[1,2),[5,6)}"]),
    ("int[]", ["'{1,null,3}'", "'{}'", "null"], pa.list_(pa.int32()), [[1, None, 3], [], None]),
    ("int[]", ["'{{1,2},{3,4}}'", "'{}'"], pa.list_(pa.list_(pa.int32())), [[[1, 2], [3, 4]], []]),
    ("int[]", ["'{1}'", "'{{1,2}}'"], pa.string(), ["{1}", "{{1,2}}"]),
    ("int[]", ["'[0:1]={1,2}'"], pa.string(), ["[0:1]={1,2}"]),
    ("text[]", ["'{a,NULL,\"NULL\"}'"], pa.list_(pa.string()), [["a", None, "NULL"]]),
    ("numeric[]", ["'{1.5,2.25}'", "'{}'"], pa.list_(pa.decimal128(18, 2)), [[D("1.50"), D("2.25")], []]),
    ("numeric[]", ["'{1,NaN}'"], pa.list_(pa.string()), [["1", "NaN"]]),
    ("inet[]", ["'{10.0.0.1,::1}'"], pa.list_(pa.string()), [["10.0.0.1/32", "::1/128"]]),
    (
        "uuid[]",
        ["'{a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11}'"],
        pa.list_(pa.string()),
        [["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]],
    ),
    ("timetz[]", ["'{12:00+02,null}'"], pa.list_(pa.string()), [["12:00:00+02", None]]),
    ("regclass", ["'pg_class'"], pa.string(), ["pg_class"]),
    ("aclitem", ["'=r/tester'"], pa.string(), ["=r/tester"]),
    ("pg_lsn", ["'16/B374D848'"], pa.string(), ["16/B374D848"]),
]


@pytest.mark.parametrize("sql_type,values,arrow_type,result", TYPES, ids=[f"{i}-{t[0]}" for i, t in enumerate(TYPES)])
def test_every_type_arrives_as_what_it_was(postgres, sql_type, values, arrow_type, result, tmp_path):
    field, got = column(postgres, sql_type, values, tmp_path)
    assert field.type == arrow_type
    if sql_type == "time":
        with pa.OSFile(str(tmp_path / "copied.arrow")) as file:
            assert pa.ipc.open_file(file).read_all()["v"].cast(pa.int64()).to_pylist() == [86400000000, 45296789012]
    else:
        assert [str(value) if sql_type == "uuid" else value for value in got] == result


def test_defined_types(postgres, tmp_path):
    postgres.psql("""
        create type mood as enum ('sad', 'it''s "fine"');
        create domain posint as int check (value > 0);
        create domain days as date[];
        create type pair as (a int, "B b" text);
        create type odd as (i inet, p pair, n numeric, ms mood[]);
        create table t (m mood, d posint, ds days, p pair, ps pair[], o odd, os odd[]);
        insert into t values ('sad', 5, '{2026-11-21}', (1, 'x'), array[(1, 'x')::pair, null, (null, null)::pair],
          ('10.0.0.1', (2, null), 1.50, '{sad,NULL}'), array[('::1', null, null, null)::odd]);
        insert into t values (null, null, null, null, null, null, null);
        insert into t values ('it''s "fine"', 1, '{}', (null, null), '{}', (null, null, null, null), '{}');""")
    table = read(postgres, "t", tmp_path)
    pair = pa.struct([("a", pa.int32()), ("B b", pa.string())])
    assert table.schema.field("m").metadata[b"duckdb:type"] == b"""ENUM('sad', 'it''s "fine"')"""
    assert table["m"].to_pylist() == ["sad", None, 'it\'s "fine"']
    assert table["d"].to_pylist() == [5, None, 1]
    assert table["ds"].to_pylist() == [[datetime.date(2026, 11, 21)], None, []]
    assert table.schema.field("p").type == pair
    assert table["p"].to_pylist() == [{"a": 1, "B b": "x"}, None, {"a": None, "B b": None}]
    assert table["ps"].to_pylist() == [[{"a": 1, "B b": "x"}, None, {"a": None, "B b": None}], None, []]
    # What has no type in Arrow is text inside of a struct, too; in arrays of those the whole value is.
    assert table["o"].to_pylist() == [
        {"i": "10.0.0.1/32", "p": {"a": 2, "B b": None}, "n": "1.50", "ms": ["sad", None]},
        None,
        {"i": None, "p": None, "n": None, "ms": None},
    ]
    assert table["os"].to_pylist() == ['{"(::1,,,)"}', None, "{}"]


def test_extensions_types_are_text(postgres, tmp_path):
    for name, value in [("hstore", "'a=>1'"), ("citext", "'AbC'")]:
        postgres.psql(f"create extension {name}")  # of contrib, which comes with Debian's server
        field, values = column(postgres, name, [value], tmp_path)
        assert field.type == pa.string()
        assert values == [{"hstore": '"a"=>"1"', "citext": "AbC"}[name]]


@pytest.mark.parametrize(
    "sql_type,value",
    [
        ("timestamp", "294276-12-31 23:59:59.999999"),
        ("timestamp", "infinity"),
        ("timestamptz", "-infinity"),
        ("date", "infinity"),
        ("numeric(10,2)", "NaN"),
        ("date[]", "{2026-11-21,infinity}"),
    ],
)
def test_what_a_type_cannot_hold_is_told_and_text_on_demand(postgres, sql_type, value, tmp_path):
    postgres.psql(f"create table t (i int, v {sql_type}); insert into t values (1, null), (2, '{value}')")
    result = run("copy", postgres.uri("t"), tmp_path / "t.parquet")
    assert result.code == 4, result
    assert "column v" in result.stderr and "--type v=text" in result.stderr
    assert leftovers(tmp_path) == []
    table = read(postgres, "t", tmp_path, "--type", "v=text")
    text = value if "294276" not in value else "294276-12-31 23:59:59.999999"
    assert table["v"].to_pylist() == [None, text]


def test_types_that_the_user_asks_for_are_exact_or_refused(postgres, tmp_path):
    postgres.psql("create table t (n numeric, i int8, f float4, b numeric(12,2));"
                  "insert into t values (1.25, 2147483648, 0.1, 10.00)")
    table = read(postgres, "t", tmp_path, "--type", "n=decimal(10,3)", "--type", "i=decimal(20,0)", "--type", "f=float64")
    assert table["n"].to_pylist() == [D("1.250")] and table.schema.field("n").type == pa.decimal128(10, 3)
    assert table["i"].to_pylist() == [D(2147483648)]
    assert table["f"].to_pylist() == [0.10000000149011612]
    for told in ["n=decimal(10,1)", "i=int32"]:
        result = run("copy", postgres.uri("t"), tmp_path / "t.parquet", "--type", told)
        assert result.code == 4, result
        assert not (tmp_path / "t.parquet").exists()


# --- tables, views, queries


def test_partitions_are_read_as_their_parent_and_inheritance_is_not(postgres, tmp_path):
    postgres.psql("""
        create table p (d int, v text) partition by range (d);
        create table p1 partition of p for values from (0) to (10);
        create table p2 partition of p for values from (10) to (20) partition by list (v);
        create table p2a partition of p2 for values in ('a');
        create table p2x partition of p2 default;
        insert into p select i, chr(97 + i % 3) from generate_series(0, 19) i;
        create table animal (name text); create table dog (bark text) inherits (animal);
        insert into animal values ('generic'); insert into dog values ('rex', 'woof');""")
    assert sorted(read(postgres, "p", tmp_path)["d"].to_pylist()) == list(range(20))
    assert read(postgres, "p2a", tmp_path).num_rows == 3
    assert read(postgres, "animal", tmp_path)["name"].to_pylist() == ["generic"]
    assert read(postgres, "dog", tmp_path)["name"].to_pylist() == ["rex"]


def test_views_queries_and_generated_columns(postgres, tmp_path):
    postgres.psql("""
        create table t (a int, b int generated always as (a * 2) stored, c int generated always as identity);
        insert into t (a) values (1), (2);
        create view v as select a + b as s from t; create materialized view m as select sum(a) as s from t;
        create materialized view never as select 1 with no data;""")
    assert read(postgres, "t", tmp_path).to_pylist() == [{"a": 1, "b": 2, "c": 1}, {"a": 2, "b": 4, "c": 2}]
    assert read(postgres, "v", tmp_path)["s"].to_pylist() == [3, 6]
    assert read(postgres, "m", tmp_path)["s"].to_pylist() == [3]
    query = "select%20a,%20a,%20sum(b)%20from%20t%20group%20by%20a%20order%20by%20a%20desc%20--%20end"
    table = read(postgres, None, tmp_path, query=query)
    assert table.schema.names == ["a", "a", "sum"]
    assert [column.to_pylist() for column in table.columns] == [[2, 1], [2, 1], [4, 2]]
    result = run("copy", postgres.uri("never"), tmp_path / "x.arrow")
    assert result.code == 3 and "never filled" in result.stderr


def test_a_query_is_one_select_that_changes_nothing(postgres, tmp_path):
    postgres.psql("create table t (a int); insert into t values (1)")
    for query in ["delete%20from%20t%20returning%20a", "select%201;%20drop%20table%20t", "drop%20table%20t", "selec%201",
                  "select%20nosuch%20from%20t"]:
        result = run("copy", postgres.uri(query=query), tmp_path / "x.arrow")
        assert result.code in (2, 3), (query, result)
        assert "SQLSTATE" in result.stderr or "one SELECT" in result.stderr
    assert postgres.psql("select count(*) from t") == "1"


def test_names(postgres, tmp_path):
    postgres.psql("""create schema "Weird Schema"; create table "Weird Schema"."Sel""ect; DROP" ("q""q" int, "a.b" text);
        insert into "Weird Schema"."Sel""ect; DROP" values (1, 'x');
        create table orders (i int); create table "Bills" (j int); create schema sales; create table sales.bills (k int)""")
    table = read(postgres, '"Weird Schema"."Sel""ect; DROP"', tmp_path)
    assert table.to_pylist() == [{'q"q': 1, "a.b": "x"}]
    assert read(postgres, "Bills", tmp_path).schema.names == ["j"]
    for wrong, meant in [("ordres", "orders"), ("bills", "sales.bills")]:
        result = run("copy", postgres.uri(wrong), tmp_path / "x.arrow")
        assert result.code == 3 and f'did you mean "{meant}"?' in result.stderr, result
    result = run("copy", postgres.uri(), tmp_path / "x.arrow")
    assert result.code == 2 and "#" in result.stderr and "orders" in result.stderr


def test_inspect(postgres):
    postgres.psql("create table t (n numeric(5,2), m text[]); insert into t values (1, '{a}'); analyze t;"
                  "create view v as select 1 as one")
    document = json.loads(run("inspect", postgres.uri(), "--json", check=0).stdout)
    assert document["tables"] == [
        {"name": "t", "kind": "table", "rows": 1, "columns": 2},
        {"name": "v", "kind": "view", "rows": None, "columns": 1},
    ]
    page = run("inspect", postgres.uri("t"), "--head", "1", check=0).stdout.decode()
    assert "PostgreSQL" in page and "numeric(5,2)" in page and "decimal(5,2)" in page, page


def test_sql_joins_with_a_file(postgres, tmp_path):
    postgres.psql("create table t as select i, 'n' || i as name from generate_series(1, 1000) i")
    (tmp_path / "x.csv").write_text("i\n5\n7\n")
    result = run("sql", f"select name from '{postgres.uri('t')}' join 'x.csv' using (i) order by i", "--to", "csv",
                 "-o", "-", cwd=tmp_path, check=0)
    assert result.stdout.decode().split() == ["name", "n5", "n7"]


def test_no_rows_and_no_columns(postgres, tmp_path):
    postgres.psql("create table e (a int, n numeric, l int[]); create table z ();"
                  "insert into z select from generate_series(1, 3)")
    table = read(postgres, "e", tmp_path)
    assert table.num_rows == 0 and table.schema.field("l").type == pa.list_(pa.int32())
    assert read(postgres, "z", tmp_path).num_rows == 3


def test_row_security_hides_nothing_without_a_word(postgres, tmp_path):
    role = "reader_" + postgres.name
    postgres.psql(f"""create table t (a int); insert into t values (1), (2); create role {role} login;
        grant select on t to {role}; alter table t enable row level security;
        create policy p on t using (a = 1)""")
    location = postgres.uri("t").replace("tester@", role + "@")
    result = run("copy", location, tmp_path / "t.arrow")
    postgres.psql(f"drop owned by {role}; drop role {role}")
    assert result.code == 3 and "row-level security" in result.stderr, result


# --- connections


def test_passwords_are_never_shown(postgres, tmp_path):
    port = postgres.server.port
    for location in [
        f"postgresql://tester:sEcReT1@127.0.0.1:{port}/nosuchdb#t",
        f"postgresql://tester:s%ZZEcReT1@127.0.0.1:{port}/{postgres.name}#t",
        f"postgresql://tester@127.0.0.1:1/{postgres.name}?password=sEcReT1#t",
        f"postgresql://tester@127.0.0.1:{port}/{postgres.name}?pasword=sEcReT1#t",
        f"postgresql://tester:sEcReT1@127.0.0.1:{port}/{postgres.name}#nosuch",
    ]:
        result = run("copy", location, tmp_path / "x.arrow", "-vv")
        assert result.code in (2, 3), result
        assert "EcReT1" not in result.stderr and "EcReT1" not in result.stdout.decode(), result


def test_libpqs_ways_to_say_where(postgres, tmp_path):
    postgres.psql("create table t (a int); insert into t values (7)")
    folder, port = postgres.server.folder, postgres.server.port
    (tmp_path / "services").write_text(f"[here]\nhost={folder}\nport={port}\nuser=tester\ndbname={postgres.name}\n")
    for location, env in [
        (f"postgresql:///{postgres.name}?host={folder}&port={port}&user=tester#t", {}),
        ("postgresql://?service=here#t", {"PGSERVICEFILE": str(tmp_path / "services")}),
        ("postgresql://#t", {"PGHOST": str(folder), "PGPORT": str(port), "PGUSER": "tester", "PGDATABASE": postgres.name}),
        (postgres.uri("t", sslmode="disable", application_name="x"), {}),
    ]:
        (tmp_path / "x.arrow").unlink(missing_ok=True)
        run("copy", location, tmp_path / "x.arrow", env=env, check=0)


def test_a_server_that_is_not_there(tmp_path):
    result = run("copy", "postgresql://127.0.0.1:1/db#t", tmp_path / "x.arrow")
    assert result.code == 3 and "no connection" in result.stderr
    result = run("copy", "postgresql://127.0.0.1:1/db?read_timeout=x#t", tmp_path / "x.arrow")
    assert result.code == 2


# --- faults

ROWS = 20_000


@pytest.fixture
def wide(postgres):
    """A table of 20 MB."""
    postgres.psql(f"create table t as select i, repeat(md5(i::text), 32) as pad from generate_series(1, {ROWS}) i")
    return postgres


def check_whole(table):
    assert table["i"].to_pylist() == list(range(1, ROWS + 1))


@pytest.mark.parametrize("percent", [1, 50, 99])
def test_a_connection_that_is_cut_goes_on_by_another(wide, percent, tmp_path):
    limit = 20_000_000 * percent // 100

    def behave(connection, sent):
        # The second connection reads the rows; the first holds the snapshot.
        return "cut" if connection == 1 and sent >= limit else 65536

    with Proxy(wide.server.port, behave) as proxy:
        path = tmp_path / "t.arrow"
        result = run("copy", wide.uri("t", port=proxy.port), path, check=0)
        assert "goes on" in result.stderr and proxy.connections == 3
    with pa.OSFile(str(path)) as file:
        check_whole(pa.ipc.open_file(file).read_all())


@pytest.mark.parametrize("percent", [1, 50, 99])
def test_a_server_that_is_gone_leaves_nothing(wide, percent, tmp_path):
    limit = 20_000_000 * percent // 100
    gone = threading.Event()

    def behave(connection, sent):
        if connection == 1 and sent >= limit:
            gone.set()
        if gone.is_set():
            for each in proxy.open:
                proxy.hang_up(each)
            return "cut"
        return 65536

    with Proxy(wide.server.port, behave) as proxy:
        result = run("copy", wide.uri("t", port=proxy.port), tmp_path / "t.parquet")
        assert result.code == 7, result
        assert leftovers(tmp_path) == []


def test_a_server_that_says_nothing_is_an_error(wide, tmp_path):
    def behave(connection, sent):
        return "stall" if connection == 1 and sent >= 5_000_000 else 65536

    with Proxy(wide.server.port, behave) as proxy:
        start = time.monotonic()
        result = run("copy", wide.uri("t", port=proxy.port, read_timeout=2), tmp_path / "t.parquet")
        assert result.code == 6 and "nothing for 2 s" in result.stderr, result
        assert time.monotonic() - start < 15
        assert leftovers(tmp_path) == []


@pytest.mark.parametrize("fault", [None, "cut"])
def test_a_large_table_comes_by_several_connections_in_its_order(postgres, fault, tmp_path):
    rows = 90_000
    postgres.psql(f"create table t as select i, repeat(md5(i::text), 32) as pad from generate_series(1, {rows}) i;"
                  "insert into t select 0, repeat('x', 1000000) from generate_series(1, 30)")

    def behave(connection, sent):
        return "cut" if fault and connection == 2 and sent >= 3_000_000 else 65536

    with Proxy(postgres.server.port, behave) as proxy:
        path = tmp_path / "t.arrow"
        result = run("copy", postgres.uri("t", port=proxy.port), path, "--threads", "2", check=0)
        assert ("goes on" in result.stderr) == (fault is not None)
        assert proxy.connections >= 3
        # Rows that are not wanted are not waited for.
        run("copy", postgres.uri("t", port=proxy.port), tmp_path / "few.arrow", "--limit", "10", check=0)
    with pa.OSFile(str(path)) as file:
        table = pa.ipc.open_file(file).read_all()
    assert table["i"].to_pylist() == list(range(1, rows + 1)) + [0] * 30
    lengths = pc.binary_length(table["pad"]).to_pylist()
    assert lengths == [1024] * rows + [1_000_000] * 30
    texts = table["pad"].slice(0, rows).to_pylist()
    assert all(texts[i - 1].startswith(hashlib.md5(str(i).encode()).hexdigest()) for i in range(1, rows + 1, 97))


@contextlib.contextmanager
def paused_copy(database, path, *options):
    """bowyer in the middle of t; goes on behind the block."""
    reached, go_on = threading.Event(), threading.Event()

    def behave(connection, sent):
        if connection == 1 and sent >= 5_000_000:
            reached.set()
            go_on.wait(20)
        return 65536

    with Proxy(database.server.port, behave) as proxy:
        process = subprocess.Popen(
            [BOWYER, "copy", database.uri("t", port=proxy.port), str(path), *options], stderr=subprocess.PIPE
        )
        assert reached.wait(10)
        try:
            yield process
        finally:
            go_on.set()
            process.wait(30)


def test_writers_are_not_locked_out_and_not_seen(wide, tmp_path):
    with paused_copy(wide, tmp_path / "t.arrow") as process:
        wide.psql("set lock_timeout = '2s'; insert into t values (0, 'new'); update t set pad = 'x' where i % 2 = 0;"
                  "delete from t where i % 3 = 0")
        wide.psql("vacuum t")
        # Who would take the rows away has to wait, as for any SELECT.
        for ddl in ["truncate t", "alter table t drop column pad", "drop table t"]:
            with pytest.raises(AssertionError, match="lock timeout"):
                wide.psql(f"set lock_timeout = '200ms'; {ddl}")
    assert process.returncode == 0, process.stderr.read()
    with pa.OSFile(str(tmp_path / "t.arrow")) as file:
        table = pa.ipc.open_file(file).read_all()
    check_whole(table)
    assert min(len(pad) for pad in table["pad"].to_pylist()) == 1024


def test_a_backend_that_is_terminated(wide, tmp_path):
    with paused_copy(wide, tmp_path / "t.arrow") as process:
        assert wide.psql("select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'bowyer' and state = 'active'") == "1"
    assert process.returncode == 0
    with pa.OSFile(str(tmp_path / "t.arrow")) as file:
        check_whole(pa.ipc.open_file(file).read_all())


def test_all_backends_terminated_is_an_error(wide, tmp_path):
    with paused_copy(wide, tmp_path / "t.arrow") as process:
        wide.psql("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bowyer'")
    assert process.returncode == 7
    assert leftovers(tmp_path) == []


def test_interrupted_copies_cancel_their_query(wide, tmp_path):
    with paused_copy(wide, tmp_path / "t.arrow") as process:
        process.send_signal(2)
        process.wait(10)
        assert process.returncode == 130
    for _ in range(50):
        if wide.psql("select count(*) from pg_stat_activity where application_name = 'bowyer'") == "0":
            break
        time.sleep(0.1)
    else:
        pytest.fail("a backend is still there")
    assert leftovers(tmp_path) == []


def test_time_outs_of_the_server_are_not_ours(wide, tmp_path):
    wide.psql(f"alter database {wide.name} set statement_timeout = '300ms';"
              f"alter database {wide.name} set idle_in_transaction_session_timeout = '300ms'")
    with paused_copy(wide, tmp_path / "t.arrow", "-v") as process:
        time.sleep(1)
    assert process.returncode == 0
    assert "statement_timeout of 300" in process.stderr.read().decode()


@pytest.fixture
def encrypting(wide):
    """The server offers TLS for as long as the test runs."""
    server = wide.server
    key, certificate = server.folder / "server.key", server.folder / "server.crt"
    if not key.exists():
        server.command("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                       "-keyout", key, "-out", certificate)
    settings = {"ssl_key_file": f"'{key}'", "ssl_cert_file": f"'{certificate}'", "ssl": "on"}
    for name, value in settings.items():
        wide.psql(f"alter system set {name} = {value}")
    wide.psql("select pg_reload_conf()")
    for _ in range(100):
        if wide.psql("show ssl") == "on":
            break
        time.sleep(0.05)
    yield wide
    for name in settings:
        wide.psql(f"alter system reset {name}")
    wide.psql("select pg_reload_conf()")


def test_rows_come_encrypted_too(encrypting, tmp_path):
    with paused_copy(encrypting, tmp_path / "t.arrow") as process:
        used = encrypting.rows("select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name = 'bowyer'")
        assert used and set(used) == {("t",)}
        assert encrypting.psql("select count(pg_terminate_backend(pid)) from pg_stat_activity where query like 'copy (%'") == "1"
    assert process.returncode == 0
    with pa.OSFile(str(tmp_path / "t.arrow")) as file:
        check_whole(pa.ipc.open_file(file).read_all())


@pytest.mark.parametrize("mode", ["disable", "require"])
def test_an_error_among_the_rows(encrypting, mode, tmp_path):
    encrypting.psql("create view v as select i, pad, 1 / (i - 15000) as x from t")
    result = run("copy", encrypting.uri("v", sslmode=mode), tmp_path / "v.parquet")
    assert result.code == 4 and "division by zero (SQLSTATE 22012)" in result.stderr, result
    assert leftovers(tmp_path) == []


# --- the corpus

DUMPS = sorted((CORPUS / "postgres-sql").glob("*.sql"))


def as_postgres_spells(value, text, arrow_type):
    """Is the text that PostgreSQL prints this value?"""
    if value is None or text is None:
        return value is None and text is None
    if pa.types.is_boolean(arrow_type):
        return text == ("true" if value else "false")
    if pa.types.is_integer(arrow_type):
        return int(text) == value
    if pa.types.is_decimal(arrow_type):
        plain = text.replace("$", "").replace(",", "")
        return D_CONTEXT.create_decimal(plain) == value
    if pa.types.is_floating(arrow_type):
        number = float(text)
        if pa.types.is_float32(arrow_type):
            number = struct.unpack("f", struct.pack("f", number))[0]
        return number == value or (math.isnan(number) and math.isnan(value))
    if pa.types.is_binary(arrow_type):
        return text == "\\x" + value.hex()
    if pa.types.is_string(arrow_type) or isinstance(arrow_type, pa.BaseExtensionType):
        return text.rstrip(" ") == str(value).rstrip(" ")  # the cast of char(n) drops what fills it up
    return True  # dates and nested values have tests of their own


@pytest.mark.parametrize("dump", [pytest.param(dump, id=dump.stem[:40]) for dump in DUMPS if "insert-data" not in dump.stem])
def test_every_table_of_the_corpus(postgres, dump, tmp_path):
    facts = expected()[f"postgres-sql/{dump.name}"]["postgres15"]
    if "chinook" in dump.name.lower():  # makes a database of its own
        kept = [line for line in dump.read_text().splitlines() if "DATABASE" not in line and not line.startswith("\\c")]
        dump = tmp_path / dump.name
        dump.write_text("\n".join(kept))
    postgres.psql(file=dump, stop=False)
    for data in DUMPS:
        if "sakila" in dump.name and "insert-data" in data.name:
            postgres.psql(file=data, stop=False)
    for name, table in facts["tables"].items():
        if table.get("rows") is None:
            continue
        schema, _, bare = name.partition(".")
        quoted = identifier(schema) + "." + identifier(bare)
        options = []
        for _ in range(40):  # what a declared type does not hold, as text
            path = tmp_path / "t.arrow"
            path.unlink(missing_ok=True)
            result = run("copy", postgres.uri(quoted), path, *options)
            if result.code == 0:
                break
            assert result.code == 4 and "try --type " in result.stderr, (name, result)
            options += ["--type", result.stderr.split("try --type ")[1].split("\n")[0]]
        with pa.OSFile(str(path)) as file:
            copied = pa.ipc.open_file(file).read_all()
        only = "only " if table["kind"] == "table" else ""
        assert copied.num_rows == int(postgres.psql(f"select count(*) from {only}{quoted}")), name
        if "insert-data" not in name and table["kind"] == "table" and "sakila" not in dump.name:
            assert copied.num_rows == table["rows"], name
        if copied.num_rows == 0 or copied.num_rows > 20000:
            continue
        fields = ", ".join(identifier(name) + "::text" for name in copied.schema.names)
        if not fields:
            continue
        lines = postgres.psql(f"set timezone = 'UTC'; select to_json(array[{fields}]) from {only}{quoted}").split("\n")
        rows = [json.loads(line) for line in lines]
        for index, field in enumerate(copied.schema):
            for row, value in zip(rows, copied.column(index).to_pylist() if checkable(field) else []):
                assert as_postgres_spells(value, row[index], field.type), (name, field, value, row[index])


def identifier(name):
    return '"' + name.replace('"', '""') + '"'


def checkable(field):
    kind = field.type
    return not (pa.types.is_temporal(kind) or pa.types.is_nested(kind))
