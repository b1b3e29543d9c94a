#include <aldis/async/async.hpp>

#include "harness.hpp"
#include "qt_queue.hpp"
#include <boost/asio.hpp>
#include <boost/asio/experimental/parallel_group.hpp>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace bench {
namespace {

namespace asio = boost::asio;

/// Counts on one thread, waits on another.
class countdown {
 public:
  void start(std::size_t n) { left_ = n; }
  void one() {
    if (--left_ != 0) return;
    const std::lock_guard lock(mutex_);
    done_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  std::atomic<std::size_t> left_{0};
  std::mutex mutex_;
  std::condition_variable done_;
};

/// Pins the receiver's thread, which may have a separate processor.
constexpr int move_away = -1;

std::string throughput(std::size_t rounds, bool move) {
  countdown left;
  const auto receive = [&](int n) {
    if (n == move_away) pin_thread(1);
    left.one();
  };
  asio::thread_pool pool(1);
  aldis::signal<void(int)> sent;
  sent.connect(receive, aldis::on(pool));
  const auto queued = [&](std::size_t times) {
    left.start(times);
    for (std::size_t i = 0; i < times; ++i) sent.send(static_cast<int>(i));
    left.wait();
  };
  const auto bare = [&](std::size_t times) {
    left.start(times);
    for (std::size_t i = 0; i < times; ++i) asio::post(pool, [&left] { left.one(); });
    left.wait();
  };
  qt_queue qt(receive);
  if (move) {
    left.start(2);
    sent.send(move_away);
    qt.send(move_away);
    left.wait();
  }
  const auto through_qt = [&](std::size_t times) {
    left.start(times);
    for (std::size_t i = 0; i < times; ++i) qt.send(static_cast<int>(i));
    left.wait();
  };
  std::vector<contestant> contestants{
      {"asio::post", bare}, {"aldis", queued}, {"Qt Core", through_qt}};
  const std::string result = race(contestants, rounds);
  pool.join();
  return result;
}

template <class Send>
std::string latencies(std::atomic<double>& arrived, std::size_t rounds, Send send) {
  std::vector<double> samples;
  for (std::size_t i = 0; i < rounds * 20; ++i) {
    arrived = 0;
    const double begin = now();
    send();
    while (arrived == 0) std::this_thread::yield();
    samples.push_back(arrived - begin);
  }
  return summary(samples);
}

std::string latency(std::size_t rounds) {
  std::atomic<double> arrived{0};
  asio::thread_pool pool(1);
  aldis::signal<void(int)> sent;
  sent.connect([&](int) { arrived = now(); }, aldis::on(pool));
  const std::string bare =
      latencies(arrived, rounds, [&] { asio::post(pool, [&arrived] { arrived = now(); }); });
  const std::string queued = latencies(arrived, rounds, [&] { sent.send(1); });
  qt_queue qt([&](int) { arrived = now(); });
  const std::string through_qt = latencies(arrived, rounds, [&] { qt.send(1); });
  pool.join();
  return "{\"asio::post\": " + bare + ", \"aldis\": " + queued + ", \"Qt Core\": " + through_qt +
         "}";
}

asio::awaitable<int> answer(int n) { co_return n; }

/// What async_send does, without a signal: starts the coroutines together, and waits for all.
void gather(asio::io_context& context, std::size_t receivers, std::size_t& answers) {
  using started = decltype(asio::co_spawn(context, answer(1), asio::deferred));
  std::vector<started> all;
  all.reserve(receivers);
  for (std::size_t i = 0; i < receivers; ++i)
    all.push_back(asio::co_spawn(context, answer(1), asio::deferred));
  asio::experimental::make_parallel_group(std::move(all))
      .async_wait(
          asio::experimental::wait_for_all(),
          asio::bind_executor(
              context, [&](const std::vector<std::size_t>&, const std::vector<std::exception_ptr>&,
                           const std::vector<int>& given) { answers += given.size(); }));
}

std::string awaited(std::size_t receivers, std::size_t rounds) {
  asio::io_context context(1);
  aldis::signal<int(int)> total;
  for (std::size_t i = 0; i < receivers; ++i) {
    total.connect(&answer, aldis::on(context), aldis::id(std::to_string(i)));
  }
  const auto send = [&](std::size_t times) {
    std::size_t answers = 0;
    for (std::size_t i = 0; i < times; ++i) {
      total.async_send(1, asio::bind_executor(context, [&](const std::exception_ptr&,
                                                           const aldis::replies<int>& all) {
                         answers += all.size();
                       }));
      context.restart();
      context.run();
    }
    require(answers == times * receivers, "async_send lost answers");
  };
  const auto group = [&](std::size_t times) {
    std::size_t answers = 0;
    for (std::size_t i = 0; i < times; ++i) {
      gather(context, receivers, answers);
      context.restart();
      context.run();
    }
    require(answers == times * receivers, "a parallel group lost answers");
  };
  std::vector<contestant> contestants{{"make_parallel_group", group}, {"aldis", send}};
  return race(contestants, rounds);
}

}  // namespace

std::string queued_cases(std::size_t rounds) {
  std::string json = "{\"throughput\": " + throughput(rounds, false);
  if (has_two_processors()) json += ", \"throughput, two processors\": " + throughput(rounds, true);
  json += ", \"latency\": " + latency(rounds);
  for (const std::size_t receivers : {1u, 10u, 100u}) {
    json +=
        ", \"async_send " + std::to_string(receivers) + "\": " + awaited(receivers, rounds / 4 + 1);
  }
  return json + "}";
}

}  // namespace bench
