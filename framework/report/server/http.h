#pragma once
// What the parts of the server share: names of the library, and the headers of every answer.
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <chrono>
#include <string>

#include "report/page.h"

namespace retort {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using Failure = boost::system::error_code;

inline constexpr const char* kHost = "127.0.0.1";
inline constexpr auto kSendPatience = std::chrono::seconds(60);  // for the reader of one answer or message

template <class Body>
void set_header(http::response<Body>& answer, const char* type) {
  answer.set(http::field::cache_control, "no-store");
  answer.set("Referrer-Policy", "no-referrer");
  answer.set("X-Content-Type-Options", "nosniff");
  static const std::string policy = page_policy(/*live=*/true) + "; frame-ancestors 'none'";
  answer.set("Content-Security-Policy", policy);
  if (*type) answer.set(http::field::content_type, type);
  answer.keep_alive(false);
}

}  // namespace retort
