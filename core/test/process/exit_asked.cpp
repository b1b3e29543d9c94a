// Finding out from the stack whether the process is exiting is slow, so only a thread that is about
// to block does it. This program replaces the function that unwinds the stack, and counts its
// calls.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include "thread_state.hpp"
#include <unwind.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

namespace {

std::atomic<int> asked{0};

}  // namespace

extern "C" _Unwind_Reason_Code _Unwind_Backtrace(_Unwind_Trace_Fn, void*) {
  ++asked;
  return _URC_END_OF_STACK;
}

namespace {

void from_inside() {
  using aldis::disconnect_result;
  aldis::signal<void(int)> signal;
  int calls = 0;
  signal.connect([&](int) { ++calls; }, aldis::once);
  signal.connect([&](int) { ++calls; }, aldis::times(2));
  signal.connect([&](int) {
    ++calls;
    CHECK(aldis::this_connection().disconnect() == disconnect_result::deferred);
  });
  signal.connect([&](int) {
    ++calls;
    CHECK(aldis::this_connection().request_disconnect() == disconnect_result::deferred);
  });
  auto object = std::make_shared<int>(1);
  signal.connect([&](int) { ++calls; }, aldis::tracking(object));
  signal.send(1);
  object.reset();
  signal.send(2);
  CHECK(calls == 6);
  CHECK(signal.size() == 0);
  CHECK(asked == 0);
}

void from_outside() {
  using aldis::disconnect_result;
  using namespace std::chrono_literals;
  aldis::signal<void()> signal;
  std::atomic<bool> inside{false}, go{false};
  const auto connection = signal.connect([&] {
    inside = true;
    CHECK(comes_true([&] { return go.load(); }));
  });
  std::thread sender([&] { signal.send(); });
  CHECK(comes_true([&] { return inside.load(); }));

  CHECK(connection.request_disconnect() == disconnect_result::deferred);
  CHECK(connection.disconnect_for(0ms) == disconnect_result::timed_out);
  CHECK(asked == 0);

  CHECK(connection.disconnect_for(1ms) == disconnect_result::timed_out);
  CHECK(asked == 1);

  go = true;
  sender.join();
  CHECK(connection.disconnect() == disconnect_result::not_connected);
  CHECK(asked == 1);
}

}  // namespace

int main() {
  from_inside();
  from_outside();
}
