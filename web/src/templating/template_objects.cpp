#include "templating/template_objects.hpp"

#include <aldis/templates/arguments.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/function.hpp>
#include <aldis/templates/object.hpp>
#include <aldis/templates/render_context.hpp>
#include <aldis/web/routing.hpp>

#include "app/context.hpp"
#include "json/value_objects.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::web::detail {

namespace {

using templates::arguments;
using templates::cursor;
using templates::error_kind;
using templates::render_context;
using templates::value_kind;

template <class Object, class... Args>
value make(Args&&... args) {
  return value(templates::detail::reference(new Object(std::forward<Args>(args)...)));
}

class list_cursor final : public cursor {
 public:
  explicit list_cursor(std::vector<std::string> names) : names_(std::move(names)) {}
  bool next(value& item, render_context&) override {
    if (at_ == names_.size()) return false;
    item = value(names_[at_++]);
    return true;
  }

 private:
  std::vector<std::string> names_;
  std::size_t at_ = 0;
};

/// An object with values by name, which are looked up on use.
class mapping : public templates::object {
 public:
  virtual std::optional<value> find(std::string_view name) const = 0;
  virtual std::vector<std::string> names() const = 0;

  std::optional<value> attribute(std::string_view name, render_context& context) const override;
  std::optional<value> item(const value& key, render_context&) const override {
    return key.is_text() ? find(key.as_text()) : std::nullopt;
  }
  bool is_mapping() const noexcept override { return true; }
  std::optional<std::size_t> size() const override { return names().size(); }
  bool is_iterable() const override { return true; }
  std::unique_ptr<cursor> iterate() const override {
    return std::make_unique<list_cursor>(names());
  }
  std::optional<bool> contains(const value& what, render_context&) const override {
    return what.is_text() && find(what.as_text()).has_value();
  }
};

using mapping_reference = templates::detail::reference<const mapping>;

/// The methods `get`, `keys`, `values` and `items` of a dict.
class method final : public templates::object {
 public:
  enum class which { get, keys, values, items };

  method(const mapping& of, which what) : of_(mapping_reference::share(of)), what_(what) {}

  std::string_view type_name() const noexcept override { return "method"; }
  bool is_callable() const noexcept override { return true; }

  value call(const arguments& given) const override {
    if (what_ == which::get) return get(given);
    list all;
    for (const std::string& name : of_->names()) {
      value mapped = of_->find(name).value_or(value());
      if (what_ == which::keys) {
        all.emplace_back(name);
      } else if (what_ == which::values) {
        all.push_back(std::move(mapped));
      } else {
        all.emplace_back(tuple{{value(name), std::move(mapped)}});
      }
    }
    return value(std::move(all));
  }

 private:
  value get(const arguments& given) const {
    const auto places = given.positional();
    if (places.empty() || places.size() > 2 || !places[0].is_text()) {
      templates::fail(error_kind::type, "get() takes a name and a default");
    }
    value otherwise = places.size() == 2 ? places[1] : value();
    for (const templates::keyword_argument& each : given.keywords()) {
      if (each.name != "default") {
        templates::fail(error_kind::type, "get() got an unexpected keyword argument '" +
                                              std::string(each.name) + "'");
      }
      otherwise = each.argument;
    }
    return of_->find(places[0].as_text()).value_or(std::move(otherwise));
  }

  mapping_reference of_;
  which what_;
};

std::optional<value> mapping::attribute(std::string_view name, render_context&) const {
  constexpr std::array methods =
      std::to_array<std::pair<std::string_view, method::which>>({{"get", method::which::get},
                                                                 {"keys", method::which::keys},
                                                                 {"values", method::which::values},
                                                                 {"items", method::which::items}});
  for (const auto& [known, what] : methods) {
    if (known == name) return make<method>(*this, what);
  }
  return std::nullopt;
}

// The names and values of a request, copied because they are few.

class fields final : public mapping {
 public:
  explicit fields(multi_dict of) : of_(std::move(of)) {}
  std::string_view type_name() const noexcept override { return "MultiDict"; }
  std::optional<value> find(std::string_view name) const override {
    const auto found = of_.find(name);
    return found ? std::optional<value>(*found) : std::nullopt;
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> all;
    for (const auto& [name, mapped] : of_) {
      if (std::find(all.begin(), all.end(), name) == all.end()) all.push_back(name);
    }
    return all;
  }
  std::optional<value> attribute(std::string_view name, render_context& context) const override {
    if (name == "getlist") {
      return value([of = of_](const std::string& key) {
        list found;
        for (const std::string_view each : of.get_all(key)) found.emplace_back(each);
        return value(std::move(found));
      });
    }
    return mapping::attribute(name, context);
  }

 private:
  multi_dict of_;
};

class request_headers final : public mapping {
 public:
  explicit request_headers(web::headers of) : of_(std::move(of)) {}
  std::string_view type_name() const noexcept override { return "Headers"; }
  std::optional<value> find(std::string_view name) const override {
    const auto found = of_.find(name);
    return found ? std::optional<value>(*found) : std::nullopt;
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> all;
    for (const headers::field each : of_) all.emplace_back(each.name);
    return all;
  }

