#include <aldis/async/detail/context.hpp>

#include <boost/asio/detail/strand_executor_service.hpp>

#include <utility>

namespace aldis::detail {

/// The users of one context's executors. The registry holds a reference to each until it leaves.
class context_registry final : public counted {
 public:
  bool add(executor_user& user) {
    const std::lock_guard lock(mutex_);
    if (ended_) return false;
    user.refer();
    users_.push_front(user);
    return true;
  }

  void remove(executor_user& user) noexcept {
    {
      const std::lock_guard lock(mutex_);
      if (!users_.contains(user)) return;
      users_.erase(user);
    }
    user.release();
  }

  void end() noexcept {
    for (;;) {
      executor_user* user;
      {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        user = users_.pop_front();
        if (!user) return;
      }
      user->end_context();
      user->release();
    }
  }

 private:
  std::mutex mutex_;
  bool ended_ = false;
  intrusive_list<executor_user, &executor_user::links_> users_;
};

namespace {

/// A service of the context; its shutdown notifies the users of the context's end.
class context_service final : public boost::asio::execution_context::service {
 public:
  // NOLINTNEXTLINE(readability-identifier-naming): what Asio calls it
  static inline boost::asio::execution_context::id id;
  using key_type = context_service;

  explicit context_service(boost::asio::execution_context& context)
      : service(context), registry(new context_registry) {
    // Services are shut down newest first. The strand services must be older than this one, so that
    // they still exist when it notifies the users of strands.
    boost::asio::use_service<boost::asio::detail::strand_executor_service>(context);
  }

  void shutdown() override { registry->end(); }

  reference<context_registry> registry;
};

}  // namespace

executor_user::~executor_user() = default;

void executor_user::watch(boost::asio::execution_context& context) {
  reference<context_registry> registry =
      boost::asio::use_service<context_service>(context).registry;
  registry_ = reference<counted>(reference<context_registry>(registry).release());
  if (!registry->add(*this)) end_context();
}

void executor_user::unwatch() noexcept {
  if (registry_) static_cast<context_registry*>(registry_.get())->remove(*this);
}

void executor_user::end_context() noexcept {
  {
    std::unique_lock lock(mutex_);
    gone_ = true;
    unused_.wait(lock, [this] { return users_ == 0; });
  }
  context_ended();
}

bool executor_user::begin_use() noexcept {
  const std::lock_guard lock(mutex_);
  if (gone_) return false;
  ++users_;
  return true;
}

void executor_user::end_use() noexcept {
  const std::lock_guard lock(mutex_);
  if (--users_ == 0) unused_.notify_all();
}

}  // namespace aldis::detail
