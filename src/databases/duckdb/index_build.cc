#include "databases/duckdb/index_build.h"

#include <algorithm>
#include <cstring>
#include <duckdb/catalog/catalog_entry/duck_table_entry.hpp>
#include <duckdb/execution/index/art/art.hpp>
#include <duckdb/execution/index/art/art_key.hpp>
#include <duckdb/execution/index/art/leaf.hpp>
#include <duckdb/execution/index/art/node.hpp>
#include <duckdb/execution/index/art/node256.hpp>
#include <duckdb/execution/index/art/prefix.hpp>
#include <duckdb/execution/index/index_type_set.hpp>
#include <duckdb/main/config.hpp>
#include <duckdb/parser/parsed_data/create_index_info.hpp>
#include <duckdb/storage/data_table.hpp>
#include <duckdb/storage/table_io_manager.hpp>
#include <mutex>
#include <numeric>
#include <vector>

namespace bowyer {
namespace {

using duckdb::ART;
using duckdb::ARTKey;

// Keys of a run: few enough for a core's cache.
constexpr size_t kRunKeys = 8 * STANDARD_VECTOR_SIZE;

const duckdb::IndexType& DuckDbsOwn() {
  static const auto* own = new duckdb::IndexType(ART::GetARTIndexType());
  return *own;
}

[[noreturn]] void ThrowDuplicates() {
  throw duckdb::ConstraintException("Data contains duplicates on indexed column(s)");
}

// Nodes for 49 to 256 children, as they lie in memory: DuckDB's own insertion takes a lock and
// three look-ups for each child.
struct LargeNode {
  uint16_t count;
  duckdb::Node children[256];
};
static_assert(sizeof(LargeNode) == sizeof(duckdb::Node256));
constexpr size_t kMostOfSmallNodes = 48;

// Sorted keys of one length -> their tree, in which no key is twice.
class TreeOfRun {
 public:
  TreeOfRun(ART& tree, const duckdb::unsafe_vector<ARTKey>& keys,
            const duckdb::unsafe_vector<ARTKey>& rows)
      : tree_(tree), keys_(keys), rows_(rows), length_(keys[0].len) {}

  // False: a key is there twice.
  bool Build() { return Build(tree_.tree, 0, keys_.size(), 0); }

 private:
  // Of keys [begin, end), which are the same before `depth`, at `node`. As deep as keys are long.
  bool Build(duckdb::Node& node, size_t begin, size_t end, size_t depth) {
    const ARTKey& first = keys_[begin];
    size_t differs = depth;
    while (differs < length_ && first.data[differs] == keys_[end - 1].data[differs]) ++differs;
    std::reference_wrapper<duckdb::Node> at(node);
    duckdb::Prefix::New(tree_, at, first, depth, differs - depth);
    if (differs == length_) {
      if (end - begin > 1) return false;
      duckdb::Leaf::New(at, rows_[begin].GetRowId());
      return true;
    }
    std::vector<size_t> ends;  // of each child's keys
    for (size_t i = begin + 1; i < end; ++i) {
      if (keys_[i].data[differs] != keys_[i - 1].data[differs]) ends.push_back(i);
    }
    ends.push_back(end);
    const bool are_leaves = differs + 1 == length_ && ends.size() == end - begin;
    if (are_leaves && ends.size() > kMostOfSmallNodes) {
      AddLeaves(at, begin, end, differs);
      return true;
    }
    duckdb::Node::New(tree_, at, duckdb::Node::GetNodeType(ends.size()));
    for (const size_t next : ends) {
      const uint8_t byte = keys_[begin].data[differs];
      duckdb::Node::InsertChild(tree_, at, byte);
      if (!Build(*at.get().GetChildMutable(tree_, byte, true), begin, next, differs + 1)) {
        return false;
      }
      begin = next;
    }
    return true;
  }

  void AddLeaves(duckdb::Node& node, size_t begin, size_t end, size_t depth) {
    duckdb::Node::New(tree_, node, duckdb::NType::NODE_256);
    auto handle = duckdb::Node::GetAllocator(tree_, duckdb::NType::NODE_256).GetHandle(node);
    handle.MarkModified();
    auto& large = handle.GetRef<LargeNode>();
    for (size_t i = begin; i < end; ++i) {
      duckdb::Leaf::New(large.children[keys_[i].data[depth]], rows_[i].GetRowId());
    }
    large.count = static_cast<uint16_t>(end - begin);
  }

