// Fetching data sets, from a server in this process and from files.
#include <gmock/gmock.h>

#include <atomic>
#include <boost/asio.hpp>
#include <boost/beast.hpp>
#include <thread>

#include "core/digest.h"
#include "whole/engine/workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// Serves one archive, whole or the rest of it, and remembers what was asked for.
class Server {
 public:
  explicit Server(std::string bytes)
      : bytes_(std::move(bytes)), acceptor_(io_, {asio::ip::address_v4::loopback(), 0}), thread_([this] { serve(); }) {}
  ~Server() {
    stop_ = true;
    boost::system::error_code none;
    tcp::socket(io_).connect(acceptor_.local_endpoint(), none);  // wakes it
    thread_.join();
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/set.tar.gz";
  }
  std::vector<std::string> ranges;

 private:
  void serve() {
    while (!stop_) {
      boost::system::error_code failure;
      tcp::socket socket = acceptor_.accept(failure);
      beast::flat_buffer buffer;
      http::request<http::empty_body> request;
      http::read(socket, buffer, request, failure);
      if (!failure) answer(socket, std::string(request[http::field::range]));
    }
  }
  void answer(tcp::socket& socket, const std::string& range) {
    ranges.push_back(range);
    const size_t from = range.empty() ? 0 : std::stoul(range.substr(6));  // "bytes=50-"
    http::response<http::string_body> response(range.empty() ? http::status::ok : http::status::partial_content, 11);
    if (!range.empty())
      response.set(http::field::content_range, "bytes " + std::to_string(from) + "-" +
                                                   std::to_string(bytes_.size() - 1) + "/" +
                                                   std::to_string(bytes_.size()));
    response.body() = bytes_.substr(from);
    response.keep_alive(false);
    response.prepare_payload();
    boost::system::error_code gone;
    http::write(socket, response, gone);
  }

  std::string bytes_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

class DataFetch : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(shop.folder / "build/my-set");
    write_file(shop.folder / "build/my-set/train.bin", std::string(20000, 'p') + "ixels");
    ASSERT_EQ(
        std::system(("tar -C " + (shop.folder / "build").string() + " -czf " + archive().string() + " my-set").c_str()),
        0);
    fs::create_directories(shop.folder / "datasets");
    manifest(sha256_file(archive()));
  }
  fs::path archive() { return shop.folder / "set.tar.gz"; }

  void manifest(const std::string& sha256, const std::string& url = "", uint64_t bytes = 0) {
    const Json json = {{"retort_dataset", 1},
                       {"title", "A small set"},
                       {"folder", "my-set"},
                       {"source",
                        {{{"url", url},
                          {"page", "https://example.org/set"},
                          {"note", "needs an account"},
                          {"file", "set.tar.gz"},
                          {"sha256", sha256},
                          {"bytes", bytes},
                          {"unpack", "tar.gz"},
                          {"files", {{"train.bin", sha256_file(shop.folder / "build/my-set/train.bin")}}}}}}};
    write_file(shop.folder / "datasets/small.json", json.dump());
  }

  Outcome data(std::vector<std::string> words) { return shop.finish(start(std::move(words))); }
  pid_t start(std::vector<std::string> words) {
    words.insert(words.begin(), "data");
    return shop.start(words, [this] {
      setenv("RETORT_DATASETS", (shop.folder / "datasets").c_str(), 1);
      setenv("RETORT_DATA", (shop.folder / "data").c_str(), 1);
      unsetenv("http_proxy");
    });
  }
  bool is_here() { return fs::exists(shop.folder / "data/my-set/train.bin"); }

  Workshop shop;
};

TEST_F(DataFetch, DownloadsChecksAndUnpacks) {
  Server server(read_file(archive()));
  const Outcome outcome = data({"fetch", "small", "--url", server.url()});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(is_here());
  EXPECT_THAT(data({"list"}).out, HasSubstr("here    small: A small set, "));
  EXPECT_EQ(data({"fetch", "small", "--url", server.url()}).code, 0);
  EXPECT_EQ(server.ranges.size(), 1u) << "what is there is not downloaded again";
}

TEST_F(DataFetch, GoesOnWithACutOffDownload) {
  const std::string bytes = read_file(archive());
  Server server(bytes);
  fs::create_directories(shop.folder / "data/downloads");
  write_file(shop.folder / "data/downloads/set.tar.gz.part", bytes.substr(0, 50));
  const Outcome outcome = data({"fetch", "small", "--url", server.url()});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(server.ranges.at(0), "bytes=50-");
  EXPECT_TRUE(is_here());
}

TEST_F(DataFetch, RefusesWrongBytesAndKeepsNothing) {
  Server server("something else");
  const Outcome outcome = data({"fetch", "small", "--url", server.url()});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err,
              HasSubstr("SHA-256 is " + sha256_hex("something else") + ", must be " + sha256_file(archive())));
  EXPECT_FALSE(is_here());
  EXPECT_TRUE(fs::is_empty(shop.folder / "data/downloads"));
}

TEST_F(DataFetch, TakesAnArchiveAFolderOfArchivesOrTheFiles) {
  for (const char* from : {"set.tar.gz", ".", "build/my-set"}) {
    fs::remove_all(shop.folder / "data");
    const Outcome outcome = data({"fetch", "small", "--from", from});
    EXPECT_EQ(outcome.code, 0) << from << ": " << outcome.err;
    EXPECT_TRUE(is_here()) << from;
  }
}

