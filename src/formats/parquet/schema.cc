// Walks an Arrow schema once: writes the footer's schema elements in depth-first order and collects
// the leaves. Lists are the three-level form, maps the key_value form of the format's LogicalTypes.
#include "formats/parquet/schema.h"

#include <arrow/buffer.h>
#include <arrow/extension_type.h>
#include <arrow/ipc/writer.h>
#include <arrow/util/base64.h>
#include <arrow/util/key_value_metadata.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "bowyer/error.h"
#include "core/text.h"
#include "formats/parquet/thrift.h"

namespace bowyer::parquet {
namespace {

using arrow::DataType;
using arrow::Status;
using arrow::Type;

constexpr int kMaxDepth = 100;  // of nesting; levels then fit a byte

// The numbers of the format's ConvertedType, kept for readers from before logical types.
enum Converted {
  kNoConverted = -1,
  kUtf8 = 0,
  kMap = 1,
  kList = 3,
  kDecimal = 5,
  kDate = 6,
  kTimestampMillis = 9,
  kTimestampMicros = 10,
  kUInt8 = 11,
  kInt8 = 15,
  kJson = 19,
};

// The fields of the union LogicalType.
enum class Logical {
  kNone = 0,
  kString = 1,
  kMap = 2,
  kList = 3,
  kDecimal = 5,
  kDate = 6,
  kTime = 7,
  kTimestamp = 8,
  kInteger = 10,
  kUnknown = 11,
  kJson = 12,
  kUuid = 14,
  kFloat16 = 15,
};

struct Annotation {
  Logical logical = Logical::kNone;
  int converted = kNoConverted;
  int precision = 0, scale = 0;  // decimals
  bool utc = false;              // times, timestamps
  arrow::TimeUnit::type unit = arrow::TimeUnit::MILLI;
  int bits = 0;  // integers
  bool is_signed = true;
};

void WriteLogical(ThriftWriter& writer, const Annotation& annotation) {
  if (annotation.logical == Logical::kNone) return;
  writer.BeginStruct(10);
  const int field = static_cast<int>(annotation.logical);
  switch (annotation.logical) {
    case Logical::kDecimal:
      writer.BeginStruct(field);
      writer.I32(1, annotation.scale);
      writer.I32(2, annotation.precision);
      writer.EndStruct();
      break;
    case Logical::kTime:
    case Logical::kTimestamp:
      writer.BeginStruct(field);
      writer.Bool(1, annotation.utc);
      writer.BeginStruct(2);
      writer.Empty(annotation.unit == arrow::TimeUnit::NANO    ? 3
                   : annotation.unit == arrow::TimeUnit::MICRO ? 2
                                                               : 1);
      writer.EndStruct();
      writer.EndStruct();
      break;
    case Logical::kInteger:
      writer.BeginStruct(field);
      writer.Byte(1, static_cast<int8_t>(annotation.bits));
      writer.Bool(2, annotation.is_signed);
      writer.EndStruct();
      break;
    default:
      writer.Empty(field);
  }
  writer.EndStruct();
}

// Bytes that a signed big-endian number of `precision` decimal digits takes at most.
int32_t FixedDecimalBytes(int32_t precision) {
  // 10^p - 1 needs p * log2(10) bits and one for the sign.
  const double bits = precision * 3.321928094887362 + 1;
  return static_cast<int32_t>(std::ceil(bits / 8));
}

class SchemaBuilder {
 public:
  explicit SchemaBuilder(ParquetSchema* out) : out_(out), writer_(&out->elements) {}

  Status Build(const arrow::Schema& schema) {
    Element({}, "schema", std::nullopt, schema.num_fields(), {}, -1);
    for (int i = 0; i < schema.num_fields(); ++i) {
      leaf_ = Leaf{};
      leaf_.column = i;
      ARROW_RETURN_NOT_OK(Field(*schema.field(i)));
    }
    return Status::OK();
  }

