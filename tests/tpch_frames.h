// The 22 queries of TPC-H (specification 3.0.1, with the substitution values of its validation) as
// LazyFrames. Correlated subqueries are joins with aggregates.
#pragma once

#include <arrow/type_fwd.h>

#include <functional>
#include <memory>
#include <string>

#include "bowyer/lazy_frame.h"

namespace bowyer {

// `scan` gives the frame of "lineitem", "orders", ... ; n from 1 to 22.
LazyFrame TpchQuery(int n, const std::function<LazyFrame(const std::string& table)>& scan);

// As tpchgen writes them: int64 keys, decimal(15,2), utf8, date32.
std::shared_ptr<arrow::Schema> TpchSchema(const std::string& table);

}  // namespace bowyer