TEST_F(DataFetch, SaysWhereToGetWhatNeedsAnAccount) {
  const Outcome outcome = data({"fetch", "small"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err,
              HasSubstr("set.tar.gz must be fetched by hand from https://example.org/set (needs an account); "
                        "then: retort data fetch small --from FOLDER"));
}

TEST_F(DataFetch, AnUnknownNameIsAnsweredWithTheNearest) {
  EXPECT_EQ(data({"fetch", "smal"}).err, "retort: there is no data set \"smal\"; did you mean \"small\"?\n");
}

/// What a manifest names becomes paths: below the data folder, or nothing is done.
TEST_F(DataFetch, NamesThatLeadElsewhereAreRefused) {
  const std::string good = read_file(shop.folder / "datasets/small.json");
  const std::vector<std::pair<std::string, Json>> edits = {{"/folder", "../elsewhere"},
                                                           {"/folder", "/tmp/elsewhere"},
                                                           {"/folder", ""},
                                                           {"/folder", 5},
                                                           {"/source/0/file", "../x"},
                                                           {"/source/0/file", "/tmp/x"},
                                                           {"/source/0/files", {{"../x", std::string(64, 'a')}}},
                                                           {"/source/0/files", {{"x", "../y"}}},
                                                           {"/source/0/sha256", "../x"},
                                                           {"/source", 5},
                                                           {"/source/0", "x"},
                                                           {"/title", Json::array()}};
  for (const auto& [place, value] : edits) {
    Json json = Json::parse(good);
    json[Json::json_pointer(place)] = value;
    write_file(shop.folder / "datasets/small.json", json.dump());
    const Outcome outcome = data({"fetch", "small", "--from", archive().string()});
    EXPECT_NE(outcome.code, 0) << place << " = " << value;
    EXPECT_THAT(outcome.err, HasSubstr("datasets/small.json: ")) << place << " = " << value;
    EXPECT_THAT(outcome.err, ::testing::Not(HasSubstr("internal error"))) << place;
  }
  EXPECT_FALSE(fs::exists(shop.folder.path() / "elsewhere"));
}

TEST_F(DataFetch, SeveralAtOnceGetOneSet) {
  Server server(read_file(archive()));
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) children.push_back(start({"fetch", "small", "--url", server.url()}));
  for (const pid_t child : children) EXPECT_EQ(shop.finish(child).code, 0) << shop.said();
  EXPECT_TRUE(is_here());
  EXPECT_EQ(server.ranges.size(), 1u);
}

TEST_F(DataFetch, KeepsWhatLackedFilesUnderAnotherName) {
  fs::create_directories(shop.folder / "data/my-set");
  write_file(shop.folder / "data/my-set/mine.txt", "mine");
  const Outcome outcome = data({"fetch", "small", "--from", "set.tar.gz"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_TRUE(is_here());
  EXPECT_EQ(read_file(shop.folder / "data/my-set.incomplete1/mine.txt"), "mine");
}

TEST_F(DataFetch, RefusesMoreBytesThanWerePublished) {
  Server server(read_file(archive()));
  manifest(sha256_file(archive()), "", 20);
  const Outcome outcome = data({"fetch", "small", "--url", server.url()});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, HasSubstr("larger than 20 bytes"));
  EXPECT_TRUE(fs::is_empty(shop.folder / "data/downloads"));
}

TEST_F(DataFetch, TakesOnlyProtocolsThatShowWhoTheServerIs) {
  Server server(read_file(archive()));
  for (const std::string url :
       {"file://" + archive().string(), std::string("ftp://127.0.0.1/set.tar.gz"), std::string("-K")})
    EXPECT_THAT(data({"fetch", "small", "--url=" + url}).err, HasSubstr("only https:// and http://")) << url;
  manifest("");  // no digest
  EXPECT_THAT(data({"fetch", "small", "--url", server.url()}).err,
              HasSubstr("give an address that begins with https://"));
  EXPECT_TRUE(server.ranges.empty());
}

TEST_F(DataFetch, RefusesLinksDevicesAndPipes) {
  const std::string build = (shop.folder / "build").string();
  for (const char* make : {"ln -s /etc my-set/odd", "mkfifo my-set/odd", "ln my-set/train.bin my-set/odd"}) {
    ASSERT_EQ(std::system(
                  ("cd " + build + " && rm -f my-set/odd && " + make + " && tar -czf " + archive().string() + " my-set")
                      .c_str()),
              0);
    manifest(sha256_file(archive()));
    const Outcome outcome = data({"fetch", "small", "--from", "set.tar.gz"});
    EXPECT_EQ(outcome.code, 1) << make;
    EXPECT_THAT(outcome.err, AllOf(HasSubstr("nothing was unpacked"), HasSubstr("odd"))) << make;
    EXPECT_FALSE(fs::exists(shop.folder / "data/my-set"));
  }
}

TEST_F(DataFetch, FilesGetNoRightsFromTheArchive) {
  ASSERT_EQ(
      std::system(("cd " + (shop.folder / "build").string() +
                   " && chmod 6777 my-set/train.bin && chmod 1777 my-set && tar -czf " + archive().string() + " my-set")
                      .c_str()),
      0);
  manifest(sha256_file(archive()));
  EXPECT_EQ(data({"fetch", "small", "--from", "set.tar.gz"}).code, 0);
  using fs::perms;
  const perms special = perms::set_uid | perms::set_gid | perms::sticky_bit;
  for (const char* name : {"data/my-set/train.bin", "data/my-set"})
    EXPECT_EQ(fs::status(shop.folder / name).permissions() & special, perms::none) << name;
}

TEST_F(DataFetch, SaysWhatAFileIsThatIsNoArchive) {
  write_file(archive(), "<!DOCTYPE html><title>Sign in</title>");
  manifest("");
  const Outcome outcome = data({"fetch", "small", "--from", "set.tar.gz"});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_THAT(outcome.err, AllOf(HasSubstr("set.tar.gz"), HasSubstr("it is an HTML page")));
}

}  // namespace
}  // namespace retort
