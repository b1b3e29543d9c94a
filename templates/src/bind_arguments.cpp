#include "bind_arguments.hpp"

#include <aldis/templates/error.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace aldis::templates::detail {

namespace {

std::string quoted_name(std::string_view name) { return "'" + std::string(name) + "'"; }

[[noreturn]] void fail_call(std::string_view function, const std::string& message) {
  fail(error_kind::type, std::string(function) + "() " + message);
}

[[noreturn]] void fail_too_many(std::string_view function, std::size_t least, std::size_t most,
                                std::size_t count) {
  const bool optional = least != most;
  std::string message = "takes ";
  if (optional) message += "from " + std::to_string(least) + " to ";
  message += std::to_string(most) + " positional argument";
  if (optional || most != 1) message += "s";
  fail_call(function, message + " but " + std::to_string(count) +
                          (count == 1 ? " was given" : " were given"));
}

[[noreturn]] void fail_missing(std::string_view function, const std::vector<std::string>& names) {
  std::string all = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) {
    const bool last = i + 1 == names.size();
    all += last ? (names.size() > 2 ? ", and " : " and ") : ", ";
    all += names[i];
  }
  fail_call(function, "missing " + std::to_string(names.size()) + " required positional argument" +
                          (names.size() == 1 ? "" : "s") + ": " + all);
}

}  // namespace

void bind_arguments(const arguments& args, std::string_view function,
                    std::span<const std::string_view> parameters, std::size_t required,
                    const value** bound, std::size_t already_bound) {
  const auto positional = args.positional();
  const std::size_t taken = std::min(positional.size(), parameters.size());
  for (std::size_t i = 0; i < taken; ++i) bound[i] = &positional[i];

  for (const keyword_argument& keyword : args.keywords()) {
    const auto found = std::find(parameters.begin(), parameters.end(), keyword.name);
    if (found == parameters.end()) {
      fail_call(function, "got an unexpected keyword argument " + quoted_name(keyword.name));
    }
    const value*& argument = bound[found - parameters.begin()];
    if (argument)
      fail_call(function, "got multiple values for argument " + quoted_name(keyword.name));
    argument = &keyword.argument;
  }

  if (positional.size() > parameters.size()) {
    fail_too_many(function, required + already_bound, parameters.size() + already_bound,
                  positional.size() + already_bound);
  }
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < required; ++i) {
    if (!bound[i]) missing.push_back(quoted_name(parameters[i]));
  }
  if (!missing.empty()) fail_missing(function, missing);
}

const value& only_argument(const arguments& args, std::string_view function) {
  if (!args.keywords().empty()) fail_call(function, "takes no keyword arguments");
  if (args.positional().size() != 1) {
    fail_call(function,
              "takes exactly one argument (" + std::to_string(args.positional().size()) + " args)");
  }
  return args.positional().front();
}

}  // namespace aldis::templates::detail
