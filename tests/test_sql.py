"""The golden SQL of LazyFrames runs on DuckDB and gives the columns and types that the frames foretold."""

import os
import re

import duckdb
import pytest

from conftest import ROOT

SQL = ROOT / "tests" / "sql"


def sections(file):
    """(name, [(column, type)], sql) of each golden query."""
    text = (SQL / file).read_text()
    for part in re.split(r"^-- name: ", text, flags=re.M)[1:]:
        name, _, rest = part.partition("\n")
        columns = []
        while rest.startswith("-- column: "):
            line, _, rest = rest.removeprefix("-- column: ").partition("\n")
            columns.append(tuple(line.rsplit(": ", 1) if "<" not in line else line.split(": ", 1)))
        yield name, columns, rest.rstrip().removesuffix(";")


def plain(type_text):
    """Arrow's spelling without the names of list children, which differ from writer to writer."""
    text = re.sub(r"list<\w*: ", "list<", type_text).replace(" not null", "")
    return re.sub(r"map<(.*?), (.*?)( ?\('\w+'\))?>", r"map<\1, \2>", text)


def parameters(*files):
    return [pytest.param(*section, id=f"{file}: {section[0]}") for file in files for section in sections(file)]


@pytest.fixture(scope="module")
def connection():
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute((SQL / "tables.sql").read_text())
    return connection


@pytest.mark.parametrize("name, columns, sql", parameters("rows.sql", "groups.sql", "joins.sql", "literals.sql", "types.sql"))
def test_golden_sql_is_valid_and_has_the_types_of_its_frame(connection, name, columns, sql):
    schema = connection.sql(sql).to_arrow_table().schema
    # DuckDB 2 gives the type of NULL out as null, 1.5 as int32 (of which Bowyer makes null again).
    actual = [(field.name, plain(str(field.type)).replace("null", "int32")) for field in schema]
    assert actual == [(column, plain(type_text).replace("null", "int32")) for column, type_text in columns]


# Where the order of SQL's clauses, hidden names or nulls could go wrong: rows in order, a set of rows, or how many.
RESULTS = {
    "the example": [("books", 420.5)],
    "what costs is computed once": [(120.5,), (80.25,), (300.0,), (None,), (10.0,)],
    "filters join": 4,
    "filter after limit": 2,
    "sort and limit stay together": 2,
    "sort, then select without the key": [(1, 120.5), (2, 80.25), (3, 300.0), (5, 10.0), (4, None)],
    "sort, then another column takes the key's name": [(5,), (2,), (1,), (3,), (4,)],
    "sort by an expression": [(3,), (1,), (2,), (5,), (4,)],
    "distinct": [("books",), ("games",), ("tools",), (None,)],
    "unnest": [(1, "new"), (1, "gift"), (4, "old"), (5, "a"), (5, "b"), (5, "c")],
    "unnest, then filter and sort": [(1, "gift"), (1, "new"), (4, "old"), (5, "b"), (5, "c")],
    "unnest after sort": [("a",), ("b",), ("c",), ("new",), ("gift",), ("old",)],
    "unnest, then drop it": [(1,), (1,), (4,), (5,), (5,), (5,)],
    "having": [("books", 210.25)],
    "an aggregate named as its column": [("books", 420.5)],
    "of a key that is constant": [(1, 5)],
    "the order of a sort reaches its aggregates": {
        (None, None, None, None, None),
        ("games", 10.0, 10.0, 10.0, "games"),
        ("books", 120.5, 300.0, 420.5, "books, books"),
        ("tools", 80.25, 80.25, 80.25, "tools"),
    },
    "pivot": {("tools", 80.25, None, None), (None,) * 4, ("games", None, None, 10.0), ("books", 120.5, 300.0, None)},
    "rank within groups": {("books", 3), ("tools", 2), ("games", 5), (None, 4)},
    "a window of a window": [(1, 3), (2, 2), (3, 3), (5, 4), (4, 5)],
    "left of filtered sides": {(1, 241.0), (1, 160.5), (2, 600.0), (None, 20.0)},
    "right of filtered sides": {(1, 241.0), (1, 160.5), (2, 600.0)},
    "full of filtered sides": {(1, 241.0), (1, 160.5), (2, 600.0), (None, 20.0)},
    "anti of filtered sides": {(None, 20.0)},
    "only a condition": {("Ada", "Bob"), ("Ada", "Cy"), ("Bob", "Cy"), ("Cy", None)},
    "a chain": [("Bob", 300.0), ("Ada", 200.75)],
    "a part that is used twice is written once": [("books", 420.5)],
    "but not a mere filter": {(2, 1), (3, 1)},
    "integers": [(-5, 5, 5, -3000000000, -(2**63), -(2**31), 255, 2**64 - 1)],
    "text and bytes": [("it's \\ \"so\"\n", "a\0b", "", b"\x00\xff'")],
}


def test_golden_sql_gives_the_right_rows(connection):
    golden = {name: sql for file in ("rows.sql", "groups.sql", "joins.sql", "literals.sql") for name, _, sql in sections(file)}
    for name, expected in RESULTS.items():
        table = connection.sql(golden[name]).to_arrow_table()
        rows = table.num_rows if isinstance(expected, int) else [tuple(row.values()) for row in table.to_pylist()]
        if isinstance(expected, set):
            rows = set(rows)
        elif isinstance(expected, list):
            expected = [tuple(pytest.approx(v) if isinstance(v, float) else v for v in row) for row in expected]
        assert rows == expected, name


TPCH = ["region", "nation", "supplier", "part", "partsupp", "customer", "orders", "lineitem"]


@pytest.fixture(scope="module")
def tpch():
    connection = duckdb.connect()
    folder = os.environ.get("BOWYER_TPCH")
    if folder is None:
        connection.execute((SQL / "tpch_data.sql").read_text())
    else:
        for table in TPCH:
            connection.execute(f"CREATE VIEW {table} AS FROM '{folder}/{table}.parquet'")
    return connection


@pytest.mark.parametrize("name, columns, sql", parameters("tpch.sql"))
def test_tpch_as_frames_gives_what_plain_sql_gives(tpch, name, columns, sql):
    frame = tpch.sql(sql).to_arrow_table()
    assert [(field.name, plain(str(field.type))) for field in frame.schema] == columns
    reference = {name: sql for name, _, sql in sections("tpch_reference.sql")}[name]
    expected = tpch.sql(reference).fetchall()
    rows = [tuple(row.values()) for row in frame.to_pylist()]
    assert len(rows) > 0 and any(value is not None for value in rows[0])
    assert len(rows) == len(expected)
    for row, other in zip(rows, expected):
        # Sums of floats depend on the order in which threads add.
        assert row == tuple(pytest.approx(v, rel=1e-12) if isinstance(v, float) else v for v in other)
