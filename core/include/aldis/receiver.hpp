#pragma once

#include <aldis/detail/any_weak_pointer.hpp>
#include <aldis/detail/call.hpp>
#include <aldis/detail/dangling.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/location.hpp>
#include <aldis/detail/receiver_fault.hpp>
#include <aldis/detail/signal_link.hpp>
#include <aldis/detail/text.hpp>
#include <aldis/detail/type_name.hpp>
#include <aldis/fwd.hpp>

#include <concepts>
#include <cstring>
#include <new>
#include <type_traits>
#include <utility>

namespace aldis {

namespace detail {

template <class Object, class Plain>
struct method_form {
  using object = Object;
  using plain = Plain;
};

/// Of a method's type: the object that it takes, and the type without noexcept. A method is the
/// same whether its pointer's type says noexcept or not.
template <class Method>
struct method_traits;
template <class T, class Member>
struct method_traits<Member T::*> : method_form<T, Member T::*> {};
template <class R, class T, class... Args, bool N>
struct method_traits<R (T::*)(Args...) noexcept(N)> : method_form<T, R (T::*)(Args...)> {};
template <class R, class T, class... Args, bool N>
struct method_traits<R (T::*)(Args...) const noexcept(N)>
    : method_form<const T, R (T::*)(Args...) const> {};
template <class R, class T, class... Args, bool N>
struct method_traits<R (T::*)(Args...) volatile noexcept(N)>
    : method_form<volatile T, R (T::*)(Args...) volatile> {};
template <class R, class T, class... Args, bool N>
struct method_traits<R (T::*)(Args...) const volatile noexcept(N)>
    : method_form<const volatile T, R (T::*)(Args...) const volatile> {};
template <class R, class T, class... Args, bool N>
struct method_traits<R (T::*)(Args...)& noexcept(N)> : method_form<T, R (T::*)(Args...)&> {};
template <class R, class T, class... Args, bool N>
struct method_traits<R (T::*)(Args...) const& noexcept(N)>
    : method_form<const T, R (T::*)(Args...) const&> {};
template <class R, class T, class... Args, bool N>
struct method_traits<R (T::*)(Args...) volatile& noexcept(N)>
    : method_form<volatile T, R (T::*)(Args...) volatile&> {};
template <class R, class T, class... Args, bool N>
struct method_traits<R (T::*)(Args...) const volatile& noexcept(N)>
    : method_form<const volatile T, R (T::*)(Args...) const volatile&> {};

template <method_pointer Method>
using object_of = typename method_traits<Method>::object;

/// An object and one of its member functions, known at run time.
template <method_pointer Method>
struct bound_method {
  Method method;
  object_of<Method>* object;

  template <class... Args>
  requires std::is_invocable_v < Method, object_of<Method>
  &, Args... > decltype(auto) operator()(Args&&... args) const {
    return (object->*method)(std::forward<Args>(args)...);
  }
};

/// The same, known at compile time: one word, and the call can be inlined. The class is named as a
/// type too, because GCC 12 gives templates over `&T::on` external linkage although T is in an
/// unnamed namespace: two files with such a T of one name would share their code.
template <auto Method, class T = object_of<decltype(Method)>>
struct fixed_method {
  T* object;

  template <class... Args>
  requires std::is_invocable_v<decltype(Method), T&, Args...>
  decltype(auto) operator()(Args&&... args) const {
    return (object->*Method)(std::forward<Args>(args)...);
  }
};

/// The type of a function pointer without noexcept, since it is the same function either way.
template <class F>
struct function_traits {
  using plain = F;
};
template <class R, class... Args, bool N>
struct function_traits<R (*)(Args...) noexcept(N)> {
  using plain = R (*)(Args...);
};

/// Receivers with equal identities are one receiver. A kind, and up to three words.
struct receiver_identity {
  static constexpr std::size_t capacity = 3;

  const char* kind = nullptr;  ///< null: equal to no other
  void* words[capacity] = {};

  /// Lifetime: refers to the id's characters.
  static receiver_identity of_id(text_view id) noexcept {
    receiver_identity result;
    result.kind = "";
    result.words[0] = const_cast<char*>(id.data);
    result.words[1] = const_cast<char*>(id.data + id.size);
    return result;
  }

