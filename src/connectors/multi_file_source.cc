// Files are opened for their schemas side by side, then read one after the other; small files are
// read ahead on threads of their own, so that opening them does not leave the workers idle.
#include "connectors/multi_file_source.h"

#include <arrow/array/util.h>
#include <arrow/util/byte_size.h>
#include <arrow/util/thread_pool.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <numeric>
#include <utility>

#include "bowyer/error.h"
#include "connectors/connectors.h"
#include "connectors/open_file.h"
#include "connectors/partition_columns.h"
#include "connectors/unify.h"
#include "core/common_type.h"
#include "core/text.h"
#include "files/file_input.h"

namespace bowyer {
namespace {

// Sources that stay open, from the comparison of schemas on.
constexpr size_t kKeptSources = 32;
// Files up to this size are read ahead, each up to so many bytes of batches.
constexpr int64_t kSmallFile = 1 << 20;
constexpr int64_t kAheadBytes = 4 << 20;

// A source that several readers use in turn.
struct OpenedFile {
  std::mutex mutex;
  std::unique_ptr<Source> source;  // under the mutex
};

// What all readers of the source share.
struct Files {
  std::shared_ptr<Context> context;
  std::string path;
  std::vector<ListedFile> list;
  std::vector<int64_t> sizes;  // as stored
  ReadOptions options;
  std::shared_ptr<arrow::Schema> schema;    // with the folders' columns
  std::vector<std::vector<int>> positions;  // [file][column]; -1: not in the file
  std::vector<int> partition_of;            // [column]: of `partitions`; -1: none
  PartitionColumns partitions;

  arrow::Result<std::unique_ptr<Source>> Open(size_t file) const {
    return OpenFileSource(context, list[file].path, options);
  }

  // `call(source)` with the file's source, which is opened if it is not open any more.
  template <typename Call>
  auto WithSource(size_t file, Call call) -> decltype(call(std::declval<Source&>())) {
    std::shared_ptr<OpenedFile> opened;
    {
      const std::lock_guard lock(mutex);
      auto& entry = kept[file];
      if (entry == nullptr) {
        entry = std::make_shared<OpenedFile>();
        Keep(file);
      }
      opened = entry;
    }
    const std::lock_guard lock(opened->mutex);
    if (opened->source == nullptr) {
      ARROW_ASSIGN_OR_RAISE(opened->source, Open(file));
    }
    return call(*opened->source);
  }

  // Under the mutex: of those that were kept before, the oldest goes.
  void Keep(size_t file) {
    order.push_back(file);
    if (order.size() <= kKeptSources) return;
    kept.erase(order.front());
    order.pop_front();
  }

  std::mutex mutex;  // of the two below
  std::map<size_t, std::shared_ptr<OpenedFile>> kept;
  std::deque<size_t> order;
};

// Of all files; null if their bytes tell it.
const Format* FormatOf(const Files& files) {
  return files.options.format.empty() ? FormatOfPath(files.list.front().path)
                                      : FindFormat(files.options.format);
}

std::string FingerprintOf(const std::string& path) {
  struct stat facts = {};
  return ::stat(path.c_str(), &facts) == 0 ? FileFingerprint(facts) : "gone";
}

using Batch = std::shared_ptr<arrow::RecordBatch>;

// One file's part of the table, under the schema that was asked for.
class FilePart {
 public:
  FilePart(std::shared_ptr<Files> files, size_t file, const Chunk& chunk,
           const ScanOptions& options, std::shared_ptr<arrow::Schema> schema)
      : files_(std::move(files)),
        file_(file),
        chunk_(chunk),
        options_(options),
        schema_(std::move(schema)) {}

  const std::string& path() const { return files_->list[file_].path; }

