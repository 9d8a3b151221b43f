"""Four comparisons of speed, each of a usual way and of Bowyer's, with the same result: formats, codecs, rows against
batches, and conditions."""

import os
import sqlite3

import pandas
import pyarrow as pa
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
from common import orders, rows, same, timed

import bowyer

table = orders(rows(2_000_000))
bowyer.copy(table, "orders.csv")


def total(result):
    return round(pa.compute.sum(result["amount"]).as_py(), 2), result.num_rows


# 1. The same rows out of each format.
pa.parquet.write_table(table, "orders.parquet")
pa.feather.write_feather(table, "orders.feather", compression="uncompressed")
with timed("pandas: read CSV"):
    by_rows = pa.Table.from_pandas(pandas.read_csv("orders.csv"))
for name, read in (("csv", pa.csv.read_csv), ("parquet", pa.parquet.read_table), ("feather", pa.feather.read_table)):
    with timed(f"pyarrow: read {name}"):
        tutorial = read(f"orders.{name}")
    with timed(f"Bowyer: read {name}"):
        found = bowyer.read(f"orders.{name}").to_arrow()
    same(total(found), total(tutorial), name)
same(total(by_rows), total(table), "pandas")

# 2. Parquet's codecs, from CSV: the table in memory, or streamed.
for codec in ("snappy", "zstd"):
    with timed(f"pyarrow: CSV -> Parquet, {codec}"):
        pa.parquet.write_table(pa.csv.read_csv("orders.csv"), "tutorial.parquet", compression=codec)
    with timed(f"Bowyer: CSV -> Parquet, {codec}"):
        bowyer.copy("orders.csv", "bowyer.parquet", compression=codec, if_exists="overwrite")
    same(total(pa.parquet.read_table("bowyer.parquet")), total(pa.parquet.read_table("tutorial.parquet")), codec)
    print(f"{os.path.getsize('tutorial.parquet'):,} and {os.path.getsize('bowyer.parquet'):,} bytes")

# 3. A table of SQLite, by rows of Python and by batches.
bowyer.copy(table, "sqlite:shop.db#orders")
with timed("sqlite3 and pandas"):
    with sqlite3.connect("shop.db") as connection:
        tutorial = pa.Table.from_pandas(pandas.read_sql("select * from orders", connection))
    connection.close()
with timed("Bowyer"):
    found = bowyer.read("sqlite:shop.db#orders").to_arrow()
same(total(found), total(tutorial), "a table of SQLite")

# 4. A condition: after everything was read, or while it is.
with timed("pyarrow: read, then filter"):
    tutorial = pa.parquet.read_table("orders.parquet")
    tutorial = tutorial.filter((pa.compute.field("amount") > 900) & (pa.compute.field("category") == "books"))
with timed("Bowyer: filter while reading"):
    found = bowyer.read("orders.parquet", where="amount > 900 and category = 'books'").to_arrow()
same(total(found), total(tutorial), "a condition")
