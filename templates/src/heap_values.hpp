#pragma once

// What a value refers to.

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

/// Behind text there are that many bytes more, so that the end of it needs no care.
constexpr std::size_t text_padding = 16;

/// Text that is too long to be inside of a value. Its characters follow it.
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

/// Lists and dicts that were not made by a template are not for templates to change: other threads
/// may look at them. They are told by when they were made.
bool within_render() noexcept;

class list_node final : public counted {
 public:
  explicit list_node(list from) noexcept : items(std::move(from)), changes(within_render()) {}
  void traverse(std::vector<const value*>& into) const override {
    for (const value& each : items) into.push_back(&each);
  }
  void clear_references() const noexcept override { items.clear(); }
  mutable list items;
  const bool changes;
};

class tuple_node final : public counted {
 public:
  explicit tuple_node(list from) noexcept : items(std::move(from)) {}
  void traverse(std::vector<const value*>& into) const override {
    for (const value& each : items) into.push_back(&each);
  }
  const list items;
  /// Of a named tuple: its items are attributes too. Literals.
  mutable std::span<const std::string_view> names;
};

class dict_node final : public counted {
 public:
  explicit dict_node(dict from) noexcept : entries(std::move(from)), changes(within_render()) {}
  void traverse(std::vector<const value*>& into) const override {
    for (const dict::entry& each : entries) {
      into.push_back(&each.key);
      into.push_back(&each.mapped);
    }
  }
  void clear_references() const noexcept override { entries.clear(); }
  mutable dict entries;
  const bool changes;
};

/// What is known of something that is not there.
class undefined_node final : public counted {
 public:
  undefined_policy behaviour = undefined_policy::lenient;
  /// The whole message, if it is not empty.
  std::string hint;
  /// The name or key that was asked for.
  value name;
  /// repr(name), if it is not text.
  std::string key;
  /// What was asked for it, as error messages call it; empty: the template's variables.
  std::string owner;

  std::string message() const;
};

/// Of what nobody told anything, what is known of nothing.
const undefined_node& undefined_of(const value& what) noexcept;

}  // namespace aldis::templates::detail
