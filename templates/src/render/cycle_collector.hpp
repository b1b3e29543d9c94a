#pragma once

#include <aldis/templates/value.hpp>

#include <cstddef>
#include <unordered_map>
#include <vector>

namespace aldis::templates::detail {

/// The containers that a render changed. A changed container may contain itself, and every such
/// cycle contains at least one of them.
class cycle_collector {
 public:
  cycle_collector() = default;
  cycle_collector(const cycle_collector&) = delete;
  cycle_collector& operator=(const cycle_collector&) = delete;

  /// False if it is already registered.
  bool add(const value& changed);
  /// Empties one container of every cycle, so that the whole cycle is freed. Not recursive.
  void break_cycles() noexcept;

 private:
  enum class state : unsigned char { changed, visiting, done };
  struct step {
    const counted* node;
    std::size_t next = 0;
    std::vector<const value*> held;
  };

  void search(const counted& from, std::vector<const counted*>& found);

  std::vector<value> changed_;
  std::unordered_map<const counted*, state> states_;
};

}  // namespace aldis::templates::detail
