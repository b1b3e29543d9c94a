#pragma once

// The reference-counted contents of values.

#include <aldis/templates/dict.hpp>
#include <aldis/templates/environment.hpp>
#include <aldis/templates/object.hpp>
#include <aldis/templates/value.hpp>

#include <cstddef>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace aldis::templates::detail {

/// Readable bytes after a text, so that code may read blocks beyond its end.
constexpr std::size_t text_padding = 16;

/// Text that is too long to be stored inline. Its characters follow the object.
class text_node final : public counted {
 public:
  static const text_node* make(std::string_view text);
  ~text_node() override;
  static void operator delete(void* memory) noexcept { ::operator delete(memory); }

  std::string_view text() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), size_};
  }

 private:
  explicit text_node(std::size_t size) noexcept : size_(size) {}
  static std::size_t bytes_of(std::size_t size) noexcept;

  std::size_t size_;
};

/// Whether a render is running on this thread. Templates must not change lists and dicts made
/// outside a render, because other threads may read them.
bool within_render() noexcept;

class list_node final : public counted {
 public:
  explicit list_node(list from) noexcept : items(std::move(from)), changeable(within_render()) {}
  void traverse(std::vector<const value*>& into) const override {
    for (const value& each : items) into.push_back(&each);
  }
  void clear_references() const noexcept override { items.clear(); }
  mutable list items;
  const bool changeable;
};

class tuple_node final : public counted {
 public:
  explicit tuple_node(list from) noexcept : items(std::move(from)) {}
  void traverse(std::vector<const value*>& into) const override {
    for (const value& each : items) into.push_back(&each);
  }
  const list items;
  /// For a named tuple: the names of its items, which are attributes too. String literals.
  mutable std::span<const std::string_view> names;
};

class dict_node final : public counted {
 public:
  explicit dict_node(dict from) noexcept : entries(std::move(from)), changeable(within_render()) {}
  void traverse(std::vector<const value*>& into) const override {
    for (const dict::entry& each : entries) {
      into.push_back(&each.key);
      into.push_back(&each.mapped);
    }
  }
  void clear_references() const noexcept override { entries.clear(); }
  mutable dict entries;
  const bool changeable;
};

/// Describes an undefined value.
class undefined_node final : public counted {
 public:
  undefined_policy policy = undefined_policy::lenient;
  /// If not empty, the complete message.
  std::string hint;
  /// The requested name or key.
  value name;
  /// repr(name) if the key is not text.
  std::string key;
  /// The owner of the missing attribute, as error messages call it; empty for variables.
  std::string owner;

  std::string message() const;
};

/// The description of an undefined value; a default one if it has none.
const undefined_node& undefined_of(const value& what) noexcept;

}  // namespace aldis::templates::detail
