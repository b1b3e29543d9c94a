// sender_scope: which objects take their links with them.

#include <aldis/sender.hpp>

#include <map>
#include <memory>
#include <mutex>

namespace aldis {

namespace {

/// Alive as long as the scope at its address.
using life = std::shared_ptr<char>;

struct scope_table {
  std::mutex mutex;
  std::map<const void*, life> scopes;
};

/// Never destroyed: senders in static storage die after everything.
scope_table& table() {
  static scope_table& all = *new scope_table;
  return all;
}

}  // namespace

sender_scope::sender_scope() {
  auto made = std::make_shared<char>();
  scope_table& t = table();
  const std::lock_guard lock(t.mutex);
  t.scopes.insert_or_assign(this, std::move(made));
}

sender_scope::~sender_scope() {
  scope_table& t = table();
  const std::lock_guard lock(t.mutex);
  t.scopes.erase(this);
}

namespace detail {

weak_owner* scope_of(const void* object, std::size_t size) {
  scope_table& t = table();
  const std::lock_guard lock(t.mutex);
  const auto found = t.scopes.lower_bound(object);
  const auto* const end = static_cast<const char*>(object) + size;
  if (found == t.scopes.end() || !std::less<>()(found->first, static_cast<const void*>(end))) {
    return nullptr;
  }
  return make_weak_owner(found->second);
}

}  // namespace detail

}  // namespace aldis