  bool is_id() const noexcept { return *kind == '\0'; }
  /// Whether the receiver is a signal.
  bool is_signal_link() const noexcept {
    // No type's name begins like that.
    return kind && *kind == *signal_link_kind && text_view(kind) == text_view(signal_link_kind);
  }

  text_view id() const noexcept {
    const auto* const first = static_cast<const char*>(words[0]);
    return {first, static_cast<std::size_t>(static_cast<const char*>(words[1]) - first)};
  }

  template <class Method, class Object>
  static receiver_identity of_method(Method method, const Object* object) noexcept {
    static_assert(sizeof method <= 2 * sizeof(void*));
    receiver_identity result;
    result.kind = type_name<typename method_traits<Method>::plain>();
    std::memcpy(static_cast<void*>(result.words), &method, sizeof method);
    result.words[2] = const_cast<void*>(static_cast<const volatile void*>(object));
    return result;
  }
};

template <class F>
receiver_identity identity_of(const F& f) noexcept {
  if constexpr (std::is_pointer_v<F>) {
    receiver_identity result;
    result.kind = type_name<typename function_traits<F>::plain>();
    std::memcpy(static_cast<void*>(result.words), static_cast<const void*>(&f), sizeof f);
    return result;
  } else {
    return {};
  }
}

template <method_pointer Method>
receiver_identity identity_of(const bound_method<Method>& f) noexcept {
  return receiver_identity::of_method(f.method, f.object);
}

template <auto Method, class T>
receiver_identity identity_of(const fixed_method<Method, T>& f) noexcept {
  return receiver_identity::of_method(Method, f.object);
}

template <class Signature>
receiver_identity identity_of(const signal_link<Signature>& f) noexcept {
  receiver_identity result;
  result.kind = signal_link_kind;
  result.words[0] = f.target();
  return result;
}

template <class F>
inline constexpr bool fits_inside = sizeof(F) <= 2 * sizeof(void*) &&
                                    alignof(F) <= alignof(void*) &&
                                    (std::is_trivially_copyable_v<F> ||
                                     std::is_nothrow_move_constructible_v<F>);

/// The receiver behind two words of storage.
template <class F>
F& stored(void* const* storage) noexcept {
  if constexpr (fits_inside<F>) {
    return *std::launder(reinterpret_cast<F*>(const_cast<void**>(storage)));
  } else {
    return *static_cast<F*>(storage[0]);
  }
}

template <class F, class R, class... Args>
struct caller {
  static void call(receiver_slot& slot, answer<R>* out, passed<Args>... values) {
    F& f = stored<F>(slot.storage);
    out->put([&]() -> decltype(auto) { return call_prefix<Args...>(f, values...); });
  }
};

template <class F, class... Args>
struct caller<F, void, Args...> {
  static void call(receiver_slot& slot, passed<Args>... values) {
    call_prefix<Args...>(stored<F>(slot.storage), values...);
  }
};

template <class F>
void destroy_stored(void* const* storage) noexcept {
  if constexpr (fits_inside<F>) {
    stored<F>(storage).~F();
  } else {
    delete static_cast<F*>(storage[0]);
  }
}

template <class F>
void relocate_stored(void** from, void** to) noexcept {
  F& old = stored<F>(from);
  ::new (static_cast<void*>(to)) F(std::move(old));
  old.~F();  // NOLINT(bugprone-use-after-move): moved from is not destroyed
}

/// One table per type of receiver and signature. A function-local constant, so that a plugin's copy
/// goes with the plugin.
template <class F, class R, class... Args>
const receiver_type* type_of() noexcept {
  constexpr bool trivial = fits_inside<F> && std::is_trivially_copyable_v<F>;
  static const receiver_type type = {
      reinterpret_cast<erased_function>(&caller<F, R, Args...>::call),
      trivial && std::is_trivially_destructible_v<F> ? nullptr : &destroy_stored<F>,
      !fits_inside<F> || trivial ? nullptr : &relocate_stored<F>,
      type_name<F>(),
  };
  return &type;
}

/// What is wrong with a receiver's answer.
enum class answer_fault { none, does_not_convert, dangles };

template <class R, class G>
constexpr answer_fault fault_of_answer() {
  if constexpr (std::is_void_v<R>) {
    return answer_fault::none;
  } else if constexpr (!std::is_same_v<G, R> && !std::is_convertible_v<G, R>) {
    return answer_fault::does_not_convert;
  } else if constexpr (dangles<R, G>()) {
    return answer_fault::dangles;
  } else if constexpr (std::is_reference_v<R>) {
    // The reference must bind to what the receiver returns, not to a converted temporary.
    return std::is_convertible_v<std::remove_reference_t<G>*, std::remove_reference_t<R>*>
               ? answer_fault::none
               : answer_fault::dangles;
  } else {
    return answer_fault::none;
  }
}

template <class F, class R, class... Args>
constexpr answer_fault fault_of_answers() {
  using used = typename first_types<prefix_of<F&, Args...>::count, Args...>::template append<>;
  return []<class... Used>(types<Used...>) {
    return fault_of_answer<R, std::invoke_result_t<F&, Used...>>();
  }(used{});
}

/// Fails to compile with the explanation if there is a fault.
template <answer_fault Fault>
constexpr bool check_answer() {
  static_assert(Fault != answer_fault::does_not_convert,
                "aldis: what this receiver returns does not convert to the signal's R");
  static_assert(Fault != answer_fault::dangles,
                "aldis: this receiver returns a temporary, and the signal's R only refers to it: "
                "return something that lasts, or give the signal an R that owns, as std::string");
  return Fault == answer_fault::none;
}

/// Something to be awaited, by its shape. A receiver that returns it is a coroutine.
template <class T>
concept awaitable_answer = requires(T& given) {
  given.await_ready();
}
|| requires(T& given) { static_cast<T&&>(given).operator co_await(); }
|| requires(T& given) { operator co_await(static_cast<T&&>(given)); };

template <class F, class... Args>
constexpr bool returns_awaitable() {
  using used = typename first_types<prefix_of<F&, Args...>::count, Args...>::template append<>;
  return []<class... Used>(types<Used...>) {
    using given = std::invoke_result_t<F&, Used...>;
    if constexpr (std::is_class_v<std::remove_cvref_t<given>>) {
      return awaitable_answer<std::remove_cvref_t<given>>;
    } else {
      return false;
    }
  }(used{});
}

/// A wrapper like std::function that may hold nothing.
template <class F>
concept empty_wrapper = std::is_class_v<F> && !std::is_empty_v<F> && requires(const F& f) {
  { f == nullptr } -> std::same_as<bool>;
  static_cast<bool>(f);
};

[[noreturn]] ALDIS_API void throw_empty_receiver();

[[noreturn]] ALDIS_API void throw_not_comparable();

/// The object of a member function, and what owns it, if that is known.
template <class T>
class bound_object {
 public:
  template <class U>
  requires std::convertible_to<U*, T*> bound_object(U& object, location where = location::current())
  noexcept : object_(__builtin_addressof(object)), where_(where) {}

