// Requests to connect, and the text that they own.

#include <aldis/detail/request.hpp>
#include <aldis/detail/text.hpp>
#include <aldis/detail/vector.hpp>
#include <aldis/options.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>
#include <utility>

namespace aldis::detail {

text::text(text_view from) : data_(from.size ? new char[from.size] : nullptr), size_(from.size) {
  std::copy_n(from.data, from.size, data_);
}

text& text::operator=(text&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

sender_filter::sender_filter(key_view sender, any_weak_pointer* sender_lifetime)
    : key(sender), lifetime(sender_lifetime) {
  if (sender.text) {
    try {
      characters = text(text_view(sender.text, sender.size));
    } catch (...) {
      delete lifetime;
      throw;
    }
    key.text = characters.view().data;
  }
}

sender_filter::~sender_filter() { delete lifetime; }

connect_request::~connect_request() {
  if (extension) extension->release();
  while (filters) delete std::exchange(filters, filters->next);
  while (trackers) delete std::exchange(trackers, trackers->next);
  while (from) delete std::exchange(from, from->next);
  while (not_from) delete std::exchange(not_from, not_from->next);
  while (topics) delete std::exchange(topics, topics->next);
}

void throw_empty_receiver() {
  throw std::invalid_argument(
      "aldis: the receiver is empty: a null function pointer, an empty std::function, or a member "
      "function without an object");
}

void throw_out_of_range(std::size_t index, std::size_t size) {
  throw std::out_of_range(size == 0 ? "aldis: nobody answered: look at empty() first"
                                    : "aldis: answer " + std::to_string(index) + " of " +
                                          std::to_string(size) + "; the first one is 0");
}

void throw_not_comparable() {
  throw std::invalid_argument(
      "aldis: this receiver cannot be compared; a function pointer, an object with its method, or "
      "an aldis::id can, and any receiver can be disconnected through its connection");
}

void throw_bad_times() {
  throw std::invalid_argument("aldis: times(0): a receiver must be called at least once");
}

}  // namespace aldis::detail