 private:
  web::headers of_;
};

value view_args_of(const request& r) {
  dict found;
  for (const path_variable& each : r.view_args()) {
    found[each.name] = std::visit([](const auto& one) { return value(one); }, each.value);
  }
  return value(std::move(found));
}

value text_or_none(std::string_view text) { return text.empty() ? value() : value(text); }

class request_object final : public templates::object {
 public:
  std::string_view type_name() const noexcept override { return "Request"; }

  std::optional<value> attribute(std::string_view name, render_context&) const override {
    const request& r = current_request();
    if (name == "method") return value(r.method());
    if (name == "path") return value(r.path());
    if (name == "full_path") return value(r.full_path());
    if (name == "url") return value(r.url());
    if (name == "base_url") return value(r.base_url());
    if (name == "host") return value(r.host());
    if (name == "scheme") return value(r.scheme());
    if (name == "query_string") return value(r.query_string());
    if (name == "remote_addr") return text_or_none(r.remote_address());
    if (name == "endpoint") return text_or_none(r.endpoint());
    if (name == "blueprint") return text_or_none(r.blueprint());
    if (name == "is_json") return value(r.is_json());
    if (name == "args") return make<fields>(r.args());
    if (name == "form") return make<fields>(r.form());
    if (name == "values") return make<fields>(r.values());
    if (name == "cookies") return make<fields>(r.cookies());
    if (name == "headers") return make<request_headers>(r.headers());
    if (name == "view_args") return view_args_of(r);
    return std::nullopt;
  }
};

class session_object final : public mapping {
 public:
  std::string_view type_name() const noexcept override { return "Session"; }
  std::optional<value> find(std::string_view name) const override {
    const value* const found = session().all().find(name);
    return found ? std::optional<value>(*found) : std::nullopt;
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> all;
    for (const dict::entry& each : session().all()) all.emplace_back(each.key.as_text());
    return all;
  }
  std::optional<value> attribute(std::string_view name, render_context& context) const override {
    if (name == "permanent") return value(session().is_permanent());
    if (name == "new") return value(session().is_new());
    if (name == "modified") return value(session().is_modified());
    return mapping::attribute(name, context);
  }
};

class globals_object final : public mapping {
 public:
  std::string_view type_name() const noexcept override { return "g"; }
  std::optional<value> find(std::string_view name) const override { return g().shown(name); }
  std::vector<std::string> names() const override { return g().names(); }
};

class config_object final : public mapping {
 public:
  std::string_view type_name() const noexcept override { return "Config"; }
  std::optional<value> find(std::string_view name) const override {
    const value* const found = current_app().config().find(name);
    return found ? std::optional<value>(*found) : std::nullopt;
  }
  std::vector<std::string> names() const override {
    std::vector<std::string> all;
    for (const dict::entry& each : current_app().config().all()) {
      all.emplace_back(each.key.as_text());
    }
    return all;
  }
};

/// The value for url_for, formatted like Python's str.
url_value for_url(std::string_view name, const value& from) {
  switch (from.kind()) {
    case value_kind::none:
      return nullptr;
    case value_kind::boolean:
      return std::string(from.as_boolean() ? "True" : "False");
    case value_kind::integer:
      return from.as_integer();
    case value_kind::floating:
      return from.as_floating();
    case value_kind::text:
    case value_kind::markup:
      return std::string(from.as_text());
    case value_kind::list:
    case value_kind::tuple: {
      std::vector<std::string> several;
      for (const value& item : from.as_items()) {
        several.push_back(templates::from_value<std::string>(item));
      }
      return several;
    }
    default:
      if (const auto* const id = from.as<uuid_object>()) return id->held;
      templates::fail(error_kind::type,
                      "url_for() cannot put the value of '" + std::string(name) + "' into a URL");
  }
}

value call_url_for(const arguments& given) {
  if (given.positional().size() != 1 || !given.positional()[0].is_text()) {
    templates::fail(error_kind::type,
                    "url_for() takes the name of an endpoint, and values by name");
  }
  url_values values;
  url_options options;
  for (const templates::keyword_argument& each : given.keywords()) {
    if (each.name == "_anchor") {
      options.anchor = templates::from_value<std::string>(each.argument);
    } else if (each.name == "_external") {
      options.external = templates::from_value<bool>(each.argument);
    } else if (each.name == "_scheme") {
      options.scheme = templates::from_value<std::string>(each.argument);
    } else if (each.name == "_method") {
      options.method = templates::from_value<std::string>(each.argument);
    } else {
      values.emplace_back(std::string(each.name), for_url(each.name, each.argument));
    }
  }
  return value(url_for(given.positional()[0].as_text(), values, options));
}

value call_flashed_messages(std::optional<bool> with_categories,
                            const std::optional<std::vector<std::string>>& category_filter) {
  list found;
  for (const flashed_message& each :
       get_flashed_messages(category_filter.value_or(std::vector<std::string>()))) {
    if (with_categories.value_or(false)) {
      found.emplace_back(tuple{{value(each.category), each.message}});
    } else {
      found.push_back(each.message);
    }
  }
  return value(std::move(found));
}

}  // namespace

value request_in_templates() { return make<request_object>(); }
value session_in_templates() { return make<session_object>(); }
value globals_in_templates() { return make<globals_object>(); }
value config_in_templates() { return make<config_object>(); }

value url_for_in_templates() { return templates::make_function("url_for", &call_url_for); }
value flashed_messages_in_templates() {
  return templates::named_parameters({"with_categories", "category_filter"},
                                     &call_flashed_messages);
}

}  // namespace aldis::web::detail
