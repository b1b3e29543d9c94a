#pragma once

#include <aldis/templates/value.hpp>

#include <cstddef>
#include <unordered_map>
#include <vector>

namespace aldis::templates::detail {

/// Containers that a render changed: a list may have come to hold itself. Every such ring has at
/// least one of them.
class rings {
 public:
  rings() = default;
  rings(const rings&) = delete;
  rings& operator=(const rings&) = delete;

  /// False if it is known already.
  bool add(const value& changed);
  /// Empties one container of every ring, so that all of it is let go of. Without recursion.
  void open() noexcept;

 private:
  enum class state : unsigned char { changed, open, done };
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