  template <class U>
  requires std::convertible_to<U*, T*> bound_object(U* object, location where = location::current())
  noexcept : object_(object), where_(where) {}

  /// Weak: the connection ends with the object.
  template <class Pointer>
  requires(shared_pointer<Pointer>&& requires(const Pointer& p) {
    { p.get() } -> std::convertible_to<T*>;
  }) bound_object(const Pointer& object, location where = location::current())
      : object_(object.get()),
        owner_(object_ ? make_any_weak_pointer(object) : nullptr),
        where_(where) {}

  template <class Pointer>
  requires(weak_pointer<Pointer>&& requires(const Pointer& p) {
    { p.lock().get() } -> std::convertible_to<T*>;
  }) bound_object(const Pointer& object, location where = location::current())
      : object_(object.lock().get()), owner_(make_any_weak_pointer(object)), where_(where) {}

  template <class U>
  requires std::convertible_to<U*, T*> bound_object(guarded<U>& object,
                                                    location where = location::current())
  noexcept : object_(object.operator->()), keeper_(&object.connections()), where_(where) {}

  bound_object(bound_object&& other) noexcept
      : object_(other.object_),
        owner_(other.release_owner()),
        keeper_(other.keeper_),
        where_(other.where_) {}
  bound_object& operator=(bound_object&&) = delete;
  ~bound_object() { delete owner_; }

  T* object() const noexcept { return object_; }
  /// For a connect. Exceptions: std::invalid_argument if there is no object.
  T* required() const {
    if (!object_) throw_empty_receiver();
    return object_;
  }
  location where() const noexcept { return where_; }
  connections* keeper() const noexcept { return keeper_; }
  any_weak_pointer* release_owner() noexcept { return std::exchange(owner_, nullptr); }