  // Null at the end.
  arrow::Result<Batch> Next() {
    if (!ahead_.empty()) {
      Batch batch = std::move(ahead_.front());
      ahead_.pop_front();
      return batch;
    }
    if (ended_) return nullptr;
    auto batch = Read();
    if (!batch.ok()) return AtPlace(batch.status(), {.location = path()});
    ended_ = *batch == nullptr;
    return batch;
  }

  arrow::Status ReadAhead() {
    int64_t bytes = 0;
    while (!ended_ && bytes < kAheadBytes) {
      ARROW_RETURN_NOT_OK(files_->context->CheckStop());
      auto batch = Read();
      if (!batch.ok()) return AtPlace(batch.status(), {.location = path()});
      ended_ = *batch == nullptr;
      if (ended_) break;
      bytes += arrow::util::TotalBufferSize(**batch);
      ahead_.push_back(std::move(batch).ValueUnsafe());
    }
    return arrow::Status::OK();
  }

 private:
  arrow::Status Begin() {
    std::vector<int> scan;
    for (int i = 0; i < schema_->num_fields(); ++i) {
      const int column =
          options_.columns.has_value() ? (*options_.columns)[static_cast<size_t>(i)] : i;
      const int position = files_->positions[file_][static_cast<size_t>(column)];
      partitions_.push_back(files_->partition_of[static_cast<size_t>(column)]);
      positions_.push_back(position < 0 ? -1 : static_cast<int>(scan.size()));
      if (position >= 0) scan.push_back(position);
    }
    return files_->WithSource(file_, [&](Source& source) -> arrow::Status {
      ScanOptions options{
          .columns = {},
          .on_calling_thread = options_.on_calling_thread,
          .compact = options_.compact,
          .choice = AllAsTheyAre(*source.schema(), scan) ? options_.choice : nullptr};
      bool all = static_cast<int>(scan.size()) == source.schema()->num_fields();
      for (size_t i = 0; all && i < scan.size(); ++i) all = scan[i] == static_cast<int>(i);
      if (!all || options.choice != nullptr) options.columns = std::move(scan);
      ARROW_ASSIGN_OR_RAISE(reader_, source.Open(chunk_, options));
      return arrow::Status::OK();
    });
  }

  // Does the file give every column that is asked for, in its type?
  bool AllAsTheyAre(const arrow::Schema& file, const std::vector<int>& scan) const {
    if (scan.size() != positions_.size()) return false;
    for (size_t i = 0; i < scan.size(); ++i) {
      const auto& type = schema_->field(static_cast<int>(i))->type();
      if (!file.field(scan[i])->type()->Equals(type)) return false;
    }
    return true;
  }

  arrow::Result<Batch> Read() {
    if (reader_ == nullptr) ARROW_RETURN_NOT_OK(Begin());
    Batch batch;
    ARROW_RETURN_NOT_OK(reader_->ReadNext(&batch));
    if (batch == nullptr) return nullptr;
    ARROW_ASSIGN_OR_RAISE(
        batch, AdaptBatch(*files_->context, batch, schema_, positions_, options_.compact));
    for (size_t i = 0; i < partitions_.size(); ++i) {
      if (partitions_[i] < 0) continue;
      const auto& value = files_->partitions.values[file_][static_cast<size_t>(partitions_[i])];
      ARROW_ASSIGN_OR_RAISE(
          auto column,
          arrow::MakeArrayFromScalar(*value, batch->num_rows(), files_->context->memory_pool()));
      const int at = static_cast<int>(i);
      ARROW_ASSIGN_OR_RAISE(batch, batch->SetColumn(at, schema_->field(at), column));
    }
    return batch;
  }

  const std::shared_ptr<Files> files_;
  const size_t file_;
  const Chunk chunk_;
  const ScanOptions options_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::vector<int> positions_, partitions_;
  std::shared_ptr<arrow::RecordBatchReader> reader_;
  std::deque<Batch> ahead_;
  bool ended_ = false;
};

using PartPointer = std::shared_ptr<FilePart>;

class MultiFileReader : public arrow::RecordBatchReader {
 public:
  struct Step {
    PartPointer part;
    bool small = false;
  };

