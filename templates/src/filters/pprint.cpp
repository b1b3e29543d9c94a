// pprint

#include "filters/pprint.hpp"

#include <aldis/templates/dict.hpp>

#include "filters/filters.hpp"
#include "filters/stable_sort.hpp"
#include "heap_values.hpp"
#include "memory.hpp"
#include "methods/format_value.hpp"
#include "text/lines.hpp"
#include "text/unicode.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <bit>

namespace aldis::templates::detail {

namespace {

/// Python's pprint.pformat: one line if the value fits into 80 characters, else one line per item.
class pretty_printer {
 public:
  pretty_printer(render_context& context, const pprint_options& options)
      : context_(context), options_(options) {}

  std::string print(const value& of) {
    write(of, 0, 0, 0);
    return std::move(out_);
  }

 private:
  static constexpr std::size_t width = 80;

  using entries = std::vector<const dict::entry*>;

  /// Sorts entries by key; unordered keys by the names of their types.
  entries sorted(const dict& of) {
    context_.count_steps(of.size() * static_cast<std::size_t>(std::bit_width(of.size())));
    context_.count_memory(4 * sizeof(const dict::entry*) * of.size());
    entries result;
    result.reserve(of.size());
    for (const dict::entry& entry : of) result.push_back(&entry);
    stable_sort(result, [&](const dict::entry* a, const dict::entry* b) {
      try {
        return less(a->key, b->key);
      } catch (const error& unordered) {
        if (unordered.kind() != error_kind::type) throw;
        // Exceptions are slow.
        context_.count_steps(16);
        return type_name(a->key) < type_name(b->key);
      }
    });
    return result;
  }

  /// repr() with sorted dicts.
  std::string line_of(const value& of, std::size_t level) {
    std::string line;
    append_line(line, of, level);
    return line;
  }

  void append_line(std::string& line, const value& of, std::size_t level) {
    const nesting_guard guard;
    if (const auto marks = left_out(of, level); !marks.empty()) {
      line += marks;
      return;
    }
    const auto append_all = [&](const auto& items, auto append_one) {
      bool first = true;
      for (const auto& item : items) {
        if (!std::exchange(first, false)) line += ", ";
        append_one(item);
      }
    };
    const auto append_item = [&](const value& item) { append_line(line, item, level + 1); };
    make_room(line, 8, context_);
    switch (of.kind()) {
      case value_kind::list:
        line += "[";
        append_all(of.as_list(), append_item);
        line += "]";
        break;
      case value_kind::tuple:
        line += "(";
        append_all(of.as_tuple(), append_item);
        line += of.as_tuple().size() == 1 ? ",)" : ")";
        break;
      case value_kind::dict:
        line += "{";
        append_all(sorted(of.as_dict()), [&](const dict::entry* entry) {
          append_line(line, entry->key, level + 1);
          line += ": ";
          append_line(line, entry->mapped, level + 1);
        });
        line += "}";
        break;
      default:
        append_repr(line, of, context_);
    }
  }

  /// Replaces a container that is nested too deep.
  std::string_view left_out(const value& of, std::size_t level) const noexcept {
    if (options_.depth == 0 || level < options_.depth) return {};
    switch (of.kind()) {
      case value_kind::list:
        return of.as_list().empty() ? "" : "[...]";
      case value_kind::tuple:
        return of.as_tuple().empty() ? "" : "(...)";
      case value_kind::dict:
        return of.as_dict().empty() ? "" : "{...}";
      default:
        return {};
    }
  }

  void begin_line(std::size_t indent) {
    make_room(out_, indent + 1, context_);
    out_ += "\n";
    out_.append(indent, ' ');
  }

  static bool fits(std::size_t size, std::size_t indent, std::size_t allowance) noexcept {
    return size + indent + allowance <= width;
  }

  /// `allowance` is the room to leave on the last line.
  void write(const value& of, std::size_t indent, std::size_t allowance, std::size_t level) {
    const nesting_guard guard;
    const std::string line = line_of(of, level);
    if (!fits(count_characters(line), indent, allowance)) {
      switch (of.kind()) {
        case value_kind::dict:
          return write_dict(of.as_dict(), indent, allowance, level + 1);
        case value_kind::list:
          return write_items(of.as_list(), "[", "]", indent, allowance, level + 1);
        case value_kind::tuple: {
          if (!static_cast<const tuple_node&>(*of.shared()).names.empty()) break;
          const bool one = of.as_tuple().size() == 1;
          return write_items(of.as_tuple(), "(", one ? ",)" : ")", indent, allowance, level + 1);
        }
        case value_kind::text:
          return write_text(of.as_text(), indent, allowance, level + 1);
        default:
          break;
      }
    }
    make_room(out_, line.size() + 4, context_);
    out_ += line;
  }

