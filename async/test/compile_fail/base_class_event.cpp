// expect: aldis: an event is kept until somebody takes it, and a copy of a base class

#include <aldis/async/stream.hpp>
#include <aldis/signal.hpp>

struct failure {
  virtual ~failure() = default;
};
struct counted_failure {
  virtual ~counted_failure() = default;
};

// The content of the event is not used.
template <>
struct aldis::kept_argument<counted_failure> : aldis::kept_by_value<counted_failure> {};

void listen(aldis::signal<void(const counted_failure&)>& counted,
            aldis::signal<void(const failure&)>& failed) {
  auto some = counted.stream();
#ifdef MISUSE
  auto events = failed.stream();
#endif
  static_cast<void>(failed);
}
