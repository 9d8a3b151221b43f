#include "channels/flight_stream.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "bowyer/error.h"

namespace bowyer {
namespace {

// A server that refuses the table, once it is told to.
class Refusing : public FlightClient {
 public:
  explicit Refusing(std::shared_future<void> when) : when_(std::move(when)) {}
  arrow::Result<std::vector<FlightTable>> List(Seconds) override { return Refusal(); }
  arrow::Result<FlightTable> Find(const FlightName&, Seconds) override { return Refusal(); }
  arrow::Result<std::unique_ptr<FlightDownload>> Get(const std::string&) override {
    return Refusal();
  }
  arrow::Result<std::unique_ptr<FlightUpload>> Put(
      const FlightName&, const std::shared_ptr<arrow::Schema>&,
      const std::vector<std::pair<std::string, std::string>>&,
      std::shared_ptr<const void>) override {
    when_.wait();
    return Refusal();
  }

 private:
  static arrow::Status Refusal() { return MakeError(ErrorCode::kPeer, "refused"); }
  const std::shared_future<void> when_;
};

// Bytes that tell, when they go, whether what they would be given back to is still there.
class Witness : public arrow::Buffer {
 public:
  Witness(std::weak_ptr<Context> owner, std::promise<bool>* told)
      : arrow::Buffer(kBytes, sizeof(kBytes)), owner_(std::move(owner)), told_(*told) {}
  ~Witness() override { told_.set_value(!owner_.expired()); }

 private:
  static constexpr uint8_t kBytes[8] = {};
  const std::weak_ptr<Context> owner_;
  std::promise<bool>& told_;
};

TEST(FlightOutput, ABatchThatWaitsIsGivenBackBeforeItsPoolGoes) {
  const auto schema = arrow::schema({arrow::field("a", arrow::int64())});
  std::promise<void> refuse;
  std::promise<bool> told;
  auto context = Context::Make().ValueOrDie();
  {
    FlightAddress address;
    address.name = "grpc://nowhere/t";
    address.table.path = {"t"};
    auto output =
        FlightOutput::Open(context, address,
                           std::make_shared<Refusing>(refuse.get_future().share()), schema, {});
    auto batch = arrow::RecordBatch::Make(
        schema, 1,
        {arrow::ArrayData::Make(arrow::int64(), 1,
                                {nullptr, std::make_shared<Witness>(context, &told)})});
    ASSERT_TRUE(output->Write(batch).ok());
  }
  context.reset();
  refuse.set_value();
  EXPECT_TRUE(told.get_future().get());
}

}  // namespace
}  // namespace bowyer
