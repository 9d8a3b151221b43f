"""ELT: load into DuckDB, transform there, take the result as batches. With the DuckDB package, and with Bowyer; from
tables, from files, from generators, from queries of DuckDB itself."""

import duckdb
from common import batches, orders, rows, same, timed

import bowyer
from bowyer import col, desc

count = rows(2_000_000)
shop = orders(count)
QUERY = "select category, count(*) as orders, sum(order_id) as ids from orders group by category order by category"

with timed("DuckDB: SQL over a table"):
    connection = duckdb.connect()
    connection.register("orders", shop)
    tutorial = connection.sql(QUERY).to_arrow_table()
with timed("Bowyer: SQL over a table"):
    found = bowyer.sql(QUERY, {"orders": shop}).to_arrow()
same(found.to_pylist(), tutorial.to_pylist(), "SQL over a table")

# The same as a frame, without a word of SQL.
frame = (
    bowyer.scan(shop)
    .group_by("category")
    .agg(orders=bowyer.count(), ids=col("order_id").sum())
    .sort("category")
)
same(frame.to_arrow().to_pylist(), tutorial.to_pylist(), "a lazy frame")

# From a generator: no more than a few batches are in memory at any time.
with timed("Bowyer: SQL over a generator"):
    found = bowyer.sql(QUERY, {"orders": lambda: batches(count)}).to_arrow()
same(found.to_pylist(), tutorial.to_pylist(), "SQL over a generator")

# A RecordBatchReader of a DuckDB query goes on into Bowyer, and back.
relation = duckdb.sql("select * from shop where amount > 900")
through = bowyer.read(relation, where="category = 'books'").to_arrow()
expected = duckdb.sql("select * from shop where amount > 900 and category = 'books'").to_arrow_table()
same(sorted(through["order_id"].to_pylist()), sorted(expected["order_id"].to_pylist()), "a query of DuckDB's")
result = bowyer.sql("select user_id, amount from t where amount > 990", {"t": shop})
total = duckdb.sql("select count(*) as n from result").fetchall()[0][0]
same(total, bowyer.scan(shop).filter(col("amount") > 990).count(), "a result of Bowyer's in DuckDB")

# Load, transform, write: everything in bounded memory, the file whole or not at all.
report = (
    bowyer.scan(lambda: batches(count))
    .filter(col("amount") > 500)
    .group_by("user_id")
    .agg(spent=col("amount").sum())
    .sort(desc("spent"), "user_id")
    .limit(100)
    .sink("best.parquet", if_exists="overwrite")
)
best = bowyer.read("best.parquet").to_arrow()
by_hand = connection.sql(
    "select user_id, sum(amount) as spent from orders where amount > 500 group by 1 order by 2 desc, 1 limit 100"
).to_arrow_table()
same([round(x, 6) for x in best["spent"].to_pylist()], [round(x, 6) for x in by_hand["spent"].to_pylist()], f"{report.rows} best users")
