#include "petitions.hpp"

#include <algorithm>
#include <utility>

namespace kingdom {

std::string_view name_of(verdict one) noexcept {
  switch (one) {
    case verdict::granted:
      return "granted";
    case verdict::refused:
      return "refused";
    case verdict::pending:
      break;
  }
  return "pending";
}

petition petition_book::add(std::string petitioner, std::string plea) {
  const std::lock_guard lock(mutex_);
  petitions_.push_back({++last_number_, std::move(petitioner), std::move(plea)});
  petition written = petitions_.back();
  if (petitions_.size() > pages_) petitions_.pop_front();
  return written;
}

std::optional<petition> petition_book::decide(int number, verdict as) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(petitions_, number, &petition::number);
  if (found == petitions_.end() || found->verdict != verdict::pending) return std::nullopt;
  found->verdict = as;
  return *found;
}

std::optional<petition> petition_book::find(int number) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find(petitions_, number, &petition::number);
  if (found == petitions_.end()) return std::nullopt;
  return *found;
}

std::vector<petition> petition_book::all() const {
  const std::lock_guard lock(mutex_);
  return {petitions_.rbegin(), petitions_.rend()};
}

}  // namespace kingdom
