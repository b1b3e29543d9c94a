#pragma once

// Posting to an executor whose context has ended is undefined. So objects that hold an executor are
// notified when the context ends, while its services still exist.

#include <aldis/detail/intrusive_list.hpp>
#include <aldis/detail/slot_extension.hpp>
#include <aldis/export.hpp>

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/query.hpp>

#include <condition_variable>
#include <mutex>
#include <stdexcept>

namespace aldis::detail {

class context_registry;

/// An object that holds an executor. It registers each use of the executor, so that the end of the
/// context can wait for a thread that is posting.
class ALDIS_API executor_user : public counted {
 public:
  ~executor_user() override;

  /// Registers one use of the executor. False if the context is gone.
  class use {
   public:
    explicit use(executor_user& of) noexcept : of_(of), granted_(of.begin_use()) {}
    use(const use&) = delete;
    use& operator=(const use&) = delete;
    ~use() {
      if (granted_) of_.end_use();
    }
    explicit operator bool() const noexcept { return granted_; }

   private:
    executor_user& of_;
    bool granted_;
  };

  /// Starts watching, until unwatch() or the context's end. Call it once.
  void watch(boost::asio::execution_context& context);
  void unwatch() noexcept;
  /// Called by the registry: the executor is not in use, and never will be again.
  void end_context() noexcept;

 protected:
  /// Destroys everything that belongs to the context. Called once, without a lock, when the context
  /// ends.
  virtual void context_ended() noexcept = 0;

 private:
  bool begin_use() noexcept;
  void end_use() noexcept;

  friend class context_registry;
  std::mutex mutex_;
  std::condition_variable unused_;
  unsigned users_ = 0;
  bool gone_ = false;
  reference<counted> registry_;      // a context_registry
  list_links<executor_user> links_;  // guarded by the registry's mutex
};

/// An empty any_io_executor must not be queried: that is undefined.
template <class Executor>
void check_not_empty(const Executor& executor) {
  if constexpr (requires { static_cast<bool>(executor); }) {
    if (!executor) throw std::invalid_argument("aldis: this executor is empty");
  }
}

template <class Executor>
boost::asio::execution_context& context_of(const Executor& executor) {
  detail::check_not_empty(executor);
  return boost::asio::query(executor, boost::asio::execution::context);
}

}  // namespace aldis::detail
