// Everything that the commands do, from C++.
#pragma once

#include "bowyer/channel.h"
#include "bowyer/context.h"
#include "bowyer/copy.h"
#include "bowyer/engine.h"
#include "bowyer/error.h"
#include "bowyer/expr.h"
#include "bowyer/inspect.h"
#include "bowyer/lazy_frame.h"
#include "bowyer/location.h"
#include "bowyer/migrate.h"
#include "bowyer/options.h"
#include "bowyer/reader.h"
#include "bowyer/rejects.h"
#include "bowyer/serve.h"
#include "bowyer/type_text.h"
#include "bowyer/version.h"
