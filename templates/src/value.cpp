#include <aldis/templates/error.hpp>
#include <aldis/templates/value.hpp>

#include "heap_values.hpp"
#include "memory.hpp"
#include "python_operations.hpp"

#include <cstring>
#include <new>
#include <utility>

namespace aldis::templates {

namespace detail {

counted::~counted() = default;
void counted::traverse(std::vector<const value*>&) const {}
void counted::clear_references() const noexcept {}

void* counted::operator new(std::size_t size) {
  count_bytes_made(size + block_overhead);
  return ::operator new(size);
}
void* counted::operator new(std::size_t size, std::align_val_t alignment) {
  count_bytes_made(size + block_overhead);
  return ::operator new(size, alignment);
}
void counted::operator delete(void* memory, std::size_t size) noexcept {
  release_bytes_made(size + block_overhead);
  ::operator delete(memory);
}
void counted::operator delete(void* memory, std::size_t size, std::align_val_t alignment) noexcept {
  release_bytes_made(size + block_overhead);
  ::operator delete(memory, alignment);
}

void counted::destroy(const counted* last) noexcept {
  // Destroying a value may release the last reference to the next one. Beyond a certain depth, that
  // one is put into a chain instead.
  struct destruction {
    unsigned depth = 0;
    const counted* waiting = nullptr;
  };
  static thread_local destruction now;
  constexpr unsigned deep = 16;
  if (now.depth == deep) {
    last->next_ = now.waiting;
    now.waiting = last;
    return;
  }
  ++now.depth;
  delete last;
  while (now.depth == deep && now.waiting) {
    const counted* const next = now.waiting;
    now.waiting = next->next_;
    delete next;
  }
  --now.depth;
}

const text_node* text_node::make(std::string_view text) {
  count_bytes_made(bytes_of(text.size()));
  void* const memory = ::operator new(sizeof(text_node) + text.size() + text_padding);
  auto* const node = ::new (memory) text_node(text.size());
  char* const characters = reinterpret_cast<char*>(node + 1);
  if (!text.empty()) std::memcpy(characters, text.data(), text.size());
  std::memset(characters + text.size(), 0, text_padding);
  return node;
}

text_node::~text_node() { release_bytes_made(bytes_of(size_)); }

std::size_t text_node::bytes_of(std::size_t size) noexcept {
  return sizeof(text_node) + size + text_padding + block_overhead;
}

}  // namespace detail

value::value(value_kind text_kind, std::string_view text) : value(text_kind) {
  if (text.size() <= inside) {
    if (!text.empty()) std::memcpy(contents_.data, text.data(), text.size());
    contents_.size = static_cast<unsigned char>(text.size());
  } else {
    refer_to(detail::text_node::make(text));
  }
}

value::value(list items) : value(value_kind::list) {
  refer_to(new detail::list_node(std::move(items)));
}
value::value(tuple items) : value(value_kind::tuple) {
  refer_to(new detail::tuple_node(std::move(items.items)));
}
value::value(dict items) : value(value_kind::dict) {
  refer_to(new detail::dict_node(std::move(items)));
}

void value::too_large() { detail::fail_overflow(); }

std::string_view value::heap_text() const noexcept {
  return static_cast<const detail::text_node*>(node())->text();
}
list& value::as_list() const noexcept {
  return static_cast<const detail::list_node*>(node())->items;
}
const list& value::as_tuple() const noexcept {
  return static_cast<const detail::tuple_node*>(node())->items;
}
dict& value::as_dict() const noexcept {
  return static_cast<const detail::dict_node*>(node())->entries;
}
object& value::as_object() const noexcept {
  // Templates change an object only if its class allows it.
  return const_cast<object&>(static_cast<const object&>(*node()));
}

bool value::same_as(const value& other) const noexcept {
  if (kind() != other.kind()) return false;
  if (is_text()) return as_text() == other.as_text();
  return is_none() || std::memcmp(contents_.data, other.contents_.data, sizeof(std::int64_t)) == 0;
}

conversion_failure::conversion_failure(std::string_view expected, const value& got)
    : error(error_kind::type,
            "expected " + std::string(expected) + ", got " + std::string(detail::type_name(got))) {}

}  // namespace aldis::templates
