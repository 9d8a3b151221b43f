// Keys of a field's metadata: the type that its values had in a database, where Arrow's own type
// does not say it. Whoever writes the field into such a database reads it again.
#pragma once

namespace bowyer {

// As DuckDB spells its types: HUGEINT, ENUM('a', 'b'), TIMETZ ...
inline constexpr char kDuckDbTypeKey[] = "duckdb:type";
// As format_type spells those of PostgreSQL: inet, numeric, character(10) ...
inline constexpr char kPostgresTypeKey[] = "postgres:type";

}  // namespace bowyer
