#include "cli/options.hpp"

#include <aldis/web/command_line.hpp>

#include "http/text.hpp"

#include <algorithm>

namespace aldis::web::detail {

namespace {

[[noreturn]] void throw_unknown(std::string_view argument, const options& known) {
  std::string names;
  for (const option& each : known) names.append(names.empty() ? "" : ", ").append(each.name);
  if (!argument.starts_with('-')) {
    throw bad_usage(in_quotes(argument) + " is one argument too many; options are " + names);
  }
  throw bad_usage("there is no option " + in_quotes(argument) + "; options are " + names);
}

}  // namespace

parsed_options::parsed_options(const std::vector<std::string>& arguments, const options& known) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string_view argument = arguments[i];
    const std::string_view name = argument.substr(0, argument.find('='));
    const auto found = std::find_if(known.begin(), known.end(),
                                    [&](const option& each) { return each.name == name; });
    if (found == known.end()) throw_unknown(argument, known);
    const bool is_attached = name.size() != argument.size();
    std::string value(argument.substr(name.size() + (is_attached ? 1 : 0)));
    if (found->value.empty()) {
      if (is_attached) throw bad_usage("the option " + in_quotes(name) + " takes no value");
    } else if (!is_attached) {
      if (++i == arguments.size()) {
        throw bad_usage("the option " + in_quotes(found->name) + " needs a value: " +
                        std::string(found->name) + " " + std::string(found->value));
      }
      value = arguments[i];
    }
    values_[std::string(found->name)] = std::move(value);
  }
}

std::optional<std::string> parsed_options::value(std::string_view name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return std::nullopt;
  return found->second;
}

std::string help_table(const std::vector<help_row>& rows) {
  std::size_t width = 0;
  for (const help_row& each : rows) width = std::max(width, each.name.size());
  std::string text;
  for (const help_row& each : rows) {
    text.append("  ").append(each.name).append(width - each.name.size() + 2, ' ');
    text.append(each.help).append("\n");
  }
  return text;
}

std::string help_table(const options& known) {
  std::vector<help_row> rows;
  rows.reserve(known.size());
  for (const option& each : known) {
    std::string name(each.name);
    if (!each.value.empty()) name.append(" ").append(each.value);
    rows.push_back({std::move(name), std::string(each.help)});
  }
  return help_table(rows);
}

}  // namespace aldis::web::detail
