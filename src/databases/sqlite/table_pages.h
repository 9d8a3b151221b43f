// Rows of a table out of the pages of the file, without SQLite's virtual machine: the format is
// documented and stable, and most of the time that SQLite takes for a row goes into calls.
//
// Nothing is repaired and nothing guessed here: pages, rows and values that are not as the format
// has them, and those that take SQLite to understand them, end the reading, and SQLite is asked
// for the row in question and all behind it.
#pragma once

#include <arrow/result.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "databases/sqlite/cell.h"
#include "databases/sqlite/snapshot.h"
#include "databases/sqlite/table.h"

namespace bowyer {

// Used by one thread at a time, which has the connection to itself.
class TablePages {
 public:
  // The rows of `range`, in the order of row ids, of these columns of the relation. Null if they
  // cannot be read so: see SqliteSnapshot::pages_readable and SqliteRelation::root_page.
  static std::unique_ptr<TablePages> Open(const SqliteSnapshot& snapshot,
                                          SqliteConnection& connection,
                                          const SqliteRelation& relation, const RowRange& range,
                                          const std::vector<int>& columns);

  enum class Found { kRow, kEnd, kUnclear };
  Found Next();

  // Of the row that Next found, until the next call.
  std::span<const Cell> cells() const { return cells_; }
  // The least row id that no row before has; unset: no row was found, and the range has no begin.
  std::optional<int64_t> resume() const { return resume_; }

 private:
  // What becomes of the values of a record, in their order.
  struct Field {
    int cell = -1;         // which cell; -1: it is passed over
    bool is_real = false;  // whole numbers stand for floating ones
  };
  struct Page {
    uint32_t number = 0;
    std::vector<uint8_t> bytes;
    int cells = 0, next = 0;  // of an inner page: which child comes next
    bool is_leaf() const { return bytes[0] == 0x0D; }
  };

  TablePages() = default;
  bool ReadPage(uint32_t number, Page* page);
  // Down to the leaf where the range begins.
  bool Descend(uint32_t number);
  bool NextLeaf();
  bool Read(int64_t offset, int64_t bytes, uint8_t* to);
  // The bytes of a row of `size` bytes that begins at `at` of the leaf; null if unclear.
  const uint8_t* Payload(const uint8_t* at, const uint8_t* end, uint64_t size);
  bool Decode(const uint8_t* record, uint64_t size, int64_t row_id);

  sqlite3_file* file_ = nullptr;
  int64_t page_bytes_ = 0, usable_ = 0, pages_ = 0, visited_ = 0;
  std::vector<Field> fields_;  // as far as columns are wanted
  std::vector<int> row_id_cells_;
  std::vector<Cell> cells_;
  RowRange range_;
  uint32_t root_ = 0;
  std::optional<int64_t> resume_;
  bool started_ = false, ended_ = false;
  std::vector<Page> path_;  // from the root to the leaf
  std::vector<uint8_t> payload_;
  // Pages that were read together.
  std::vector<uint8_t> block_;
  int64_t block_begin_ = 0, block_end_ = 0;  // offsets in the file
};

}  // namespace bowyer
