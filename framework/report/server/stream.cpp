#include "report/server/stream.h"

#include <sstream>
#include <utility>

#include "report/server/site.h"

namespace retort {

void Stream::open() {
  http::response<http::empty_body> answer(http::status::ok, 11);
  set_header(answer, "text/event-stream");
  std::ostringstream text;
  text << answer.base() << ": retort\n\n";
  socket_.expires_never();
  send(text.str());
  notice_the_end();
}

void Stream::send(std::string text) {
  busy_ = true;
  text_ = std::move(text);
  socket_.expires_after(kSendPatience);
  asio::async_write(socket_, asio::buffer(text_), [self = shared_from_this()](Failure failure, size_t) {
    self->busy_ = false;
    if (failure) return self->close();
    self->socket_.expires_never();
    const auto followed = self->group.lock();
    if (self->last) return self->close();
    if (followed && std::exchange(self->behind, false)) self->site_.look(followed);
  });
}

void Stream::close() {
  if (std::exchange(gone_, true)) return;
  Failure none;
  socket_.socket().shutdown(tcp::socket::shutdown_both, none);
  socket_.close();
  site_.leave(shared_from_this());
}

/// What a page says is not listened to; that it is gone is.
void Stream::notice_the_end() {
  socket_.socket().async_read_some(asio::buffer(ignored_), [self = shared_from_this()](Failure failure, size_t) {
    if (failure) return self->close();
    self->notice_the_end();
  });
}

}  // namespace retort
