#include "subject_of.hpp"

#include <vector>

namespace bench {
namespace {

/// The baseline of all comparisons: a vector of function pointers and objects.
template <class Arg>
struct raw_signal {
  struct entry {
    void (*function)(void*, Arg);
    void* object;
  };
  using connection = std::size_t;
  static constexpr std::size_t size = sizeof(std::vector<entry>);

  std::vector<entry> entries;

  connection connect(receiver<Arg> target) {
    entries.push_back({&call, const_cast<void*>(static_cast<const void*>(pointer(target)))});
    return entries.size() - 1;
  }

  void send(Arg argument) {
    for (const entry& e : entries) e.function(e.object, argument);
  }

  /// Only for the bench to compile: does not keep the order, so no figure is reported.
  void disconnect(connection) { entries.pop_back(); }

 private:
  static const tally* pointer(receiver<int> target) { return target.own; }
  static const tally* pointer(receiver<tally*> target) { return target.step; }

  static void call(void* object, Arg argument) {
    receiver<Arg>{static_cast<tally*>(object)}(argument);
  }
};

}  // namespace

library raw_library() { return make_library<raw_signal>("raw loop", "", true); }

}  // namespace bench
