#include "databases/sqlite/table_pages.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

namespace bowyer {
namespace {

constexpr int64_t kBlockBytes = 64 << 10;
constexpr size_t kMostDepth = 20;  // a tree of four billion pages has less
// Longer rows are left to SQLite, which streams what is long.
constexpr uint64_t kMostPayload = 1 << 20;

uint64_t BigEndian(const uint8_t* at, int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value = value << 8 | at[i];
  return value;
}

// A number of one to nine bytes; null if it reaches beyond `end`.
const uint8_t* Varint(const uint8_t* at, const uint8_t* end, uint64_t* value) {
  if (at < end && *at < 0x80) {
    *value = *at;
    return at + 1;
  }
  uint64_t number = 0;
  for (int i = 0; i < 8; ++i) {
    if (at == end) return nullptr;
    number = number << 7 | (*at & 0x7F);
    if ((*at++ & 0x80) == 0) {
      *value = number;
      return at;
    }
  }
  if (at == end) return nullptr;
  *value = number << 8 | *at;
  return at + 1;
}

// Bytes of a value by its serial type; 10 and 11 are none.
int64_t BytesOf(uint64_t serial) {
  static constexpr int64_t kBytes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0, -1, -1};
  return serial < std::size(kBytes) ? kBytes[serial] : static_cast<int64_t>((serial - 12) / 2);
}

int64_t Signed(const uint8_t* at, int64_t bytes) {
  const int shift = 64 - 8 * static_cast<int>(bytes);
  return static_cast<int64_t>(BigEndian(at, static_cast<int>(bytes)) << shift) >> shift;
}

}  // namespace

std::unique_ptr<TablePages> TablePages::Open(const SqliteSnapshot& snapshot,
                                             SqliteConnection& connection,
                                             const SqliteRelation& relation, const RowRange& range,
                                             const std::vector<int>& columns) {
  if (!snapshot.pages_readable() || relation.root_page == 0) return nullptr;
  std::unique_ptr<TablePages> pages(new TablePages);
  sqlite3_file_control(connection.get(), "main", SQLITE_FCNTL_FILE_POINTER,
                       static_cast<void*>(&pages->file_));
  uint8_t head[100];
  sqlite3_int64 size = 0;
  if (pages->file_ == nullptr || pages->file_->pMethods == nullptr ||
      pages->file_->pMethods->xFileSize(pages->file_, &size) != SQLITE_OK ||
      !pages->Read(0, sizeof(head), head)) {
    return nullptr;
  }
  const auto page_bytes = static_cast<int64_t>(BigEndian(head + 16, 2));
  pages->page_bytes_ = page_bytes == 1 ? 65536 : page_bytes;
  pages->usable_ = pages->page_bytes_ - head[20];
  if (!std::has_single_bit(static_cast<uint64_t>(pages->page_bytes_)) || pages->page_bytes_ < 512 ||
      pages->usable_ < 480) {
    return nullptr;
  }
  pages->pages_ = size / pages->page_bytes_;
  pages->root_ = relation.root_page;
  pages->range_ = range;
  pages->resume_ = range.first;
  pages->cells_.resize(columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    const auto index = static_cast<size_t>(columns[i]);
    const SqliteRelation::Column& column = relation.columns[index];
    if (column.is_row_id) {
      pages->row_id_cells_.push_back(static_cast<int>(i));
      continue;
    }
    if (pages->fields_.size() <= index) pages->fields_.resize(index + 1);
    // A column that is asked for twice is rare.
    if (pages->fields_[index].cell >= 0) return nullptr;
    pages->fields_[index] = {static_cast<int>(i), column.is_real};
  }
  return pages;
}

bool TablePages::Read(int64_t offset, int64_t bytes, uint8_t* to) {
  return file_->pMethods->xRead(file_, to, static_cast<int>(bytes), offset) == SQLITE_OK;
}

