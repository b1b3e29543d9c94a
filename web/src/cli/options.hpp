#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::web::detail {

/// An option that a command knows, as `--port PORT`.
struct option {
  std::string_view name;
  std::string_view value;  // what stands for it in the help; empty: it takes none
  std::string_view help;
};

using options = std::vector<option>;

/// What was given of them. Those that take no value have an empty one.
class given_options {
 public:
  /// Exceptions: bad_usage if there is anything else among the arguments.
  given_options(const std::vector<std::string>& arguments, const options& known);

  bool has(std::string_view name) const { return values_.contains(name); }
  std::optional<std::string> value(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// Names on the left, what they are on the right, a line for each.
struct help_row {
  std::string name;
  std::string help;
};
std::string help_table(const std::vector<help_row>& rows);
std::string help_table(const options& known);

}  // namespace aldis::web::detail