 private:
  // What is known of the way down; leaves are copies of it.
  struct Saved {
    size_t path, name, nodes;
    int definition, repetition;
  };
  Saved Save() const {
    return {leaf_.path.size(), leaf_.name.size(), leaf_.nodes.size(), leaf_.max_definition,
            leaf_.max_repetition};
  }
  void Restore(const Saved& saved) {
    leaf_.path.resize(saved.path);
    leaf_.name.resize(saved.name);
    leaf_.nodes.resize(saved.nodes);
    leaf_.max_definition = saved.definition;
    leaf_.max_repetition = saved.repetition;
  }

  Status Refuse(std::string what, std::string hint) const {
    return MakeError(ErrorCode::kData, std::move(what),
                     {.column = leaf_.name, .hint = std::move(hint)});
  }

  void Element(std::optional<Physical> physical, const std::string& name,
               std::optional<Repetition> repetition, int children, const Annotation& annotation,
               int field_id, int32_t width = 0) {
    writer_.ElementStruct();
    if (physical) writer_.I32(1, static_cast<int>(*physical));
    if (physical == Physical::kFixed) writer_.I32(2, width);
    if (repetition) writer_.I32(3, static_cast<int>(*repetition));
    writer_.Binary(4, name);
    if (!physical) writer_.I32(5, children);
    if (annotation.converted != kNoConverted) writer_.I32(6, annotation.converted);
    if (annotation.logical == Logical::kDecimal) {
      writer_.I32(7, annotation.scale);
      writer_.I32(8, annotation.precision);
    }
    if (field_id >= 0) writer_.I32(9, field_id);
    WriteLogical(writer_, annotation);
    writer_.EndStruct();
    ++out_->element_count;
  }

  static int FieldId(const arrow::Field& field) {
    if (!field.HasMetadata()) return -1;
    const auto text = field.metadata()->Get("PARQUET:field_id");
    if (!text.ok()) return -1;
    int id = -1;
    const auto end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, id);
    return parsed.ec == std::errc() && parsed.ptr == end ? id : -1;
  }

  Status Field(const arrow::Field& field) { return Field(field, field.name(), field.nullable()); }

  Status Field(const arrow::Field& field, const std::string& name, bool nullable) {
    if (leaf_.nodes.size() > kMaxDepth) {
      return Refuse(fmt::format("is nested more than {} deep", kMaxDepth),
                    "leave it out with --select, or write .arrow");
    }
    const Saved saved = Save();
    if (!leaf_.name.empty()) leaf_.name += '.';
    leaf_.name += name;
    leaf_.path.push_back(name);
    const auto type = StoredType(field.type());
    if (type->id() == Type::NA) nullable = true;
    if (nullable) ++leaf_.max_definition;
    leaf_.nodes.push_back({.kind = PathNode::Kind::kLeaf, .nullable = nullable});
    const auto repetition = nullable ? Repetition::kOptional : Repetition::kRequired;
    ARROW_RETURN_NOT_OK(Node(field, type, name, repetition));
    Restore(saved);
    return Status::OK();
  }

  Status Node(const arrow::Field& field, const std::shared_ptr<DataType>& type,
              const std::string& name, Repetition repetition) {
    const int id = FieldId(field);
    const size_t self = leaf_.nodes.size() - 1;
    switch (type->id()) {
      case Type::STRUCT: {
        if (type->num_fields() == 0) {
          return Refuse("is a struct without fields, which Parquet cannot hold",
                        "leave it out with --select, or write .arrow");
        }
        Element({}, name, repetition, type->num_fields(), {}, id);
        for (int i = 0; i < type->num_fields(); ++i) {
          leaf_.nodes[self].kind = PathNode::Kind::kStruct;
          leaf_.nodes[self].child = i;
          ARROW_RETURN_NOT_OK(Field(*type->field(i)));
        }
        return Status::OK();
      }
      case Type::MAP: {
        const auto& map = static_cast<const arrow::MapType&>(*type);
        leaf_.nodes[self].kind = PathNode::Kind::kList32;
        Element({}, name, repetition, 1, {.logical = Logical::kMap, .converted = kMap}, id);
        Repeated("key_value", 2);
        // The entries are a struct that is never null.
        leaf_.nodes.push_back({.kind = PathNode::Kind::kStruct, .nullable = false, .child = 0});
        ARROW_RETURN_NOT_OK(Field(*map.key_field(), "key", false));
        leaf_.nodes.back().child = 1;
        return Field(*map.item_field(), "value", map.item_field()->nullable());
      }
      case Type::LIST:
        return List(PathNode::Kind::kList32, *type, name, repetition, id);
      case Type::LARGE_LIST:
        return List(PathNode::Kind::kList64, *type, name, repetition, id);
      case Type::LIST_VIEW:
        return List(PathNode::Kind::kListView32, *type, name, repetition, id);
      case Type::LARGE_LIST_VIEW:
        return List(PathNode::Kind::kListView64, *type, name, repetition, id);
      case Type::FIXED_SIZE_LIST:
        leaf_.nodes[self].fixed = static_cast<const arrow::FixedSizeListType&>(*type).list_size();
        return List(PathNode::Kind::kFixedSizeList, *type, name, repetition, id);
      default:
        return Value(*field.type(), type, name, repetition, id);
    }
  }

