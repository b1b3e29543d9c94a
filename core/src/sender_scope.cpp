// sender_scope: objects whose subscriptions end with them.

#include <aldis/sender.hpp>

#include "library_state.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace aldis {

namespace {

/// Owned by the table alone, so weak pointers to it expire when the scope is destroyed.
using scope_token = std::shared_ptr<char>;

/// By address. Never destroyed, because senders in static storage may outlive any static. Guarded
/// by tables_mutex.
std::map<const void*, scope_token>& scopes() {
  static auto& all = *new std::map<const void*, scope_token>;
  return all;
}

}  // namespace

sender_scope::sender_scope() {
  auto made = std::make_shared<char>();
  const std::lock_guard lock(detail::tables_mutex);
  scopes().insert_or_assign(this, std::move(made));
}

sender_scope::~sender_scope() {
  const std::lock_guard lock(detail::tables_mutex);
  scopes().erase(this);
}

namespace detail {

any_weak_pointer* scope_of(const void* object, std::size_t size) {
  const std::lock_guard lock(detail::tables_mutex);
  const auto found = scopes().lower_bound(object);
  const auto* const end = static_cast<const char*>(object) + size;
  if (found == scopes().end() || !std::less<>()(found->first, static_cast<const void*>(end))) {
    return nullptr;
  }
  return make_any_weak_pointer(found->second);
}

}  // namespace detail

}  // namespace aldis