  ART& tree_;
  const duckdb::unsafe_vector<ARTKey>& keys_;
  const duckdb::unsafe_vector<ARTKey>& rows_;
  const size_t length_;
};

// Keys of numbers are of one length; those of texts may be long.
constexpr size_t kLongestOfOneLength = 16;

bool BuildTree(ART& tree, duckdb::unsafe_vector<ARTKey>& keys,
               duckdb::unsafe_vector<ARTKey>& rows) {
  const size_t length = keys[0].len;
  const bool alike = length <= kLongestOfOneLength &&
                     std::all_of(keys.begin(), keys.end(),
                                 [&](const ARTKey& key) { return key.len == length; });
  if (alike && tree.IsUnique()) return TreeOfRun(tree, keys, rows).Build();
  return tree.Build(keys, rows, keys.size()) == duckdb::ARTConflictType::NO_CONFLICT;
}

// False: a key is in both.
bool Join(duckdb::BoundIndex& tree, duckdb::BoundIndex& other) { return tree.MergeIndexes(other); }

struct Choice : duckdb::IndexBuildBindData {
  duckdb::unique_ptr<duckdb::IndexBuildBindData> own;
  bool in_runs = false;
};

bool InRuns(const duckdb::optional_ptr<duckdb::IndexBuildBindData>& data) {
  return static_cast<const Choice&>(*data).in_runs;
}

// The same input for DuckDB's own functions.
template <typename Input>
Input ForOwn(const Input& input) {
  Input own = input;
  own.bind_data = static_cast<Choice&>(*own.bind_data).own.get();
  return own;
}

// DuckDB walks a whole new tree for what its debug builds assert; a release asserts nothing then.
class UnverifiedTree : public ART {
 public:
  using ART::ART;
  void Verify(duckdb::IndexLock&) override {}
};

template <typename Input>
duckdb::unique_ptr<ART> NewTree(Input& input) {
  auto& table = input.table.GetStorage();
  return duckdb::make_uniq<UnverifiedTree>(
      input.info.index_name, input.info.constraint_type, input.storage_ids,
      duckdb::TableIOManager::Get(table), input.expressions, table.GetAttached());
}

struct WholeTree : duckdb::IndexBuildGlobalState {
  std::mutex mutex;
  duckdb::unique_ptr<ART> tree;
};

// A thread's part of the tree, and the run that grows.
class Part : public duckdb::IndexBuildLocalState {
 public:
  explicit Part(duckdb::unique_ptr<ART> tree, duckdb::Allocator& allocator)
      : tree_(std::move(tree)),
        arena_(allocator),
        chunk_keys_(STANDARD_VECTOR_SIZE),
        chunk_rows_(STANDARD_VECTOR_SIZE) {}

  void Add(duckdb::DataChunk& keys, duckdb::DataChunk& rows) {
    tree_->GenerateKeyVectors(arena_, keys, rows.data[0], chunk_keys_, chunk_rows_);
    const auto count = static_cast<ptrdiff_t>(keys.size());
    keys_.insert(keys_.end(), chunk_keys_.begin(), chunk_keys_.begin() + count);
    rows_.insert(rows_.end(), chunk_rows_.begin(), chunk_rows_.begin() + count);
    if (keys_.size() >= kRunKeys) Build();
  }

  void Build() {
    if (keys_.empty()) return;
    Sort();
    ART run(tree_->GetIndexName(), tree_->GetConstraintType(), tree_->GetColumnIds(),
            tree_->table_io_manager, tree_->unbound_expressions, tree_->db, tree_->allocators);
    if (!BuildTree(run, keys_, rows_) || !Join(*tree_, run)) ThrowDuplicates();
    keys_.clear();
    rows_.clear();
    arena_.Reset();
  }

  ART& tree() { return *tree_; }

