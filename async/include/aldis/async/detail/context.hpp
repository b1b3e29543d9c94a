#pragma once

// Executors that outlive their context are a trap: to post to them is undefined. So what holds one
// is told when the context ends, while its services still exist.

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

/// Something that holds an executor. Using the executor is announced, so that the end of the
/// context can wait for who is just posting.
class ALDIS_API executor_user : public counted {
 public:
  ~executor_user() override;

  /// One use of the executor: false if the context is gone.
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

  /// From now on until unwatch or the context's end. Once.
  void watch(boost::asio::execution_context& context);
  void unwatch() noexcept;
  /// By the registry: nobody uses the executor, and nobody will.
  void end_context() noexcept;

 protected:
  /// Destroys whatever belongs to the context. Without any lock, and once: when the context ends.
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

/// To ask an any_io_executor that holds none for anything is undefined.
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
