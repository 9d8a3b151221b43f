// The tables of the golden queries as Arrow has them: what tests/sql/tables.sql makes in DuckDB, in
// types that DuckDB has not (dictionaries, views, date64, ...).
#pragma once

#include <arrow/table.h>

#include <memory>
#include <string>

#include "bowyer/engine.h"
#include "bowyer/lazy_frame.h"

namespace bowyer {

// "orders.parquet", "sqlite:shop.db#users", "rates", "odd \"names\"", "numbers", "others".
std::shared_ptr<arrow::Table> ShopTable(const std::string& name);

// An engine on which all of them are registered.
std::shared_ptr<Engine> ShopEngine();

inline LazyFrame ShopScan(const std::string& name) {
  return LazyFrame::FromScan(name, ShopTable(name)->schema());
}

}  // namespace bowyer
