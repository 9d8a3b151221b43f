// The same loops compiled twice: kernels_body.inc is included once for any processor and once with
// each function's target set to AVX2. This file is compiled with -O3 so that they are vectorised.
#include "formats/parquet/kernels.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace bowyer::parquet {
namespace {

namespace portable {
#define BOWYER_TARGET
#include "formats/parquet/kernels_body.inc"
#undef BOWYER_TARGET
}  // namespace portable

#if defined(__x86_64__)
namespace avx2 {
#define BOWYER_TARGET __attribute__((target("avx2,bmi,bmi2")))
#include "formats/parquet/kernels_body.inc"
#undef BOWYER_TARGET
}  // namespace avx2
#endif

}  // namespace

const Kernels& PortableKernels() {
  static const Kernels kKernels = portable::MakeKernels();
  return kKernels;
}

const Kernels* Avx2Kernels() {
#if defined(__x86_64__)
  static const Kernels kKernels = avx2::MakeKernels();
  static const bool kSupported = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2");
  return kSupported ? &kKernels : nullptr;
#else
  return nullptr;
#endif
}

const Kernels& BestKernels() {
  static const Kernels& kBest = Avx2Kernels() != nullptr ? *Avx2Kernels() : PortableKernels();
  return kBest;
}

}  // namespace bowyer::parquet