  void Repeated(const std::string& name, int children) {
    Element({}, name, Repetition::kRepeated, children, {}, -1);
    leaf_.path.push_back(name);
    ++leaf_.max_definition;
    ++leaf_.max_repetition;
  }

  Status List(PathNode::Kind kind, const DataType& type, const std::string& name,
              Repetition repetition, int id) {
    leaf_.nodes.back().kind = kind;
    Element({}, name, repetition, 1, {.logical = Logical::kList, .converted = kList}, id);
    Repeated("list", 1);
    return Field(*type.field(0), "element", type.field(0)->nullable());
  }

  // A leaf. `declared` may be an extension type of `type`.
  Status Value(const DataType& declared, const std::shared_ptr<DataType>& type,
               const std::string& name, Repetition repetition, int id) {
    Annotation annotation;
    leaf_.type = type;
    leaf_.width = 0;
    leaf_.text = false;
    leaf_.decimal_bits = 0;
    ARROW_RETURN_NOT_OK(Describe(declared, *type, &annotation));
    Element(leaf_.physical, name, repetition, 0, annotation, id, leaf_.width);
    out_->leaves.push_back(leaf_);
    return Status::OK();
  }

  void Set(Physical physical, int32_t width, Conversion conversion, SortOrder order) {
    leaf_.physical = physical;
    leaf_.width = width;
    leaf_.conversion = conversion;
    leaf_.order = order;
  }

  void SetInteger(int bits, bool is_signed, Conversion conversion, Annotation* annotation) {
    Set(bits == 64 ? Physical::kInt64 : Physical::kInt32, bits == 64 ? 8 : 4, conversion,
        is_signed ? SortOrder::kSigned : SortOrder::kUnsigned);
    // Plain int32 and int64 need no annotation.
    if (is_signed && bits >= 32) return;
    annotation->logical = Logical::kInteger;
    annotation->bits = bits;
    annotation->is_signed = is_signed;
    const int log2 = bits == 8 ? 0 : bits == 16 ? 1 : bits == 32 ? 2 : 3;
    annotation->converted = (is_signed ? kInt8 : kUInt8) + log2;
  }

  Status SetDecimal(const DataType& type, Annotation* annotation) {
    const auto& decimal = static_cast<const arrow::DecimalType&>(type);
    const int precision = decimal.precision(), scale = decimal.scale();
    if (scale < 0 || scale > precision) {
      return Refuse(
          fmt::format("is a decimal({}, {}); Parquet holds scales from 0 to the precision",
                      precision, scale),
          "write .arrow, or cast it to another decimal first");
    }
    leaf_.decimal_bits = decimal.bit_width();
    if (precision <= 9) {
      Set(Physical::kInt32, 4,
          decimal.bit_width() == 32 ? Conversion::kDirect : Conversion::kDecimalToInt32,
          SortOrder::kSigned);
    } else if (precision <= 18) {
      Set(Physical::kInt64, 8,
          decimal.bit_width() == 64 ? Conversion::kDirect : Conversion::kDecimalToInt64,
          SortOrder::kSigned);
    } else {
      Set(Physical::kFixed, FixedDecimalBytes(precision), Conversion::kDecimalToFixed,
          SortOrder::kDecimal);
    }
    *annotation = {.logical = Logical::kDecimal,
                   .converted = kDecimal,
                   .precision = precision,
                   .scale = scale};
    return Status::OK();
  }