  void write_items(const list& items, std::string_view open, std::string_view close,
                   std::size_t indent, std::size_t allowance, std::size_t level) {
    out_ += open;
    ++indent;
    if (options_.compact) {
      write_compact(items, indent, allowance + close.size(), level);
      out_ += close;
      return;
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool last = i + 1 == items.size();
      write(items[i], indent, last ? allowance + close.size() : 1, level);
      if (last) break;
      out_ += ",";
      begin_line(indent);
    }
    out_ += close;
  }

  /// As many items per line as fit.
  void write_compact(const list& items, std::size_t indent, std::size_t allowance,
                     std::size_t level) {
    const std::size_t most = width + 1 > indent ? width + 1 - indent : 0;
    std::size_t left = most;
    bool first = true;
    bool new_line = true;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const bool last = i + 1 == items.size();
      const std::size_t kept = last ? std::min(allowance, left) : 0;
      const std::string line = line_of(items[i], level);
      const std::size_t wanted = count_characters(line) + 2;
      std::size_t room = left - kept;
      if (room < wanted) {
        new_line = true;
        room = most - std::min(most, last ? allowance : 0);
      }
      if (!first) {
        out_ += ",";
        if (new_line) {
          begin_line(indent);
        } else {
          out_ += " ";
        }
      }
      first = false;
      if (room >= wanted) {
        left = room - wanted;
        new_line = false;
        make_room(out_, line.size() + 4, context_);
        out_ += line;
      } else {
        left = room;
        new_line = true;
        write(items[i], indent, last ? allowance : 1, level);
      }
    }
  }

  void write_dict(const dict& of, std::size_t indent, std::size_t allowance, std::size_t level) {
    out_ += "{";
    ++indent;
    const entries all = sorted(of);
    for (const dict::entry* entry : all) {
      const bool last = entry == all.back();
      const std::string key = line_of(entry->key, level);
      make_room(out_, key.size() + 4, context_);
      out_.append(key).append(": ");
      write(entry->mapped, indent + count_characters(key) + 2, last ? allowance + 1 : 1, level);
      if (last) break;
      out_ += ",";
      begin_line(indent);
    }
    out_ += "}";
  }

  /// Words, each with the white space after it.
  static std::vector<std::string_view> words_of(std::string_view line) {
    std::vector<std::string_view> words;
    std::size_t begin = 0;
    bool space = false;
    for (std::size_t offset = 0; offset < line.size();) {
      const std::size_t at = offset;
      const bool now = is_space(next_character(line, offset));
      if (space && !now) {
        make_room(words, 1);
        words.push_back(line.substr(begin, at - begin));
        begin = at;
      }
      space = now;
    }
    words.push_back(line.substr(begin));
    return words;
  }

  std::string quoted(std::string_view text) { return repr_of(value(text), context_); }

  void write_text(std::string_view text, std::size_t indent, std::size_t allowance,
                  std::size_t level) {
    if (level == 1) {
      ++indent;
      ++allowance;
    }
    std::vector<std::string> chunks;
    const auto lines = lines_of(text, true);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool last_line = i + 1 == lines.size();
      std::string line = quoted(lines[i]);
      if (fits(count_characters(line), indent, last_line ? allowance : 0)) {
        append(chunks, std::move(line), context_);
        continue;
      }
      std::string current;
      const auto words = words_of(lines[i]);
      for (std::size_t j = 0; j < words.size(); ++j) {
        const bool last = last_line && j + 1 == words.size();
        const scratch_memory tried(context_, 2 * (current.size() + words[j].size()));
        std::string candidate = current + std::string(words[j]);
        if (fits(count_characters(quoted(candidate)), indent, last ? allowance : 0)) {
          current = std::move(candidate);
          continue;
        }
        if (!current.empty()) append(chunks, quoted(current), context_);
        current = words[j];
      }
      if (!current.empty()) append(chunks, quoted(current), context_);
    }
    const bool brackets = level == 1 && chunks.size() > 1;
    if (brackets) out_ += "(";
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      if (i > 0) begin_line(indent);
      make_room(out_, chunks[i].size() + 4, context_);
      out_ += chunks[i];
    }
    if (brackets) out_ += ")";
  }

  render_context& context_;
  pprint_options options_;
  std::string out_;
};

value filter_pprint(const arguments& args) {
  const auto [of] = bind_arguments<1>(args, "do_pprint", {"value"}, 1);
  return make_text(pretty(*of, args.context()), args.context());
}

}  // namespace

std::string pretty(const value& of, render_context& context, const pprint_options& options) {
  return pretty_printer(context, options).print(of);
}

void add_pprint_filter(environment::names& filters) { add(filters, "pprint", filter_pprint); }

}  // namespace aldis::templates::detail
