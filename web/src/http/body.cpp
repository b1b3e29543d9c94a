#include <aldis/web/body.hpp>

#include "http/text.hpp"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace aldis::web {

namespace {

[[noreturn]] void fail(int error, const std::string& path, std::string_view what) {
  throw std::system_error(error, std::generic_category(),
                          "aldis: " + detail::in_quotes(path) + " " + std::string(what));
}

}  // namespace

body_source::~body_source() = default;

file_slice::file_slice(const std::string& path) {
  // O_NONBLOCK: do not wait for a writer if it is a pipe.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) fail(errno, path, "cannot be opened");
  const auto close_and_free = [](const int* owned) {
    ::close(*owned);
    delete owned;
  };
  file_ = std::shared_ptr<const int>(new int(descriptor), close_and_free);
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) fail(errno, path, "cannot be examined");
  if (!S_ISREG(status.st_mode)) fail(EINVAL, path, "is not a regular file");
  size_ = file_size_ = static_cast<std::uint64_t>(status.st_size);
  modified_seconds_ = status.st_mtim.tv_sec;
  modified_nanoseconds_ = status.st_mtim.tv_nsec;
}

file_slice file_slice::subslice(std::uint64_t offset, std::uint64_t size) const {
  file_slice result = *this;
  result.offset_ = offset_ + std::min(offset, size_);
  result.size_ = std::min(size, size_ - std::min(offset, size_));
  return result;
}

std::size_t file_slice::read(std::string& to, std::uint64_t from, std::size_t max_size) const {
  if (from >= size_) return 0;
  const std::size_t size =
      static_cast<std::size_t>(std::min<std::uint64_t>(max_size, size_ - from));
  const std::size_t before = to.size();
  to.resize(before + size);
  std::size_t got = 0;
  while (got < size) {
    const ssize_t now = ::pread(descriptor(), to.data() + before + got, size - got,
                                static_cast<off_t>(offset_ + from + got));
    if (now < 0 && errno == EINTR) continue;
    if (now <= 0) {
      to.resize(before);
      throw std::system_error(now < 0 ? errno : EIO, std::generic_category(),
                              now < 0 ? "aldis: a file cannot be read"
                                      : "aldis: a file became shorter while it was sent");
    }
    got += static_cast<std::size_t>(now);
  }
  return got;
}

}  // namespace aldis::web
