#include <aldis/receiver_info.hpp>

#include "connect.hpp"
#include "locked_section.hpp"
#include "sender_index.hpp"
#include "signal_impl.hpp"
#include "slot.hpp"
#include "slot_list.hpp"
#include "slots.hpp"
#include "topics.hpp"
#include <cxxabi.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace aldis {

using namespace detail;

namespace {

std::string owned(text_view from) { return {from.data, from.size}; }

std::string file_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::string in_words(const key_view& key) {
  switch (key.what) {
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

std::string in_words(subscriber_group& chosen) {
  if (const sender_group* const sender = as_sender(&chosen)) {
    return "from(" + in_words(sender->key) + ')';
  }
  return "matching(\"" + pattern_text(chosen) + "\")";
}

std::string selection_of(const slot_options& options) {
  std::vector<std::string> parts;
  const auto unfiltered = [](const subscription& each_subscription) {
    return each_subscription.to == nullptr;
  };
  if (std::none_of(options.subscriptions.begin(), options.subscriptions.end(), unfiltered)) {
    for (const subscription& each : options.subscriptions) parts.push_back(in_words(*each.to));
  }
  for (const sender_filter* each = options.not_from; each; each = each->next) {
    parts.push_back("not_from(" + in_words(each->key) + ')');
  }
  if (options.filters) parts.emplace_back("when");
  std::string result;
  for (const std::string& part : parts) result += (result.empty() ? "" : ", ") + part;
  return result.empty() ? "everyone" : result;
}

/// Under the signal's mutex; the receiver is not destroyed yet.
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
    info.label = owned(options->label.view());
    info.id = owned(options->id.view());
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

std::vector<receiver_info> receiver_list<receiver_info>::of(signal_state* of) {
  std::vector<receiver_info> result;
  if (!of) return result;
  signal_impl& signal = impl_of(*of);
  locked_section section(signal);
  if (signal.weak != 0) sweep(section);
  std::vector<receiver_slot*> living;
  each_connected(signal, [&](receiver_slot& slot) { living.push_back(&slot); });
  std::sort(living.begin(), living.end(),
            [](const receiver_slot* each_slot, const receiver_slot* b) {
              return before(*each_slot, *b);
            });
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