bool TablePages::ReadPage(uint32_t number, Page* page) {
  // No page is part of a tree twice: this ends what goes round and round.
  if (number < 2 || number > pages_ || ++visited_ > pages_) return false;
  const int64_t begin = (int64_t{number} - 1) * page_bytes_;
  if (begin < block_begin_ || begin + page_bytes_ > block_end_) {
    const int64_t bytes =
        std::min(std::max(kBlockBytes, page_bytes_), pages_ * page_bytes_ - begin);
    block_.resize(static_cast<size_t>(bytes));
    block_end_ = block_begin_;
    if (!Read(begin, bytes, block_.data())) return false;
    block_begin_ = begin;
    block_end_ = begin + bytes;
  }
  const uint8_t* from = block_.data() + (begin - block_begin_);
  page->number = number;
  page->next = 0;
  page->bytes.assign(from, from + usable_);
  if (page->bytes[0] != 0x05 && page->bytes[0] != 0x0D) return false;
  page->cells = static_cast<int>(BigEndian(&page->bytes[3], 2));
  const int64_t head = page->is_leaf() ? 8 : 12;
  return head + 2 * int64_t{page->cells} <= usable_;
}

bool TablePages::Descend(uint32_t number) {
  while (true) {
    if (path_.size() == kMostDepth) return false;
    Page& page = path_.emplace_back();
    if (!ReadPage(number, &page)) return false;
    const uint8_t* const bytes = page.bytes.data();
    const uint8_t* const end = bytes + usable_;
    // Row ids rise: the first that is not below the begin of the range.
    int from = 0, to = page.cells;
    while (range_.first.has_value() && !started_ && from < to) {
      const int middle = (from + to) / 2;
      const auto at =
          static_cast<int64_t>(BigEndian(bytes + (page.is_leaf() ? 8 : 12) + 2 * middle, 2));
      if (at > usable_ - 4) return false;
      uint64_t number_of_row = 0;
      const uint8_t* key = bytes + at;
      if (page.is_leaf()) {
        key = Varint(key, end, &number_of_row);
      } else {
        key += 4;
      }
      if (key == nullptr || Varint(key, end, &number_of_row) == nullptr) return false;
      if (static_cast<int64_t>(number_of_row) < *range_.first) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    page.next = from;
    if (page.is_leaf()) return true;
    ++page.next;
    if (from == page.cells) {
      number = static_cast<uint32_t>(BigEndian(bytes + 8, 4));
      continue;
    }
    const auto at = static_cast<int64_t>(BigEndian(bytes + 12 + 2 * from, 2));
    if (at > usable_ - 4) return false;
    number = static_cast<uint32_t>(BigEndian(bytes + at, 4));
  }
}

bool TablePages::NextLeaf() {
  path_.pop_back();
  while (!path_.empty() && path_.back().next > path_.back().cells) path_.pop_back();
  if (path_.empty()) return true;
  Page& page = path_.back();
  const uint8_t* const bytes = page.bytes.data();
  const int child = page.next++;
  if (child == page.cells) return Descend(static_cast<uint32_t>(BigEndian(bytes + 8, 4)));
  const auto at = static_cast<int64_t>(BigEndian(bytes + 12 + 2 * child, 2));
  return at <= usable_ - 4 && Descend(static_cast<uint32_t>(BigEndian(bytes + at, 4)));
}

TablePages::Found TablePages::Next() {
  if (ended_) return Found::kEnd;
  if (!started_) {
    if (!Descend(root_)) return Found::kUnclear;
    started_ = true;
  }
  while (path_.back().next == path_.back().cells) {
    if (!NextLeaf()) return Found::kUnclear;
    if (path_.empty()) {
      ended_ = true;
      return Found::kEnd;
    }
  }
  Page& leaf = path_.back();
  const uint8_t* const bytes = leaf.bytes.data();
  const uint8_t* const end = bytes + usable_;
  const uint8_t* at = bytes + BigEndian(bytes + 8 + 2 * leaf.next, 2);
  uint64_t size = 0, key = 0;
  if (at >= end || (at = Varint(at, end, &size)) == nullptr ||
      (at = Varint(at, end, &key)) == nullptr) {
    return Found::kUnclear;
  }
  const auto row_id = static_cast<int64_t>(key);
  if (resume_.has_value() && row_id < *resume_) return Found::kUnclear;
  if (range_.end.has_value() && row_id >= *range_.end) {
    ended_ = true;
    return Found::kEnd;
  }
  const uint8_t* const record = Payload(at, end, size);
  if (record == nullptr || !Decode(record, size, row_id)) return Found::kUnclear;
  ++leaf.next;
  if (row_id == std::numeric_limits<int64_t>::max()) {
    ended_ = true;
  } else {
    resume_ = row_id + 1;
  }
  return Found::kRow;
}

const uint8_t* TablePages::Payload(const uint8_t* at, const uint8_t* end, uint64_t size) {
  const auto whole = static_cast<uint64_t>(usable_ - 35);
  if (size <= whole) return size <= static_cast<uint64_t>(end - at) ? at : nullptr;
  if (size > kMostPayload) return nullptr;
  const auto least = static_cast<uint64_t>((usable_ - 12) * 32 / 255 - 23);
  const uint64_t most = least + (size - least) % static_cast<uint64_t>(usable_ - 4);
  const uint64_t here = most <= whole ? most : least;
  if (here + 4 > static_cast<uint64_t>(end - at)) return nullptr;
  payload_.assign(at, at + here);
  payload_.reserve(size);
  auto next = static_cast<uint32_t>(BigEndian(at + here, 4));
  std::vector<uint8_t> page(static_cast<size_t>(page_bytes_));
  while (payload_.size() < size) {
    if (next < 2 || next > pages_ ||
        !Read((int64_t{next} - 1) * page_bytes_, page_bytes_, page.data())) {
      return nullptr;
    }
    const uint64_t part =
        std::min<uint64_t>(size - payload_.size(), static_cast<uint64_t>(usable_ - 4));
    payload_.insert(payload_.end(), page.data() + 4, page.data() + 4 + part);
    next = static_cast<uint32_t>(BigEndian(page.data(), 4));
  }
  return payload_.data();
}

bool TablePages::Decode(const uint8_t* record, uint64_t size, int64_t row_id) {
  uint64_t head = 0;
  const uint8_t* const end = record + size;
  const uint8_t* type_at = Varint(record, end, &head);
  if (type_at == nullptr || head > size) return false;
  const uint8_t* const types_end = record + head;
  const uint8_t* value = types_end;
  for (const Field& field : fields_) {
    // A row that is older than a column: SQLite knows what stands for the value.
    if (type_at >= types_end) return false;
    uint64_t serial = 0;
    type_at = Varint(type_at, types_end, &serial);
    if (type_at == nullptr) return false;
    const int64_t bytes = BytesOf(serial);
    if (bytes < 0 || bytes > end - value) return false;
    const uint8_t* const at = value;
    value += bytes;
    if (field.cell < 0) continue;
    Cell& cell = cells_[static_cast<size_t>(field.cell)];
    if (serial >= 12) {
      cell.type = serial % 2 == 0 ? SQLITE_BLOB : SQLITE_TEXT;
      cell.bytes = {reinterpret_cast<const char*>(at), static_cast<size_t>(bytes)};
    } else if (serial == 0) {
      cell.type = SQLITE_NULL;
    } else if (serial == 7) {
      cell.real = std::bit_cast<double>(BigEndian(at, 8));
      // As SQLite has it.
      cell.type = std::isnan(cell.real) ? SQLITE_NULL : SQLITE_FLOAT;
    } else {
      cell.integer = serial >= 8 ? static_cast<int64_t>(serial - 8) : Signed(at, bytes);
      cell.type = SQLITE_INTEGER;
      if (field.is_real) {
        cell.real = static_cast<double>(cell.integer);
        cell.type = SQLITE_FLOAT;
      }
    }
  }
  for (const int i : row_id_cells_) {
    Cell& cell = cells_[static_cast<size_t>(i)];
    cell.type = SQLITE_INTEGER;
    cell.integer = row_id;
  }
  return true;
}

}  // namespace bowyer
