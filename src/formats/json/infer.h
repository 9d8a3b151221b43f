// What the values of records look like, place by place: records in, a tree of shapes out, from
// which the schema follows (plan.h). Shapes of parts of a text merge in order into that of all.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "formats/json/records.h"
#include "formats/json/syntax.h"

namespace bowyer::json {

// An object in which more different keys are seen than this is a map, not a struct.
inline constexpr size_t kMaxFields = 10'000;
// All keys of all objects of a file together; more are refused.
inline constexpr int64_t kMaxShapes = 200'000;
// Arrays and objects below this depth are kept as JSON text (Arrow IPC carries no more than 64).
inline constexpr int kMaxTypedDepth = 32;

// What all numbers of a place ask of a type.
struct NumberFacts {
  bool all_int64 = true;        // integers without fraction, exponent or minus zero, in 64 bits
  bool all_integers = true;     // without fraction and exponent
  bool all_double = true;       // each is exactly what its nearest double says
  bool all_decimal = true;      // the digits below are right, and there is no minus zero
  int32_t integer_digits = 0;   // most before the point
  int32_t fraction_digits = 0;  // most behind it

  void Merge(const NumberFacts& other);
};

struct Shape;

struct Member {
  std::string key;      // decoded
  int occurrence = 1;   // 2 for the value of a key that stands a second time in one object ...
  int32_t repeat = -1;  // the member that is the next occurrence of the key
  int64_t seen = 0;     // the object (by number) in which it was seen last
  std::unique_ptr<Shape> shape;
};

struct Shape {
  enum Kind : uint8_t {
    kNull = 1,
    kBool = 2,
    kNumber = 4,
    kString = 8,
    kArray = 16,
    kObject = 32,
  };
  uint8_t kinds = 0;    // the bits of all kinds seen
  bool opaque = false;  // too deep, or too many keys: kept as JSON text
  NumberFacts number;
  std::unique_ptr<Shape> element;                  // of arrays
  std::vector<Member> members;                     // of objects, in the order first seen
  std::unordered_map<std::string, int32_t> index;  // key -> its first occurrence's member

  // Several kinds of values, which only their JSON text can hold together.
  bool mixed() const {
    const uint8_t values = kinds & static_cast<uint8_t>(~kNull);
    return opaque || (values & (values - 1)) != 0;
  }
  // The first occurrence of `key`, or the next one of a member; made if there is none.
  int32_t FindMember(std::string_view key);
  int32_t NextOccurrence(int32_t member);
  // Shapes in this tree, itself included.
  int64_t Count() const;
  void Merge(Shape&& other);
};

// Looks at records. Used by one thread.
class Observer {
 public:
  // `objects` numbers the objects seen, over all observers of a shape.
  Observer(Syntax* syntax, int64_t* objects) : syntax_(syntax), objects_(objects) {}
  // Adds the value at `p`; like the functions of Syntax otherwise.
  const char* Observe(Shape* shape, const char* p, int depth);

 private:
  const char* ObserveObject(Shape* shape, const char* p, int depth);
  const char* ObserveNumber(Shape* shape, const char* p);

  Syntax* syntax_;
  int64_t* objects_;
  int64_t shapes_ = 0;
  std::string scratch_;
};

}  // namespace bowyer::json
