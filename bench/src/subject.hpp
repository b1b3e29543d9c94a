#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// The counter of a receiver.
struct tally {
  std::uint64_t n = 0;
};

/// Two cache lines: processors fetch them in pairs.
struct alignas(128) private_tally : tally {};

/// A signal of a library with its receivers. The loops are inside these functions, in the library's
/// translation unit, so that a send is compiled as in a user's program.
template <class Arg>
class subject {
 public:
  virtual ~subject() = default;

  /// Reserves room for connection handles, so that the bench itself does not allocate later.
  virtual void reserve(std::size_t connections) = 0;
  virtual void connect(tally& counter) = 0;

  /// Sends from a function that is not inlined, for every library alike: registers are lost at the
  /// call, and the signal is opaque.
  virtual void send(Arg argument, std::size_t times) = 0;
  /// Sends in the loop itself, where the compiler may inline.
  virtual void send_in_place(Arg argument, std::size_t times) = 0;

  /// Connects a receiver and disconnects the oldest one.
  virtual void replace_oldest(tally& counter, std::size_t times) = 0;
  /// Connects a receiver and disconnects it.
  virtual void connect_disconnect(tally& counter, std::size_t times) = 0;
  /// Connects a receiver, and returns the time in ns of its disconnect, including the clock.
  virtual double timed_disconnect(tally& counter) = 0;

  virtual std::size_t size_of_signal() const = 0;
  /// Makes a signal and destroys it.
  virtual void construct(std::size_t times) = 0;
};

class short_lives;

struct library {
  std::string name;
  std::string version;
  bool sends_from_many_threads;
  std::unique_ptr<subject<int>> (*counting)();
  /// The argument is the counter, so that threads share only the signal.
  std::unique_ptr<subject<tally*>> (*sharing)();
  std::unique_ptr<short_lives> (*fresh)();
};

library raw_library();
library aldis_library();
library boost_library();
library libsigcpp_library();
library qt_library();

/// The raw loop comes first: all ratios are relative to the first.
inline std::vector<library> all_libraries() {
  return {raw_library(), aldis_library(), boost_library(), libsigcpp_library(), qt_library()};
}

}  // namespace bench
