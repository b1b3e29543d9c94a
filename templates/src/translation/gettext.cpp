#include "translation/gettext.hpp"

#include <aldis/templates/dict.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/render_context.hpp>
#include <aldis/templates/translation.hpp>

#include "bind_arguments.hpp"
#include "python_operations.hpp"

#include <array>
#include <string>

namespace aldis::templates::detail {

namespace {

/// The arguments of a gettext function; null for parameters that it does not have.
struct wanted {
  const value* context = nullptr;
  const value* text = nullptr;
  const value* plural = nullptr;
  const value* count = nullptr;
};

std::optional<std::string_view> text_if(const value* argument) {
  return argument ? std::optional(argument->as_text()) : std::nullopt;
}

value translate(const wanted& what, render_context& context) {
  const auto may_be_text = [](const value* each) { return !each || each->is_text(); };
  if (may_be_text(what.context) && what.text->is_text() && may_be_text(what.plural)) {
    const message asked{text_if(what.context), what.text->as_text(), text_if(what.plural),
                        what.count ? *what.count : value(), context};
    if (const auto found = context.env().options().translate(asked)) {
      context.count_memory(found->size());
      return value(*found);
    }
  }
  const bool plural = what.plural && what.count && !equal(*what.count, 1);
  return plural ? *what.plural : *what.text;
}

/// Assigns the arguments in the order [context], message, [plural, n].
template <bool HasContext, bool HasPlural>
wanted wanted_of(std::span<const value* const> bound) {
  wanted result;
  std::size_t i = 0;
  if (HasContext) result.context = bound[i++];
  result.text = bound[i++];
  if (HasPlural) {
    result.plural = bound[i++];
    result.count = bound[i];
  }
  return result;
}

template <bool HasContext, bool HasPlural>
constexpr std::string_view function_name() {
  if (HasContext) return HasPlural ? "npgettext" : "pgettext";
  return HasPlural ? "ngettext" : "gettext";
}

template <bool HasContext, bool HasPlural>
auto bind_message(const arguments& args, std::string_view function) {
  if constexpr (HasContext && HasPlural) {
    return bind_arguments<4>(args, function, {"context", "msgid1", "msgid2", "n"}, 4, 1);
  } else if constexpr (HasContext) {
    return bind_arguments<2>(args, function, {"context", "message"}, 2, 1);
  } else if constexpr (HasPlural) {
    return bind_arguments<3>(args, function, {"msgid1", "msgid2", "n"}, 3, 1);
  } else {
    return bind_arguments<1>(args, function, {"message"}, 1, 1);
  }
}

template <bool HasContext, bool HasPlural>
value old_gettext(const arguments& args) {
  constexpr std::string_view name = function_name<HasContext, HasPlural>();
  return translate(
      wanted_of<HasContext, HasPlural>(bind_message<HasContext, HasPlural>(args, name)),
      args.context());
}

/// newstyle: inserts keyword arguments into the text, escaped where text is.
template <bool HasContext, bool HasPlural>
value new_gettext(const arguments& args) {
  constexpr std::string_view name = function_name<HasContext, HasPlural>();
  render_context& context = args.context();
  const wanted what = wanted_of<HasContext, HasPlural>(
      bind_message<HasContext, HasPlural>(arguments(context, args.positional()), name));
  dict variables;
  for (const keyword_argument& each : args.keywords()) variables[each.name] = each.argument;
  if (what.count && !variables.find("num")) variables["num"] = *what.count;
  if (what.context && !variables.find("context")) variables["context"] = *what.context;
  context.count_memory(variables.size() * sizeof(dict::entry));
  value text = translate(what, context);
  if (context.autoescape()) text = marked_safe(text, context);
  return modulo(text, value(std::move(variables)), context);
}

template <bool HasContext, bool HasPlural>
void add_function(environment::names& globals, bool newstyle) {
  constexpr std::string_view name = function_name<HasContext, HasPlural>();
  globals.insert_or_assign(std::string(name),
                           make_function(name, newstyle ? new_gettext<HasContext, HasPlural>
                                                        : old_gettext<HasContext, HasPlural>));
}

/// `_` calls the template's `gettext`.
value alias_of_gettext(const arguments& args) {
  render_context& context = args.context();
  constexpr std::string_view name = "gettext";
  const auto found = context.resolve(name);
  return context.call(found ? *found : context.undefined(name), args.positional(), args.keywords());
}

}  // namespace

void add_gettext(environment::names& globals, const environment_options& options) {
  globals.insert_or_assign("_", make_function("_gettext_alias", alias_of_gettext));
  add_function<false, false>(globals, options.newstyle_gettext);
  add_function<false, true>(globals, options.newstyle_gettext);
  add_function<true, false>(globals, options.newstyle_gettext);
  add_function<true, true>(globals, options.newstyle_gettext);
}

value marked_safe(const value& of, render_context& context) {
  if (of.is_markup()) return of;
  if (of.is_text()) return {value_kind::markup, of.as_text()};
  const std::string text = text_of(of, context);
  context.count_memory(text.size());
  return {value_kind::markup, text};
}

}  // namespace aldis::templates::detail
