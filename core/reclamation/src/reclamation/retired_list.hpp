#pragma once

#include <aldis/reclamation/hazard_pointers.hpp>

#include "thread_registry.hpp"

#include <utility>

namespace aldis::reclamation {

/// Retired memory that waits to be freed, newest first. Used under the writers' mutex.
class retired_list {
 public:
  class iterator {
   public:
    explicit iterator(reclaimable* at) noexcept : at_(at) {}
    reclaimable& operator*() const noexcept { return *at_; }
    iterator& operator++() noexcept {
      at_ = at_->next_retired;
      return *this;
    }
    bool operator==(const iterator&) const = default;

   private:
    reclaimable* at_;
  };
  iterator begin() const noexcept { return iterator(first_); }
  iterator end() const noexcept { return iterator(nullptr); }
  bool empty() const noexcept { return !first_; }

  void push_front(reclaimable& retired) noexcept {
    retired.next_retired = first_;
    first_ = &retired;
  }

  /// Frees what no hazard pointer refers to.
  void dispose_unprotected(const thread_registry& registry) noexcept {
    for (reclaimable** link = &first_; *link;) {
      reclaimable* const each = *link;
      if (is_protected(registry, each)) {
        link = &each->next_retired;
      } else {
        *link = each->next_retired;
        registry.callbacks.dispose(*each);
      }
    }
  }

  /// Frees everything.
  void dispose_all(const thread_registry& registry) noexcept {
    while (first_) registry.callbacks.dispose(*std::exchange(first_, first_->next_retired));
  }

 private:
  reclaimable* first_ = nullptr;
};

}  // namespace aldis::reclamation
