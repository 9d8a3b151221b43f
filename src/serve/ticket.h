// Tickets of our server: what a client asks for with one call. They come from outside.
#pragma once

#include <arrow/result.h>

#include <string>
#include <string_view>

#include "bowyer/source.h"

namespace bowyer {

// A table as a whole, a part of one, or a query.
struct Ticket {
  std::string table;
  bool is_part = false;
  Chunk chunk;              // of a part
  std::string fingerprint;  // that the table has to have still, of a part
  std::string sql;          // if there is no table

  std::string Text() const;
};

// "orders"; {"table":"orders","first":4,"count":2,"fingerprint":"..."}; {"sql":"select ..."}, or
// the query itself, which a name is told from by a blank. Errors: kUsage.
arrow::Result<Ticket> ParseTicket(std::string_view text);

}  // namespace bowyer
