// sender_scope: which objects take their subscriptions with them.

#include <aldis/sender.hpp>

#include "threads.hpp"

#include <map>
#include <memory>
#include <mutex>

namespace aldis {

namespace {

/// Alive as long as the scope at its address.
using life = std::shared_ptr<char>;

/// Never destroyed: senders in static storage die after everything.
std::map<const void*, life>& scopes() {
  static auto& all = *new std::map<const void*, life>;
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
