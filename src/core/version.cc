#include "bowyer/version.h"

namespace bowyer {

const char* Version() { return BOWYER_VERSION; }

}  // namespace bowyer
