// Routes: compares several rules together with each of them alone. The input is a list of lines. A
// line that begins with '+' is a rule; the others are paths.
//
//     - a rule is accepted, or rejected with a reason
//     - a path is not found if and only if no rule alone matches it
//     - the matched or redirecting rule also matches alone, with the same values
//     - url_for makes a path from these values that matches the same rule and values

#include <aldis/web/app.hpp>

#include "fuzzing.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace web = aldis::web;
using fuzzing::require;

constexpr std::size_t most_rules = 6;

struct found {
  std::string endpoint;
  web::path_variables values;
  std::string redirect;

  bool missing() const { return endpoint.empty() && redirect.empty(); }
};

/// False if the rule is rejected. A handler has as many parameters as its rule has variables.
bool add(web::app& to, std::string_view rule, const std::string& endpoint) {
  using value = const web::path_value&;
  const auto options = [&] { return web::route_options{.endpoint = endpoint}; };
  try {
    switch (std::count(rule.begin(), rule.end(), '<')) {
      case 0:
        to.route(rule, options(), [] { return ""; });
        return true;
      case 1:
        to.route(rule, options(), [](value) { return ""; });
        return true;
      case 2:
        to.route(rule, options(), [](value, value) { return ""; });
        return true;
      case 3:
        to.route(rule, options(), [](value, value, value) { return ""; });
        return true;
      default:
        return false;
    }
  } catch (const web::bad_route& error) {
    require(std::string_view(error.what()).size() > 10, "a rule is refused with a reason", rule);
    return false;
  }
}

found ask(web::app& of, std::string_view path) {
  const auto here = of.test_request_context(web::request("GET", path));
  const web::request& request = web::current_request();
  found result{std::string(request.endpoint()), request.view_args(), ""};
  if (const web::http_error* const error = request.routing_error()) {
    if (error->code() == 308) result.redirect = error->to_response().headers()["Location"];
    result.endpoint.clear();
    result.values.clear();
  }
  return result;
}

/// A rule alone may match a path that all rules together do not match: if a number is out of range
/// for the first matching rule, the others are not tried.
bool may_be_out_of_range(std::string_view text) {
  std::size_t digits = 0;
  for (const char c : text) {
    digits = c >= '0' && c <= '9' ? digits + 1 : 0;
    if (digits > 18) return true;
  }
  return false;
}

class comparison {
 public:
  void read(std::string_view line) {
    if (line.starts_with('+')) {
      add_rule(line.substr(1));
    } else if (line.starts_with('/')) {
      ask_all(line);
    }
  }

 private:
  void add_rule(std::string_view rule) {
    // After the first request it is too late.
    if (asked_ || alone_.size() == most_rules) return;
    auto alone = std::make_unique<web::app>("alone", web::app_options{.static_folder = ""});
    const std::string endpoint = "r" + std::to_string(alone_.size());
    if (!add(*alone, rule, endpoint)) return;
    require(add(all_, rule, endpoint), "a rule that can be alone can be among others", rule);
    alone_.push_back(std::move(alone));
    bounded_ = bounded_ || rule.find('(') != rule.npos;
    floating_ = floating_ || rule.find("float") != rule.npos;
  }

  void ask_all(std::string_view path) {
    asked_ = true;
    const found together = ask(all_, path);
    std::vector<found> each;
    for (const auto& one : alone_) each.push_back(ask(*one, path));

    const bool nowhere =
        std::all_of(each.begin(), each.end(), [](const found& one) { return one.missing(); });
    if (!together.missing() || !(bounded_ || may_be_out_of_range(path))) {
      require(together.missing() == nowhere, "a path is found if one rule has it", path);
    }
    if (!together.redirect.empty()) {
      require(std::any_of(each.begin(), each.end(),
                          [&](const found& one) { return one.redirect == together.redirect; }),
              "a path is redirected by a rule", path);
    }
    if (together.endpoint.empty()) return;
    const auto number = static_cast<std::size_t>(together.endpoint[1] - '0');
    require(each[number].endpoint == together.endpoint && each[number].values == together.values,
            "a rule finds the same alone and among others", path);
    if (!floating_) come_back(*alone_[number], together, path);
  }

  static void come_back(web::app& to, const found& from, std::string_view path) {
    web::url_values values;
    for (const auto& [name, value] : from.values) {
      std::visit([&, &key = name](const auto& one) { values.emplace_back(key, one); }, value);
    }
    std::string url;
    {
      const auto here = to.test_request_context();
      url = web::url_for(from.endpoint, values);
    }
    const found again = ask(to, url);
    require(again.endpoint == from.endpoint && again.values == from.values,
            "url_for leads to where its values come from", path);
  }

  web::app all_{"all", {.static_folder = ""}};
  std::vector<std::unique_ptr<web::app>> alone_;
  bool asked_ = false;
  bool bounded_ = false;
  bool floating_ = false;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  comparison compare;
  for (const std::string_view line : fuzzing::split(fuzzing::text_of(data, size), '\n')) {
    compare.read(line);
  }
  return 0;
}
