#pragma once

#include <string>

namespace bowyer {

// "0.1.0"
const char* Version();

}  // namespace bowyer
