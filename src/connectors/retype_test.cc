#include "connectors/retype.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <gtest/gtest.h>

#include "bowyer/error.h"
#include "matchers.h"

namespace bowyer {
namespace {

// One batch over and over.
class Repeated : public Source {
 public:
  Repeated(std::shared_ptr<arrow::RecordBatch> batch, int times)
      : batch_(std::move(batch)), times_(times) {}
  std::shared_ptr<arrow::Schema> schema() const override { return batch_->schema(); }
  arrow::Result<std::string> Fingerprint() const override { return ""; }
  arrow::Result<SourceInfo> Inspect() override { return SourceInfo{}; }
  arrow::Result<std::shared_ptr<arrow::RecordBatchReader>> Open(const Chunk&,
                                                                const ScanOptions&) override {
    return arrow::RecordBatchReader::Make(
        arrow::RecordBatchVector(static_cast<size_t>(times_), batch_), batch_->schema());
  }

 private:
  std::shared_ptr<arrow::RecordBatch> batch_;
  int times_;
};

std::shared_ptr<arrow::RecordBatch> Doubles(const std::vector<double>& values) {
  arrow::DoubleBuilder builder;
  EXPECT_TRUE(builder.AppendValues(values).ok());
  return arrow::RecordBatch::Make(arrow::schema({arrow::field("v", arrow::float64())}),
                                  static_cast<int64_t>(values.size()),
                                  {builder.Finish().ValueOrDie()});
}

TEST(Retype, ASourceWithTheTypesIsLeftAlone) {
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make());
  auto source = std::make_unique<Repeated>(Doubles({1}), 1);
  Source* const before = source.get();
  ReadOptions options;
  options.types = {{"v", arrow::float64()}, {"other", arrow::int8()}};
  ASSERT_OK_AND_ASSIGN(auto same, Retyped(context, std::move(source), options));
  EXPECT_EQ(same.get(), before);
}

TEST(Retype, TheRowOfAMisfitIsCountedOverBatches) {
  ASSERT_OK_AND_ASSIGN(auto context, Context::Make());
  ReadOptions options;
  options.types = {{"v", arrow::int32()}};
  ASSERT_OK_AND_ASSIGN(
      auto source, Retyped(context, std::make_unique<Repeated>(Doubles({1, 2, 3}), 2), options));
  EXPECT_TRUE(source->schema()->field(0)->type()->Equals(arrow::int32()));
  ASSERT_OK_AND_ASSIGN(auto reader, source->Open({}, {}));
  ASSERT_OK_AND_ASSIGN(auto table, reader->ToTable());
  EXPECT_EQ(table->num_rows(), 6);

  ASSERT_OK_AND_ASSIGN(
      source, Retyped(context, std::make_unique<Repeated>(Doubles({1, 2, 0.5, 0.25}), 1), options));
  ASSERT_OK_AND_ASSIGN(reader, source->Open({}, {}));
  const auto status = reader->ToTable().status();
  EXPECT_ERROR(status, ErrorCode::kData, "0.5 cannot be read as int32 without loss");
  EXPECT_EQ(DetailOf(status)->place().row, 3);
}

TEST(Retype, UnknownNamesAreErrorsWithTheClosest) {
  ReadOptions options;
  options.types = {{"amonut", arrow::int8()}};
  EXPECT_ERROR(CheckTypedColumns(options, *arrow::schema({arrow::field("amount", arrow::int8())})),
               ErrorCode::kUsage, "did you mean \"amount\"");
}

}  // namespace
}  // namespace bowyer