  MultiFileReader(std::shared_ptr<Context> context, std::shared_ptr<arrow::Schema> schema,
                  std::deque<Step> steps)
      : context_(std::move(context)), schema_(std::move(schema)), steps_(std::move(steps)) {}
  ~MultiFileReader() override {
    for (auto& [part, future] : running_) future.Wait();
  }

  std::shared_ptr<arrow::Schema> schema() const override { return schema_; }

  arrow::Status ReadNext(Batch* out) override {
    *out = nullptr;
    while (true) {
      ARROW_RETURN_NOT_OK(context_->CheckStop());
      ARROW_RETURN_NOT_OK(Start());
      if (current_ == nullptr) {
        if (running_.empty() && steps_.empty()) return arrow::Status::OK();
        if (!running_.empty()) {
          current_ = std::move(running_.front().first);
          const arrow::Status status = running_.front().second.status();
          running_.pop_front();
          ARROW_RETURN_NOT_OK(status);
        } else {
          current_ = std::move(steps_.front().part);
          steps_.pop_front();
        }
      }
      ARROW_ASSIGN_OR_RAISE(*out, current_->Next());
      if (*out != nullptr) return arrow::Status::OK();
      current_.reset();
    }
  }

 private:
  // Keeps as many small files in the making as there are threads.
  arrow::Status Start() {
    while (!steps_.empty() && steps_.front().small &&
           static_cast<int>(running_.size()) <= context_->threads()) {
      if (pool_ == nullptr) {
        ARROW_ASSIGN_OR_RAISE(pool_, arrow::internal::ThreadPool::Make(context_->threads()));
      }
      PartPointer part = std::move(steps_.front().part);
      steps_.pop_front();
      ARROW_ASSIGN_OR_RAISE(auto future, pool_->Submit([part] { return part->ReadAhead(); }));
      running_.emplace_back(std::move(part), std::move(future));
    }
    return arrow::Status::OK();
  }

  const std::shared_ptr<Context> context_;
  const std::shared_ptr<arrow::Schema> schema_;
  std::deque<Step> steps_;
  PartPointer current_;
  std::deque<std::pair<PartPointer, arrow::Future<>>> running_;
  // Its threads wait for files and for tasks on the workers, which a worker must not.
  std::shared_ptr<arrow::internal::ThreadPool> pool_;
};

class MultiFileSource : public Source {
 public:
  explicit MultiFileSource(std::shared_ptr<Files> files) : files_(std::move(files)) {}

  std::shared_ptr<arrow::Schema> schema() const override { return files_->schema; }

  arrow::Result<std::string> Fingerprint() const override {
    // FNV-1a over names and fingerprints, in two lanes.
    uint64_t lanes[2] = {0xcbf29ce484222325, 0x84222325cbf29ce4};
    const auto add = [&lanes](std::string_view text) {
      for (const char c : text) {
        for (uint64_t& lane : lanes) lane = (lane ^ static_cast<uint8_t>(c)) * 0x100000001b3;
        lanes[1] = (lanes[1] << 7) | (lanes[1] >> 57);
      }
    };
    for (const ListedFile& file : files_->list) {
      add(file.path);
      add(std::string_view("\0", 1));
      add(FingerprintOf(file.path));
    }
    return fmt::format("{} files {:016x}{:016x}", files_->list.size(), lanes[0], lanes[1]);
  }

