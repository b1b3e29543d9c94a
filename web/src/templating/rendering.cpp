#include <aldis/templates/compiled_template.hpp>
#include <aldis/templates/environment.hpp>
#include <aldis/web/rendering.hpp>
#include <aldis/web/signals.hpp>

#include "app/app_state.hpp"
#include "app/context.hpp"
#include "templating/template_objects.hpp"

#include <memory>
#include <utility>

namespace aldis::web {

namespace {

using templates::compiled_template;

/// All variables of a template: those of context processors, the app's first, then the passed ones.
dict all_variables(detail::context& now, const dict& variables) {
  dict all;
  all["g"] = detail::globals_in_templates();
  if (now.request) all["request"] = detail::request_in_templates();
  const auto add = [&](const dict& more) {
    for (const dict::entry& each : more) all[each.key] = each.mapped;
  };
  for (const detail::hooks* const each : now.chain()) {
    for (const auto& f : each->context_processors) add(f());
  }
  add(variables);
  return all;
}

/// A template and its variables, after before_render_template was sent.
class rendering {
 public:
  rendering(detail::context& now, compiled_template one, const dict& variables)
      : app_(now.app.self), template_(std::move(one)), variables_(all_variables(now, variables)) {
    before_render_template.send(app_, template_, variables_);
  }

  template <class Write>
  void render_to(Write write) {
    template_.render_to(templates::sink(std::move(write)), variables_);
    template_rendered.send(app_, template_, variables_);
  }
  std::string text() {
    std::string page = template_.render(variables_);
    template_rendered.send(app_, template_, variables_);
    return page;
  }

 private:
  app& app_;
  compiled_template template_;
  dict variables_;
};

class template_source final : public body_source {
 public:
  explicit template_source(rendering one)
      : rendering_(std::make_unique<rendering>(std::move(one))) {}

  bool next(std::string& chunk) override {
    if (const auto one = std::exchange(rendering_, nullptr)) {
      one->render_to([this](std::string_view text) { chunks_.emplace_back(text); });
    }
    if (at_ == chunks_.size()) return false;
    chunk = std::move(chunks_[at_++]);
    return true;
  }

 private:
  std::unique_ptr<rendering> rendering_;
  std::vector<std::string> chunks_;
  std::size_t at_ = 0;
};

detail::context& here() { return detail::required("rendering a template"); }

stream stream_of(detail::context& now, compiled_template one, const dict& variables) {
  stream made(std::make_unique<template_source>(rendering(now, std::move(one), variables)));
  if (!now.request) return made;
  return stream_with_context(std::move(made));
}

}  // namespace

std::string render_template(std::string_view name, const dict& variables) {
  detail::context& now = here();
  return rendering(now, now.app.environment().get(name), variables).text();
}

std::string render_template(const std::vector<std::string>& names, const dict& variables) {
  detail::context& now = here();
  return rendering(now, now.app.environment().get_first_of(names), variables).text();
}

std::string render_template_string(std::string_view source, const dict& variables) {
  detail::context& now = here();
  return rendering(now, now.app.environment().from_string(source), variables).text();
}

stream stream_template(std::string_view name, const dict& variables) {
  detail::context& now = here();
  return stream_of(now, now.app.environment().get(name), variables);
}

stream stream_template_string(std::string_view source, const dict& variables) {
  detail::context& now = here();
  return stream_of(now, now.app.environment().from_string(source), variables);
}

namespace detail {

templates::environment& app_state::environment() {
  const std::lock_guard lock(environment_mutex_);
  if (!environment_) {
    // It reads the list of loaders on each look-up, since blueprints may be added later.
    const templates::loader find(
        [this](std::string_view wanted) { return templates::first_of(template_loaders)(wanted); },
        [this] { return templates::first_of(template_loaders).locations(); });
    const bool debug = config.get_if<bool>("DEBUG").value_or(false);
    environment_ = std::make_unique<templates::environment>(templates::environment_options{
        .loader = find,
        .autoescape = templates::by_extension,
        .reload = config.get_if<bool>("TEMPLATES_AUTO_RELOAD").value_or(debug)});
    environment_->globals["url_for"] = url_for_in_templates();
    environment_->globals["get_flashed_messages"] = flashed_messages_in_templates();
    environment_->globals["config"] = config_in_templates();
    environment_->globals["request"] = request_in_templates();
    environment_->globals["session"] = session_in_templates();
    environment_->globals["g"] = globals_in_templates();
  }
  return *environment_;
}

}  // namespace detail

}  // namespace aldis::web
