#include "bowyer/copy.h"
