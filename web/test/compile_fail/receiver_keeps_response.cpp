// expect: aldis: a receiver on an executor is called after the send

#include <aldis/async/on.hpp>
#include <aldis/web/signals.hpp>

#include <boost/asio/io_context.hpp>

void connect(boost::asio::io_context& context) {
  aldis::web::request_started.connect([] {}, aldis::on(context));
#ifdef MISUSE
  // The response is gone when the receiver is called.
  aldis::web::request_finished.connect([](aldis::web::app&, aldis::web::response&) {},
                                       aldis::on(context));
#endif
}