  arrow::Result<std::vector<Chunk>> Chunks(int64_t target_rows) override {
    ARROW_RETURN_NOT_OK(FindUnits());
    std::vector<Chunk> chunks;
    int64_t at = 0;
    for (const auto& [file, unit] : units_) {
      const bool grow = !chunks.empty() && unit.rows >= 0 && chunks.back().rows >= 0 &&
                        chunks.back().rows + unit.rows <= target_rows &&
                        InOneFolder(file, units_[static_cast<size_t>(at) - 1].first);
      if (grow) {
        ++chunks.back().count;
        chunks.back().rows += unit.rows;
      } else {
        chunks.push_back({.index = static_cast<int64_t>(chunks.size()),
                          .first = at,
                          .count = 1,
                          .rows = unit.rows});
      }
      ++at;
    }
    return chunks;
  }

  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(
      const Chunk& chunk, const ScanOptions& options) override {
    std::shared_ptr<arrow::Schema> schema = files_->schema;
    if (options.columns.has_value()) {
      arrow::FieldVector fields;
      for (const int column : *options.columns) fields.push_back(schema->field(column));
      schema = arrow::schema(std::move(fields), schema->metadata());
    }
    std::deque<MultiFileReader::Step> steps;
    const auto add = [&](size_t file, const Chunk& part) {
      steps.push_back({std::make_shared<FilePart>(files_, file, part, options, schema),
                       !options.on_calling_thread && files_->sizes[file] <= kSmallFile});
    };
    if (chunk.first == 0 && chunk.count < 0) {
      for (size_t file = 0; file < files_->list.size(); ++file) add(file, Chunk{});
    } else {
      ARROW_RETURN_NOT_OK(FindUnits());
      const auto all = static_cast<int64_t>(units_.size());
      const int64_t end = chunk.count < 0 ? all : std::min(all, chunk.first + chunk.count);
      for (int64_t at = chunk.first; at < end; ++at) {
        const auto& [file, unit] = units_[static_cast<size_t>(at)];
        add(file, unit);
      }
    }
    return std::make_shared<MultiFileReader>(files_->context, std::move(schema), std::move(steps));
  }

  // Of a folder's columns, and of one unit's; what several units have in common is not asked for.
  arrow::Result<ColumnBounds> Bounds(const Chunk& chunk, int column) override {
    ARROW_RETURN_NOT_OK(FindUnits());
    const auto& [file, unit] = units_[static_cast<size_t>(chunk.first)];
    const int partition = files_->partition_of[static_cast<size_t>(column)];
    if (partition >= 0) {
      const auto& value = files_->partitions.values[file][static_cast<size_t>(partition)];
      if (!value->is_valid) return ColumnBounds{};
      return ColumnBounds{.min = value, .max = value, .null_count = 0};
    }
    const int position = files_->positions[file][static_cast<size_t>(column)];
    if (chunk.count != 1 || position < 0) return ColumnBounds{};
    return files_->WithSource(file,
                              [&, unit = unit](Source& source) -> arrow::Result<ColumnBounds> {
                                const auto& type = files_->schema->field(column)->type();
                                if (!source.schema()->field(position)->type()->Equals(type))
                                  return ColumnBounds{};
                                return source.Bounds(unit, position);
                              });
  }

  arrow::Result<SourceInfo> Inspect() override {
    SourceInfo all;
    int64_t rows = 0;
    bool rows_known = true, units_known = true;
    all.stored_bytes = 0;
    for (size_t file = 0; file < files_->list.size(); ++file) {
      ARROW_RETURN_NOT_OK(files_->context->CheckStop());
      ARROW_ASSIGN_OR_RAISE(auto source, files_->Open(file));
      ARROW_ASSIGN_OR_RAISE(SourceInfo info, source->Inspect());
      rows_known = rows_known && info.rows.has_value();
      if (rows_known) rows += *info.rows;
      all.stored_bytes += std::max<int64_t>(0, files_->sizes[file]);
      units_known =
          units_known && !info.unit_name.empty() && (file == 0 || info.unit_name == all.unit_name);
      if (file == 0) {
        all.format = info.format;
        all.unit_name = info.unit_name;
        all.codec = info.codec;
        all.created_by = info.created_by;
        all.facts = info.facts;
        all.metadata = info.metadata;
      }
      if (info.codec != all.codec) all.codec = "several";
      if (info.created_by != all.created_by) all.created_by = "several";
      // What is not the same in all files says nothing of the table.
      std::erase_if(all.facts, [&info](const auto& fact) {
        return std::find(info.facts.begin(), info.facts.end(), fact) == info.facts.end();
      });
      if (units_known) all.units.insert(all.units.end(), info.units.begin(), info.units.end());
    }
    if (rows_known) all.rows = rows;
    if (!units_known) {
      all.unit_name.clear();
      all.units.clear();
    }
    all.facts.insert(all.facts.begin(), {"files", WithThousands(files_->list.size())});
    return all;
  }