  Status Describe(const DataType& declared, const DataType& type, Annotation* annotation) {
    std::string extension;
    if (declared.id() == Type::EXTENSION) {
      extension = static_cast<const arrow::ExtensionType&>(declared).extension_name();
    }
    switch (type.id()) {
      case Type::NA:
        Set(Physical::kInt32, 4, Conversion::kNull, SortOrder::kNone);
        annotation->logical = Logical::kUnknown;
        return Status::OK();
      case Type::BOOL:
        Set(Physical::kBoolean, 0, Conversion::kBits, SortOrder::kUnsigned);
        return Status::OK();
      case Type::INT8:
        SetInteger(8, true, Conversion::kInt8, annotation);
        return Status::OK();
      case Type::UINT8:
        SetInteger(8, false, Conversion::kUInt8, annotation);
        return Status::OK();
      case Type::INT16:
        SetInteger(16, true, Conversion::kInt16, annotation);
        return Status::OK();
      case Type::UINT16:
        SetInteger(16, false, Conversion::kUInt16, annotation);
        return Status::OK();
      case Type::INT32:
        SetInteger(32, true, Conversion::kDirect, annotation);
        return Status::OK();
      case Type::UINT32:
        SetInteger(32, false, Conversion::kDirect, annotation);
        return Status::OK();
      case Type::INT64:
      case Type::DURATION:
        SetInteger(64, true, Conversion::kDirect, annotation);
        return Status::OK();
      case Type::UINT64:
        SetInteger(64, false, Conversion::kDirect, annotation);
        return Status::OK();
      case Type::HALF_FLOAT:
        Set(Physical::kFixed, 2, Conversion::kDirect, SortOrder::kFloat16);
        annotation->logical = Logical::kFloat16;
        return Status::OK();
      case Type::FLOAT:
        Set(Physical::kFloat, 4, Conversion::kDirect, SortOrder::kSigned);
        return Status::OK();
      case Type::DOUBLE:
        Set(Physical::kDouble, 8, Conversion::kDirect, SortOrder::kSigned);
        return Status::OK();
      case Type::DATE32:
        Set(Physical::kInt32, 4, Conversion::kDirect, SortOrder::kSigned);
        *annotation = {.logical = Logical::kDate, .converted = kDate};
        return Status::OK();
      case Type::DATE64:
        Set(Physical::kInt32, 4, Conversion::kDate64, SortOrder::kSigned);
        *annotation = {.logical = Logical::kDate, .converted = kDate};
        return Status::OK();
      case Type::TIME32: {
        const auto unit = static_cast<const arrow::TimeType&>(type).unit();
        Set(Physical::kInt32, 4,
            unit == arrow::TimeUnit::SECOND ? Conversion::kSeconds32 : Conversion::kDirect,
            SortOrder::kSigned);
        *annotation = {.logical = Logical::kTime, .unit = arrow::TimeUnit::MILLI};
        return Status::OK();
      }
      case Type::TIME64:
        Set(Physical::kInt64, 8, Conversion::kDirect, SortOrder::kSigned);
        *annotation = {.logical = Logical::kTime,
                       .unit = static_cast<const arrow::TimeType&>(type).unit()};
        return Status::OK();
      case Type::TIMESTAMP: {
        const auto& timestamp = static_cast<const arrow::TimestampType&>(type);
        const bool seconds = timestamp.unit() == arrow::TimeUnit::SECOND;
        Set(Physical::kInt64, 8, seconds ? Conversion::kSeconds64 : Conversion::kDirect,
            SortOrder::kSigned);
        *annotation = {.logical = Logical::kTimestamp,
                       .utc = !timestamp.timezone().empty(),
                       .unit = seconds ? arrow::TimeUnit::MILLI : timestamp.unit()};
        // The old annotation means an instant, not a local time.
        if (annotation->utc && annotation->unit == arrow::TimeUnit::MILLI) {
          annotation->converted = kTimestampMillis;
        } else if (annotation->utc && annotation->unit == arrow::TimeUnit::MICRO) {
          annotation->converted = kTimestampMicros;
        }
        return Status::OK();
      }
      case Type::DECIMAL32:
      case Type::DECIMAL64:
      case Type::DECIMAL128:
      case Type::DECIMAL256:
        return SetDecimal(type, annotation);
      case Type::FIXED_SIZE_BINARY: {
        const int width = static_cast<const arrow::FixedSizeBinaryType&>(type).byte_width();
        if (width == 0) {
          return Refuse("is a fixed-size binary of 0 bytes, which Parquet cannot hold",
                        "leave it out with --select, or write .arrow");
        }
        Set(Physical::kFixed, width, Conversion::kDirect, SortOrder::kBytes);
        if (extension == "arrow.uuid") annotation->logical = Logical::kUuid;
        return Status::OK();
      }
      case Type::STRING:
      case Type::BINARY:
        Set(Physical::kByteArray, 0, Conversion::kOffsets32, SortOrder::kBytes);
        break;
      case Type::LARGE_STRING:
      case Type::LARGE_BINARY:
        Set(Physical::kByteArray, 0, Conversion::kOffsets64, SortOrder::kBytes);
        break;
      case Type::STRING_VIEW:
      case Type::BINARY_VIEW:
        Set(Physical::kByteArray, 0, Conversion::kViews, SortOrder::kBytes);
        break;
      case Type::INTERVAL_MONTHS:
      case Type::INTERVAL_DAY_TIME:
      case Type::INTERVAL_MONTH_DAY_NANO:
        return Refuse(
            fmt::format("is of type {}, which Parquet cannot hold exactly", type.ToString()),
            "leave it out with --select, or write .arrow");
      default:
        return Refuse(fmt::format("is of type {}, which Parquet cannot hold", type.ToString()),
                      "leave it out with --select, or write .arrow");
    }
    // Byte arrays.
    leaf_.text = arrow::is_string(type.id()) || type.id() == Type::STRING_VIEW;
    if (extension == "arrow.json") {
      *annotation = {.logical = Logical::kJson, .converted = kJson};
    } else if (leaf_.text) {
      *annotation = {.logical = Logical::kString, .converted = kUtf8};
    }
    return Status::OK();
  }

