#pragma once

#include <aldis/templates/members.hpp>

#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kingdom {

enum class verdict { pending, granted, refused };

std::string_view name_of(verdict one) noexcept;

/// What somebody asks the crown for.
struct petition {
  int number = 0;
  std::string petitioner;
  std::string plea;
  kingdom::verdict verdict = kingdom::verdict::pending;
};

/// The petitions of the kingdom, kept as long as the program runs; of very many
/// the newest.
///
/// Threads: every member may be called from any thread.
class petition_book {
 public:
  explicit petition_book(std::size_t pages = 1000) : pages_(pages) {}

  /// Writes it down under the next number.
  petition add(std::string petitioner, std::string plea);
  /// Nothing if there is none of that number, or if it has its verdict already.
  std::optional<petition> decide(int number, verdict as);

  std::optional<petition> find(int number) const;
  /// The newest first.
  std::vector<petition> all() const;

 private:
  std::size_t pages_;
  mutable std::mutex mutex_;  // guards what follows
  int last_number_ = 0;
  std::deque<petition> petitions_;
};

}  // namespace kingdom

template <>
inline constexpr auto aldis::templates::members<kingdom::petition> = aldis::templates::describe(
    "number", &kingdom::petition::number, "petitioner", &kingdom::petition::petitioner, "plea",
    &kingdom::petition::plea, "verdict",
    [](const kingdom::petition& one) { return kingdom::name_of(one.verdict); });
