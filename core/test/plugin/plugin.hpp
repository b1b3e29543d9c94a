#pragma once

#include <aldis/aldis.hpp>

#include <atomic>
#include <memory>

/// The common declarations of host and plugin. The plugin's two functions are found by name.
struct plugin_host {
  aldis::signal<void(int)> ticked;
  std::shared_ptr<int> resource = std::make_shared<int>(0);
  std::atomic<int> heard = 0;
};

extern "C" {
using plugin_start_function = void (*)(plugin_host&);
using plugin_stop_function = void (*)();
}