 private:
  T* object_ = nullptr;
  any_weak_pointer* owner_ = nullptr;
  connections* keeper_ = nullptr;
  location where_;
};

}  // namespace detail

/// A callable that fits a signal with this signature, and the line that connected it.
///
/// Made implicitly from the argument of `connect`: it takes all of the signal's arguments or the
/// first few, and what it returns, if the signal has answers, converts to R.
/// Cost: up to two words are held inside; larger callables cost one allocation.
template <class R, class... Args>
class receiver<R(Args...)> {
 public:
  template <class F>
  requires(!std::same_as<std::remove_cvref_t<F>, receiver>)
      receiver(F&& callable, detail::location where = detail::location::current())
      : where_(where) {
    using callable_type = detail::callable_of<F>;
    static_assert(std::is_void_v<R> || !detail::signal_lvalue<F>,
                  "aldis: this signal wants one answer, and the signal that it is to be connected "
                  "to has many; connect a lambda that chooses");
    static_assert(!detail::const_signal<F>,
                  "aldis: connect(signal) needs a signal that is not const");
    static_assert(!detail::moved_signal<F>,
                  "aldis: this signal would be moved into the receiver; connect the signal itself, "
                  "which stays where it is: connect(signal)");
    static_assert(!detail::signal_reference<F>,
                  "aldis: std::ref(signal) would outlive the signal; connect the signal itself, "
                  "which ends with either: connect(signal)");
    if constexpr (!detail::callable_receiver<callable_type, Args...>) {
      detail::tell_receiver<callable_type>();
    } else if constexpr (!std::is_constructible_v<callable_type, F>) {
      static_assert(std::is_constructible_v<callable_type, F>,
                    "aldis: this receiver cannot be copied; move it");
    } else {
      constexpr bool coroutine = detail::returns_awaitable<callable_type, Args...>();
      static_assert(!coroutine,
                    "aldis: this receiver is a coroutine, which needs an executor to run on: "
                    "connect it with aldis::on(executor)");
      if constexpr (!coroutine) {
        if constexpr (detail::check_answer<detail::fault_of_answers<callable_type, R, Args...>()>())
          hold(callable_type(std::forward<F>(callable)));
      }
    }
  }

  /// For code that builds a receiver manually; the caller supplies the first storage word.
  receiver(const detail::receiver_type* type, void* stored, detail::location where,
           const detail::receiver_identity& identity) noexcept
      : type_(type), storage_{stored, nullptr}, where_(where), identity_(identity) {}

  receiver(receiver&& other) noexcept
      : type_(std::exchange(other.type_, nullptr)),
        where_(other.where_),
        identity_(other.identity_) {
    move_storage(other.storage_, storage_, type_);
  }
  receiver& operator=(receiver&&) = delete;
  ~receiver() {
    if (type_ && type_->destroy) type_->destroy(storage_);
  }

  detail::location where() const noexcept { return where_; }
  const detail::receiver_identity& identity() const noexcept { return identity_; }
  const detail::receiver_type* type() const noexcept { return type_; }

  /// Transfers the callable to the two words, which own it afterwards.
  const detail::receiver_type* release(void** to) noexcept {
    const detail::receiver_type* const type = std::exchange(type_, nullptr);
    move_storage(storage_, to, type);
    return type;
  }

 private:
  template <class F>
  void hold(F&& f) {
    using callable_type = std::remove_cvref_t<F>;
    if constexpr (std::is_pointer_v<callable_type> || detail::empty_wrapper<callable_type>) {
      if (f == nullptr) detail::throw_empty_receiver();
    }
    identity_ = detail::identity_of(f);
    if constexpr (detail::fits_inside<callable_type>) {
      ::new (static_cast<void*>(storage_)) callable_type(std::forward<F>(f));
    } else {
      storage_[0] = new callable_type(std::forward<F>(f));
    }
    type_ = detail::type_of<callable_type, R, Args...>();
  }

  static void move_storage(void** from, void** to, const detail::receiver_type* type) noexcept {
    if (type && type->relocate) {
      type->relocate(from, to);
    } else {
      to[0] = from[0];
      to[1] = from[1];
    }
  }

  const detail::receiver_type* type_ = nullptr;
  void* storage_[2] = {};
  detail::location where_;
  detail::receiver_identity identity_;
};

}  // namespace aldis
