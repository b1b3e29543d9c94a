#pragma once

#include "app/context.hpp"
#include <boost/asio/execution.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

namespace aldis::web::detail {

/// Makes the contexts of one request current in everything that it executes, so that
/// current_request() is right after every suspension of a coroutine.
template <class Inner>
class context_executor {
 public:
  context_executor(Inner inner, std::shared_ptr<detail::context_chain> chain) noexcept
      : inner_(std::move(inner)), chain_(std::move(chain)) {}

  template <class Property>
  requires boost::asio::can_query<const Inner&, Property>::value decltype(auto) query(
      const Property& property) const {
    return boost::asio::query(inner_, property);
  }
  template <class Property>
  requires boost::asio::can_require<const Inner&, Property>::value auto require(
      const Property& property) const {
    return wrap(boost::asio::require(inner_, property));
  }
  template <class Property>
  requires boost::asio::can_prefer<const Inner&, Property>::value auto prefer(
      const Property& property) const {
    return wrap(boost::asio::prefer(inner_, property));
  }

  template <class F>
  void execute(F&& f) const {
    inner_.execute([chain = chain_, f = std::forward<F>(f)]() mutable {
      const context_guard guard(*chain);
      std::move(f)();
    });
  }

  friend bool operator==(const context_executor& a, const context_executor& b) noexcept {
    return a.inner_ == b.inner_ && a.chain_ == b.chain_;
  }

 private:
  template <class Other>
  context_executor<std::decay_t<Other>> wrap(Other&& other) const {
    return {std::forward<Other>(other), chain_};
  }

  Inner inner_;
  std::shared_ptr<detail::context_chain> chain_;
};

}  // namespace aldis::web::detail
