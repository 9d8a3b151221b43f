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
    # DuckDB 2 gives the type of NULL out as null, 1.5 as int32.
    actual = [(field.name, plain(str(field.type)).replace("null", "int32")) for field in schema]
    assert actual == [(column, plain(type_text)) for column, type_text in columns]


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
