#include "frame/plan.h"

namespace bowyer {

std::vector<PlanPtr> InputsOf(const Plan& plan) {
  return std::visit(
      [](const auto& node) -> std::vector<PlanPtr> {
        using Node = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, ScanNode>) {
          return {};
        } else if constexpr (std::is_same_v<Node, JoinNode>) {
          return {node.left, node.right};
        } else if constexpr (std::is_same_v<Node, UnionNode>) {
          return node.inputs;
        } else {
          return {node.input};
        }
      },
      plan.node);
}

}  // namespace bowyer
