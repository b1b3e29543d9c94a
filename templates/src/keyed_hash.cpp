#include "keyed_hash.hpp"

#include <bit>
#include <chrono>
#include <cstring>
#include <exception>
#include <random>

namespace aldis::templates::detail {

namespace {

struct key {
  std::uint64_t first;
  std::uint64_t second;
};

key make_key() noexcept {
  try {
    std::random_device source;
    const auto number = [&] { return (std::uint64_t{source()} << 32) | source(); };
    return {number(), number()};
  } catch (const std::exception&) {
    // Without a source of randomness, at least use a different key in each process.
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    return {static_cast<std::uint64_t>(now), reinterpret_cast<std::uintptr_t>(&make_key)};
  }
}

class sip_state {
 public:
  sip_state() noexcept {
    static const key secret = make_key();
    // SipHash's constants.
    v0_ = secret.first ^ 0x736f6d6570736575U;
    v1_ = secret.second ^ 0x646f72616e646f6dU;
    v2_ = secret.first ^ 0x6c7967656e657261U;
    v3_ = secret.second ^ 0x7465646279746573U;
  }

  void add(std::uint64_t word) noexcept {
    v3_ ^= word;
    round();
    v0_ ^= word;
  }
  std::size_t finish() noexcept {
    v2_ ^= 0xff;
    round();
    round();
    round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void round() noexcept {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_;
  std::uint64_t v1_;
  std::uint64_t v2_;
  std::uint64_t v3_;
};

}  // namespace

std::size_t keyed_hash(std::string_view bytes) noexcept {
  sip_state state;
  constexpr std::size_t word_size = sizeof(std::uint64_t);
  std::uint64_t word = 0;
  std::size_t offset = 0;
  for (; offset + word_size <= bytes.size(); offset += word_size) {
    std::memcpy(&word, bytes.data() + offset, word_size);
    state.add(word);
  }
  word = std::uint64_t{bytes.size()} << 56;
  for (unsigned shift = 0; offset < bytes.size(); ++offset, shift += 8) {
    word |= std::uint64_t{static_cast<unsigned char>(bytes[offset])} << shift;
  }
  state.add(word);
  return state.finish();
}

std::size_t keyed_hash(std::uint64_t number) noexcept {
  sip_state state;
  state.add(number);
  return state.finish();
}

}  // namespace aldis::templates::detail
