#pragma once

#include <memory>
#include <string>

namespace boost::asio::ssl {
class context;
}

namespace aldis::web::detail {

/// For TLS 1.2 and later, with this certificate.
///
/// Exceptions: std::runtime_error that names the unusable file.
std::shared_ptr<boost::asio::ssl::context> make_tls_context(const std::string& certificate,
                                                            const std::string& private_key);

}  // namespace aldis::web::detail
