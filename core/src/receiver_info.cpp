#include <aldis/receiver_info.hpp>

#include "connect.hpp"
#include "locked_section.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slab.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "topic_trie.hpp"
#include <cxxabi.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

namespace aldis {

using namespace detail;

namespace {

std::string to_string(text_view from) { return {from.data, from.size}; }

std::string file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::string in_words(const key_view& key) {
  switch (key.type) {
    case key_view::kind::none:
      return "none";
    case key_view::kind::text:
      return '"' + std::string(key.text, key.size) + '"';
    case key_view::kind::integer:
      return std::to_string(static_cast<std::int64_t>(key.bits));
    case key_view::kind::unsigned_integer:
      return std::to_string(key.bits);
    case key_view::kind::floating:
      return std::to_string(std::bit_cast<double>(key.bits));
    case key_view::kind::long_floating: {
      unsigned char bytes[sizeof key.bits + sizeof key.size];
      std::memcpy(bytes, &key.bits, sizeof key.bits);
      std::memcpy(bytes + sizeof key.bits, &key.size, sizeof key.size);
      long double value = 0;
      std::memcpy(&value, bytes, std::min(sizeof value, sizeof bytes));
      char digits[64];
      std::snprintf(digits, sizeof digits, "%.21Lg", value);
      return digits;
    }
    case key_view::kind::enumeration:
      return readable(std::string(key.text, key.size).c_str()) + '(' +
             std::to_string(static_cast<std::int64_t>(key.bits)) + ')';
    case key_view::kind::object: {
      char digits[2 + 16 + 1];
      std::snprintf(digits, sizeof digits, "0x%llx", static_cast<unsigned long long>(key.bits));
      return digits;
    }
  }
  return {};
}

std::string in_words(subscriber_group& group) {
  if (const sender_group* const sender = as_sender_group(&group)) {
    return "from(" + in_words(sender->key) + ')';
  }
  return "matching(\"" + pattern_text(group) + "\")";
}

std::string selection_of(const slot_options& options) {
  std::vector<std::string> parts;
  const auto to_every_sender = [](const subscription& each) { return each.group == nullptr; };
  if (std::none_of(options.subscriptions.begin(), options.subscriptions.end(), to_every_sender)) {
    for (const subscription& each : options.subscriptions) parts.push_back(in_words(*each.group));
  }
  for (const sender_filter* each = options.not_from; each; each = each->next) {
    parts.push_back("not_from(" + in_words(each->key) + ')');
  }
  if (options.filters) parts.emplace_back("when");
  std::string result;
  for (const std::string& part : parts) result += (result.empty() ? "" : ", ") + part;
  return result.empty() ? "everyone" : result;
}

/// Under the signal's mutex; the receiver may not be destroyed yet.
receiver_info describe(receiver_slot& slot) {
  receiver_info info;
  const slot_metadata& metadata = *slot.metadata;
  info.file = metadata.where.file;
  info.line = metadata.where.line;
  info.selection = "everyone";
  info.priority = slot.priority;
  info.blocked = metadata.blocks != 0;
  info.calls = metadata.calls.load();
  info.time = std::chrono::nanoseconds(metadata.nanoseconds.load());
  if (const slot_options* const options = metadata.options) {
    info.label = to_string(options->label.view());
    info.id = to_string(options->id.view());
    info.selection = selection_of(*options);
    info.weak = options->trackers != nullptr;
    info.times_left = options->remaining.load();
    if (options->extension) {
      delivery_counts counts;
      options->extension->describe(counts);
      info.capacity = counts.capacity;
      info.queued = counts.queued;
      info.running = counts.running;
      info.started = counts.started;
      info.dropped = counts.dropped;
      info.failures = counts.failures;
      info.times_left = counts.times_left;
    }
  }
  if (info.label.empty()) {
    info.label =
        readable(slot.type->name) + " at " + file_name(info.file) + ':' + std::to_string(info.line);
  }
  info.connection = connection_access::adopt(refer(slot));
  return info;
}

}  // namespace

namespace detail {

receiver_info receiver_list<receiver_info>::one(const connection& c) {
  receiver_slot* const slot = connection_access::get(c);
  if (!slot) return {};
  const std::lock_guard lock(signal_of(*slot).mutex);
  if (slot->body.load() != body_whole) return {};
  return describe(*slot);
}

std::vector<receiver_info> receiver_list<receiver_info>::of(signal_state* state) {
  std::vector<receiver_info> result;
  if (!state) return result;
  signal_impl& signal = impl_of(*state);
  locked_section section(signal);
  if (signal.weak != 0) sweep(section);
  std::vector<receiver_slot*> living;
  each_connected(signal, [&](receiver_slot& slot) { living.push_back(&slot); });
  std::sort(
      living.begin(), living.end(),
      [](const receiver_slot* left, const receiver_slot* right) { return before(*left, *right); });
  for (receiver_slot* const slot : living) result.push_back(describe(*slot));
  return result;
}

std::string readable(const char* type_name) {
  int status = 0;
  char* const name = abi::__cxa_demangle(type_name, nullptr, nullptr, &status);
  std::string result = status == 0 ? name : type_name;
  std::free(name);
  return result;
}

}  // namespace detail

}  // namespace aldis
