#include "report/server.h"

#include "core/error.h"
#include "log/log.h"
#include "report/server/site.h"

namespace retort {

struct PageServer::Http : Site {
  using Site::Site;
};

PageServer::PageServer(PageSource& source, uint16_t port) try
    : http_(std::make_unique<Http>(source, port)),
      address_(std::string("http://") + kHost + ":" + http_->port + "/" + http_->token + "/") {
  log(LogLevel::info, "server", std::string("listens on ") + kHost + ":" + http_->port);
} catch (const boost::system::system_error& error) {
  throw Error(ErrorKind::user,
              "port " + std::to_string(port) + " of " + kHost + " cannot be had; another with --port N");
}

PageServer::~PageServer() = default;

void PageServer::run(int stop) { http_->run(stop); }

}  // namespace retort
