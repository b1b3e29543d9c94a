#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// What receivers count in.
struct tally {
  std::uint64_t n = 0;
};

/// Two cache lines: processors fetch them in pairs.
struct alignas(128) private_tally : tally {};

/// One signal of one library with its receivers. Loops live behind these calls, in the library's
/// own translation unit, so that a send is compiled as its user would compile it.
template <class Arg>
class subject {
 public:
  virtual ~subject() = default;

  /// Room for this many connection handles, so that the bench itself allocates nothing later.
  virtual void reserve(std::size_t connections) = 0;
  virtual void connect(tally& counter) = 0;

  /// Each send from a function that is not inlined, for every library alike: the caller has lost
  /// its registers and knows nothing about the signal.
  virtual void send(Arg argument, std::size_t times) = 0;
  /// Each send where it stands, for the compiler to inline.
  virtual void send_in_place(Arg argument, std::size_t times) = 0;

  /// Connects one and disconnects the one that has been connected longest.
  virtual void replace_oldest(tally& counter, std::size_t times) = 0;
  /// Connects one and disconnects that one.
  virtual void connect_disconnect(tally& counter, std::size_t times) = 0;
  /// Connects one; the time in ns of its disconnect alone, the clock included.
  virtual double timed_disconnect(tally& counter) = 0;

  virtual std::size_t size_of_signal() const = 0;
  /// Makes a signal and destroys it.
  virtual void construct(std::size_t times) = 0;
};

struct library {
  std::string name;
  std::string version;
  bool sends_from_many_threads;
  std::unique_ptr<subject<int>> (*counting)();
  /// The argument says where to count, so that threads which share a signal share nothing else.
  std::unique_ptr<subject<tally*>> (*sharing)();
};

library raw_library();
library aldis_library();
library boost_library();
library libsigcpp_library();
library qt_library();

/// The raw loop first: every ratio is to the first.
inline std::vector<library> all_libraries() {
  return {raw_library(), aldis_library(), boost_library(), libsigcpp_library(), qt_library()};
}

}  // namespace bench
