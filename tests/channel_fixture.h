// What tests of channels share: a folder of names of their own, ends of a channel in this process,
// and batches of ids.
#pragma once

#include <arrow/array/builder_primitive.h>
#include <arrow/record_batch.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bowyer/channel.h"
#include "channels/channel_link.h"
#include "matchers.h"
#include "temporary_folder.h"

namespace bowyer {

using Batch = std::shared_ptr<arrow::RecordBatch>;

inline std::shared_ptr<arrow::Schema> Ids() {
  return arrow::schema({arrow::field("id", arrow::int64())});
}

inline Batch IdsFrom(int64_t first, int64_t rows) {
  arrow::Int64Builder builder;
  EXPECT_TRUE(builder.Reserve(rows).ok());
  for (int64_t i = 0; i < rows; ++i) builder.UnsafeAppend(first + i);
  return arrow::RecordBatch::Make(Ids(), rows, {builder.Finish().ValueOrDie()});
}

inline int64_t Id(const arrow::RecordBatch& batch, int64_t row) {
  return batch.column_data(0)->GetValues<int64_t>(1)[row];
}

class ChannelTest : public testing::Test {
 protected:
  ChannelTest() { ::setenv("XDG_RUNTIME_DIR", folder_.path().c_str(), 1); }
  ~ChannelTest() override {
    // No name is left, whatever happened.
    std::error_code error;
    if (std::filesystem::exists(folder_ / "bowyer", error)) {
      EXPECT_TRUE(std::filesystem::is_empty(folder_ / "bowyer", error)) << error.message();
    }
    ::unsetenv("XDG_RUNTIME_DIR");
  }

  static std::shared_ptr<Context> NewContext() { return *Context::Make({.threads = 1}); }
  static Location At(const std::string& options = "") {
    return *Location::Parse("shm:test" + options);
  }
  static arrow::Result<std::unique_ptr<ChannelProducer>> Produce(const std::string& options = "") {
    return Channel::Produce(NewContext(), At(options), Ids());
  }
  static arrow::Result<std::shared_ptr<ChannelConsumer>> Consume(const std::string& options = "") {
    return Channel::Consume(NewContext(), At(options));
  }

  // A peer below the interface, which can go at any moment.
  static std::shared_ptr<ChannelLink> Link(PeerRole role, const std::string& options = "") {
    std::unique_ptr<Hub> hub;
    auto link = ChannelLink::Open(NewContext(), *ChannelAddress::Of(At(options)), role,
                                  *BytesOfSchema(*Ids()), &hub);
    EXPECT_TRUE(link.ok()) << Describe(link.status());
    EXPECT_EQ(hub, nullptr) << "somebody has to have opened it";
    return *link;
  }

  static ChannelFacts Facts() {
    const auto all = Channel::List(NewContext(), 0).ValueOrDie();
    EXPECT_EQ(all.size(), 1U);
    return all.empty() ? ChannelFacts() : all[0];
  }

  static void WaitUntil(const std::function<bool()>& condition) {
    for (int i = 0; i < 2000 && !condition(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_TRUE(condition());
  }

  // Ids of all that a consumer gets; its end, or why there is none, in `status`.
  static std::vector<int64_t> Drain(ChannelConsumer& consumer, arrow::Status* status) {
    std::vector<int64_t> ids;
    while (true) {
      Batch batch;
      *status = consumer.ReadNext(&batch);
      if (!status->ok() || batch == nullptr) return ids;
      for (int64_t i = 0; i < batch->num_rows(); ++i) ids.push_back(Id(*batch, i));
    }
  }

  TemporaryFolder folder_;
};

}  // namespace bowyer
