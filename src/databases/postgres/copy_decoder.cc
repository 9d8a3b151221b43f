#include "databases/postgres/copy_decoder.h"

#include <arrow/array/util.h>
#include <arrow/type.h>

#include <algorithm>
#include <cstring>

#include "bowyer/error.h"
#include "databases/postgres/copy_column.h"
#include "databases/postgres/wire.h"

namespace bowyer {
namespace {

constexpr size_t kMostBytes = UINT32_MAX;  // offsets have 32 bits

}  // namespace

struct CopyDecoder::State {
  std::shared_ptr<arrow::Schema> schema;
  std::vector<CopyColumn> columns;
  std::vector<CopyFields> fields;  // of the rows at hand, a column each
  enum class At { kHead, kExtension, kRows, kEnd } at = At::kHead;
  uint64_t skip = 0;  // bytes of the header's extension still to come
  int64_t rows = 0, stream_rows = 0, skip_rows = 0;
  bool needs_wider_type = false;

  arrow::Result<size_t> Decode(const uint8_t* data, size_t size);
};

CopyDecoder::CopyDecoder() : state_(std::make_unique<State>()) {}
CopyDecoder::~CopyDecoder() = default;

arrow::Result<std::unique_ptr<CopyDecoder>> CopyDecoder::Make(std::shared_ptr<arrow::Schema> schema,
                                                              std::vector<PostgresValue> values,
                                                              bool infinities,
                                                              arrow::MemoryPool* pool) {
  std::unique_ptr<CopyDecoder> decoder(new CopyDecoder());
  State& state = *decoder->state_;
  state.columns.reserve(values.size());
  for (const PostgresValue& value : values) state.columns.emplace_back(value, infinities, pool);
  state.fields.resize(values.size());
  state.schema = std::move(schema);
  return decoder;
}

arrow::Result<size_t> CopyDecoder::State::Decode(const uint8_t* data, size_t size) {
  if (size > kMostBytes) return MakeError(ErrorCode::kResources, "a row takes more than 4 GiB");
  const auto damaged = [](const char* what) {
    return MakeError(ErrorCode::kData, std::string("the server sent ") + what);
  };
  size_t used = 0;
  if (at == At::kHead) {
    if (size < kCopyHead.size()) return 0;
    constexpr size_t kFlags = kCopySignature.size();
    if (std::memcmp(data, kCopySignature.data(), kFlags) != 0) {
      return damaged("something that is no binary COPY");
    }
    // Bits 16 to 31 are what a reader has to know.
    if ((LoadBig32(data + kFlags) >> 16) != 0) {
      return damaged("binary COPY of a version that is not known");
    }
    skip = LoadBig32(data + kFlags + 4);
    used = kCopyHead.size();
    at = At::kExtension;
  }
  if (at == At::kExtension) {
    const auto part = static_cast<size_t>(std::min<uint64_t>(skip, size - used));
    skip -= part;
    used += part;
    if (skip > 0) return used;
    at = At::kRows;
  }
  // Where the fields of each complete row lie.
  const size_t count = columns.size();
  for (CopyFields& column : fields) column.Clear();
  int64_t found = 0;
  size_t position = used;
  while (at == At::kRows && size - position >= 2) {
    const auto number = static_cast<int16_t>(LoadBig16(data + position));
    if (number == -1) {
      position += 2;
      used = position;
      at = At::kEnd;
      break;
    }
    if (number < 0 || static_cast<size_t>(number) != count) {
      return damaged("a row of another number of columns");
    }
    size_t next = position + 2;
    size_t column = 0;
    for (; column < count; ++column) {
      if (size - next < 4) break;
      const auto bytes = static_cast<int32_t>(LoadBig32(data + next));
      if (bytes < -1) return damaged("a value of negative length");
      next += 4;
      const auto taken = static_cast<size_t>(std::max(bytes, 0));
      if (size - next < taken) break;
      fields[column].Add(static_cast<uint32_t>(next), bytes);
      next += taken;
    }
    if (column < count) {  // not all of it is there
      for (size_t i = 0; i < column; ++i) {
        fields[i].at.pop_back();
        fields[i].size.pop_back();
      }
      break;
    }
    position = used = next;
    ++stream_rows;
    if (skip_rows > 0) {
      --skip_rows;
      for (CopyFields& skipped : fields) skipped.Clear();
      continue;
    }
    ++found;
  }
  if (at == At::kEnd && used != size) return damaged("bytes behind the end of its rows");
  if (found == 0) return used;
  for (size_t i = 0; i < count; ++i) {
    const auto status = columns[i].Append(data, size, fields[i]);
    if (status.ok()) continue;
    needs_wider_type = columns[i].too_wide();
    ErrorPlace place{.column = schema->field(static_cast<int>(i))->name()};
    if (needs_wider_type) {
      place.hint = "a column of type text holds every value: try --type " + place.column + "=text";
    }
    return AtPlace(status, place);
  }
  rows += found;
  return used;
}

arrow::Result<size_t> CopyDecoder::Decode(const uint8_t* data, size_t size) {
  return state_->Decode(data, size);
}

arrow::Status CopyDecoder::Finish(size_t left) const {
  if (state_->at == State::At::kEnd && left == 0) return arrow::Status::OK();
  return MakeError(ErrorCode::kData, "the server's rows end in the middle");
}

int64_t CopyDecoder::rows() const { return state_->rows; }

int64_t CopyDecoder::stream_rows() const { return state_->stream_rows; }

int64_t CopyDecoder::bytes() const {
  int64_t total = 0;
  for (const CopyColumn& column : state_->columns) total += column.bytes();
  return total;
}

arrow::Result<std::shared_ptr<arrow::RecordBatch>> CopyDecoder::Take() {
  State& state = *state_;
  std::vector<std::shared_ptr<arrow::ArrayData>> arrays;
  for (size_t i = 0; i < state.columns.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto array, state.columns[i].Finish());
    // An extension type has its storage's layout.
    array->type = state.schema->field(static_cast<int>(i))->type();
    arrays.push_back(std::move(array));
  }
  const int64_t rows = state.rows;
  state.rows = 0;
  return arrow::RecordBatch::Make(state.schema, rows, std::move(arrays));
}

void CopyDecoder::Restart(int64_t skip_rows) {
  state_->skip_rows = skip_rows;
  state_->stream_rows = 0;
  state_->at = State::At::kHead;
  state_->skip = 0;
}

bool CopyDecoder::needs_wider_type() const { return state_->needs_wider_type; }

}  // namespace bowyer