 private:
  void Sort() {
    const auto less = [](const ARTKey& a, const ARTKey& b) {
      if (a.len != 8 || b.len != 8) return b > a;
      // Without a call: these are the most.
      uint64_t first, second;
      std::memcpy(&first, a.data, 8);
      std::memcpy(&second, b.data, 8);
      return __builtin_bswap64(first) < __builtin_bswap64(second);
    };
    if (std::is_sorted(keys_.begin(), keys_.end(), less)) return;
    std::vector<uint32_t> order(keys_.size());
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(),
              [&](uint32_t a, uint32_t b) { return less(keys_[a], keys_[b]); });
    duckdb::unsafe_vector<ARTKey> keys, rows;
    keys.reserve(keys_.size());
    rows.reserve(keys_.size());
    for (const uint32_t i : order) {
      keys.push_back(keys_[i]);
      rows.push_back(rows_[i]);
    }
    keys_ = std::move(keys);
    rows_ = std::move(rows);
  }

  const duckdb::unique_ptr<ART> tree_;
  duckdb::ArenaAllocator arena_;
  duckdb::unsafe_vector<ARTKey> chunk_keys_, chunk_rows_;  // of a vector
  duckdb::unsafe_vector<ARTKey> keys_, rows_;              // of the run
};

duckdb::unique_ptr<duckdb::IndexBuildBindData> Bind(duckdb::IndexBuildBindInput& input) {
  auto choice = duckdb::make_uniq<Choice>();
  choice->own = DuckDbsOwn().build_bind(input);
  duckdb::IndexBuildSortInput sort{choice->own.get()};
  choice->in_runs = DuckDbsOwn().build_sort(sort);
  return choice;
}

bool SortAll(duckdb::IndexBuildSortInput&) { return false; }

duckdb::unique_ptr<duckdb::IndexBuildGlobalState> InitWhole(
    duckdb::IndexBuildInitGlobalStateInput& input) {
  if (!InRuns(input.bind_data)) {
    auto own = ForOwn(input);
    return DuckDbsOwn().build_global_init(own);
  }
  auto whole = duckdb::make_uniq<WholeTree>();
  whole->tree = NewTree(input);
  return whole;
}

duckdb::unique_ptr<duckdb::IndexBuildLocalState> InitPart(
    duckdb::IndexBuildInitLocalStateInput& input) {
  if (!InRuns(input.bind_data)) {
    auto own = ForOwn(input);
    return DuckDbsOwn().build_local_init(own);
  }
  return duckdb::make_uniq<Part>(NewTree(input), duckdb::Allocator::Get(input.context));
}

void Sink(duckdb::IndexBuildSinkInput& input, duckdb::DataChunk& keys, duckdb::DataChunk& rows) {
  if (!InRuns(input.bind_data)) {
    auto own = ForOwn(input);
    return DuckDbsOwn().build_sink(own, keys, rows);
  }
  static_cast<Part&>(input.local_state).Add(keys, rows);
}

void Combine(duckdb::IndexBuildCombineInput& input) {
  if (!InRuns(input.bind_data)) {
    auto own = ForOwn(input);
    return DuckDbsOwn().build_combine(own);
  }
  auto& part = static_cast<Part&>(input.local_state);
  part.Build();
  auto& whole = static_cast<WholeTree&>(input.global_state);
  const std::lock_guard lock(whole.mutex);
  if (!Join(*whole.tree, part.tree())) ThrowDuplicates();
}

duckdb::unique_ptr<duckdb::BoundIndex> Finalize(duckdb::IndexBuildFinalizeInput& input) {
  auto* const whole = dynamic_cast<WholeTree*>(&input.global_state);
  if (whole == nullptr) return DuckDbsOwn().build_finalize(input);
  return std::move(whole->tree);
}

}  // namespace

void BuildIndexesInRuns(duckdb::DuckDB& database) {
  const auto& own = DuckDbsOwn();
  auto type = database.instance->config.GetIndexTypes().FindByName(own.name);
  if (!type || own.create_plan != nullptr) return;
  type->build_bind = Bind;
  type->build_sort = SortAll;
  type->build_global_init = InitWhole;
  type->build_local_init = InitPart;
  type->build_sink = Sink;
  type->build_combine = Combine;
  type->build_finalize = Finalize;
}

}  // namespace bowyer
