#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::web::detail {

/// An option of a command, such as `--port PORT`.
struct option {
  std::string_view name;
  std::string_view value;  // its placeholder in the help; empty if the option takes no value
  std::string_view help;
};

using options = std::vector<option>;

/// The options that were passed. Those that take no value have an empty one.
class parsed_options {
 public:
  /// Exceptions: bad_usage if an argument is not a known option.
  parsed_options(const std::vector<std::string>& arguments, const options& known);

  bool has(std::string_view name) const { return values_.contains(name); }
  std::optional<std::string> value(std::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> values_;
};

/// A line of a help table: the name on the left, its description on the right.
struct help_row {
  std::string name;
  std::string help;
};
std::string help_table(const std::vector<help_row>& rows);
std::string help_table(const options& known);

}  // namespace aldis::web::detail