 private:
  // Do the folders of two files give their columns the same values?
  bool InOneFolder(size_t a, size_t b) const {
    const auto& values = files_->partitions.values;
    if (a == b || files_->partitions.fields.empty()) return true;
    return std::equal(values[a].begin(), values[a].end(), values[b].begin(), values[b].end(),
                      [](const auto& x, const auto& y) { return x->Equals(*y); });
  }

  arrow::Status FindUnits() {
    if (!units_.empty()) return arrow::Status::OK();
    const Format* format = FormatOf(*files_);
    std::vector<std::pair<size_t, Chunk>> units;
    for (size_t file = 0; file < files_->list.size(); ++file) {
      ARROW_RETURN_NOT_OK(files_->context->CheckStop());
      // Texts have one unit each, and opening them takes a look at their rows.
      std::vector<Chunk> own = {Chunk{}};
      if (format == nullptr || !format->text) {
        ARROW_ASSIGN_OR_RAISE(
            own, files_->WithSource(file, [](Source& source) { return source.Chunks(1); }));
      }
      for (const Chunk& unit : own) units.emplace_back(file, unit);
    }
    units_ = std::move(units);
    return arrow::Status::OK();
  }

  const std::shared_ptr<Files> files_;
  std::vector<std::pair<size_t, Chunk>> units_;  // of all files; empty: not asked for yet
};

arrow::Status CheckOneFormat(const Files& files) {
  if (!files.options.format.empty()) return arrow::Status::OK();
  const Format* first = FormatOfPath(files.list.front().path);
  for (const ListedFile& file : files.list) {
    const Format* format = FormatOfPath(file.path);
    if (format == first) continue;
    return MakeError(ErrorCode::kUsage,
                     fmt::format("holds files of several formats: {} and {}",
                                 Quoted(files.list.front().path), Quoted(file.path)),
                     {.location = files.path, .hint = "try a pattern such as *.parquet"});
  }
  return arrow::Status::OK();
}

// Text holds no types: where the files' samples show different ones, a type for all values.
std::shared_ptr<arrow::DataType> CommonTextType(const std::shared_ptr<arrow::DataType>& a,
                                                const std::shared_ptr<arrow::DataType>& b) {
  if (auto common = CommonType(a, b)) return common;
  const auto is = [](const auto& type, arrow::Type::type id) { return type->id() == id; };
  if ((is(a, arrow::Type::INT64) && is(b, arrow::Type::DOUBLE)) ||
      (is(a, arrow::Type::DOUBLE) && is(b, arrow::Type::INT64))) {
    return arrow::float64();
  }
  return arrow::utf8();
}

}  // namespace

arrow::Result<std::unique_ptr<Source>> OpenMultiFileSource(std::shared_ptr<Context> context,
                                                           const std::string& path, FileList list,
                                                           const ReadOptions& options,
                                                           bool union_by_name) {
  auto files = std::make_shared<Files>();
  files->context = context;
  files->path = path;
  files->list = std::move(list.files);
  files->options = options;
  files->options.one_of_several = true;
  ARROW_RETURN_NOT_OK(CheckOneFormat(*files));
  if (list.skipped > 0) {
    context->progress().Note(fmt::format("{}: {} files were passed over, their names say no format",
                                         Printable(path), WithThousands(list.skipped)));
  }
  const size_t count = files->list.size();
  for (const ListedFile& file : files->list) {
    struct stat facts = {};
    files->sizes.push_back(::stat(file.path.c_str(), &facts) == 0 ? facts.st_size : 0);
  }
  auto& total = context->progress().bytes_total;
  total = std::accumulate(files->sizes.begin(), files->sizes.end(), std::max<int64_t>(total, 0));

  // Open them side by side; not on the workers, since a source may wait for those.
  std::vector<NamedSchema> schemas;
  const auto open_all = [&]() -> arrow::Status {
    using Opened = std::shared_ptr<std::unique_ptr<Source>>;
    files->kept.clear();
    files->order.clear();
    schemas.clear();
    ARROW_ASSIGN_OR_RAISE(auto pool, arrow::internal::ThreadPool::Make(context->threads()));
    std::deque<arrow::Future<Opened>> running;
    arrow::Status status;
    for (size_t next = 0, at = 0; at < count; ++at) {
      while (status.ok() && next < count &&
             running.size() < 2 * static_cast<size_t>(context->threads())) {
        auto future = pool->Submit([files, next]() -> arrow::Result<Opened> {
          ARROW_RETURN_NOT_OK(files->context->CheckStop());
          ARROW_ASSIGN_OR_RAISE(auto source, files->Open(next));
          return std::make_shared<std::unique_ptr<Source>>(std::move(source));
        });
        if (!future.ok()) {
          status = future.status();
          break;
        }
        running.push_back(std::move(future).ValueUnsafe());
        ++next;
      }
      if (running.empty()) break;
      auto opened = running.front().MoveResult();
      running.pop_front();
      if (!opened.ok()) {
        if (status.ok()) status = opened.status();
        continue;
      }
      if (!status.ok()) continue;
      schemas.emplace_back(files->list[at].path, (**opened)->schema());
      if (at >= kKeptSources) continue;
      auto entry = std::make_shared<OpenedFile>();
      entry->source = std::move(**opened);
      files->kept.emplace(at, std::move(entry));
      files->order.push_back(at);
    }
    return status;
  };
  ARROW_RETURN_NOT_OK(open_all());

  const Format* format = FormatOf(*files);
  if (union_by_name && format != nullptr && format->text && !options.all_text) {
    std::map<std::string, std::shared_ptr<arrow::DataType>> types;
    bool differ = false;
    for (const auto& [name, schema] : schemas) {
      for (const auto& field : schema->fields()) {
        auto [at, is_new] = types.emplace(field->name(), field->type());
        if (is_new || at->second->Equals(field->type())) continue;
        at->second = CommonTextType(at->second, field->type());
        files->options.types[field->name()] = at->second;
        differ = true;
      }
    }
    if (differ) ARROW_RETURN_NOT_OK(open_all());
  }

  ARROW_ASSIGN_OR_RAISE(auto unified, UnifySchemas(schemas, union_by_name));
  files->positions = std::move(unified.positions);
  files->partition_of.assign(static_cast<size_t>(unified.schema->num_fields()), -1);
  arrow::FieldVector fields = unified.schema->fields();
  ARROW_ASSIGN_OR_RAISE(files->partitions, MakePartitionColumns(files->list, options));
  for (size_t i = 0; i < files->partitions.fields.size(); ++i) {
    const auto& field = files->partitions.fields[i];
    if (!unified.schema->GetAllFieldIndices(field->name()).empty()) {
      context->progress().Note(
          fmt::format("{}: column {} is taken from the files, not from the folders' names",
                      Printable(path), Quoted(field->name())));
      continue;
    }
    fields.push_back(field);
    files->partition_of.push_back(static_cast<int>(i));
    for (auto& positions : files->positions) positions.push_back(-1);
  }
  files->schema = arrow::schema(std::move(fields), unified.schema->metadata());
  return std::make_unique<MultiFileSource>(std::move(files));
}

}  // namespace bowyer
