// The ends of a channel on a connection that is there; what stands behind bowyer/channel.h.
#pragma once

#include <arrow/result.h>

#include <memory>
#include <string>

#include "bowyer/channel.h"
#include "channels/channel_link.h"

namespace bowyer {

// `hub`: of the process that opened the channel.
std::unique_ptr<ChannelProducer> ProducerOn(std::shared_ptr<ChannelLink> link,
                                            std::unique_ptr<Hub> hub,
                                            std::shared_ptr<arrow::Schema> schema);
// Errors: as of Channel::Consume.
arrow::Result<std::shared_ptr<ChannelConsumer>> ConsumerOn(
    std::shared_ptr<ChannelLink> link, std::unique_ptr<Hub> hub,
    const std::shared_ptr<arrow::Schema>& expected);

// What a hub has told (HubState and what follows it).
ChannelFacts FactsOf(const std::string& name, const ChannelTerms& terms, const std::string& told);

}  // namespace bowyer