  ParquetSchema* out_;
  ThriftWriter writer_;
  Leaf leaf_;
};

}  // namespace

std::shared_ptr<DataType> StoredType(const std::shared_ptr<DataType>& type) {
  switch (type->id()) {
    case Type::EXTENSION:
      return StoredType(static_cast<const arrow::ExtensionType&>(*type).storage_type());
    case Type::DICTIONARY:
      return StoredType(static_cast<const arrow::DictionaryType&>(*type).value_type());
    case Type::RUN_END_ENCODED:
      return StoredType(static_cast<const arrow::RunEndEncodedType&>(*type).value_type());
    default:
      return type;
  }
}

bool HasIndexedForm(const DataType& value_type) {
  switch (value_type.id()) {
    case Type::EXTENSION:
      return HasIndexedForm(*static_cast<const arrow::ExtensionType&>(value_type).storage_type());
    case Type::DICTIONARY:
    case Type::RUN_END_ENCODED:
    case Type::NA:
    case Type::BOOL:
      return false;
    default:
      return !arrow::is_nested(value_type.id());
  }
}

arrow::Result<ParquetSchema> MakeParquetSchema(const arrow::Schema& schema) {
  ParquetSchema out;
  ARROW_RETURN_NOT_OK(SchemaBuilder(&out).Build(schema));
  constexpr std::string_view kArrowSchema = "ARROW:schema";
  if (const auto& metadata = schema.metadata()) {
    for (int64_t i = 0; i < metadata->size(); ++i) {
      if (metadata->key(i) != kArrowSchema) {
        out.metadata.emplace_back(metadata->key(i), metadata->value(i));
      }
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto message, arrow::ipc::SerializeSchema(schema));
  out.metadata.emplace_back(kArrowSchema, arrow::util::base64_encode(std::string_view(*message)));
  return out;
}

}  // namespace bowyer::parquet
