// Fetching data sets, from a server in this process and from files.
#include <gmock/gmock.h>
#include <httplib.h>

#include <thread>

#include "core/digest.h"
#include "engine/workshop.h"

namespace retort {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// Serves one archive, whole or the rest of it, and remembers what was asked for.
class Server {
 public:
  explicit Server(const std::string& bytes) {
    server_.Get("/set.tar.gz", [this, bytes](const httplib::Request& request, httplib::Response& response) {
      ranges.push_back(request.get_header_value("Range"));
      response.set_content(bytes, "application/gzip");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~Server() {
    server_.stop();
    thread_.join();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/set.tar.gz"; }
  std::vector<std::string> ranges;

 private:
  httplib::Server server_;
  int port_ = 0;
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

  void manifest(const std::string& sha256, const std::string& url = "") {
    const Json json = {{"retort_dataset", 1},
                       {"title", "A small set"},
                       {"folder", "my-set"},
                       {"source",
                        {{{"url", url},
                          {"page", "https://example.org/set"},
                          {"note", "needs an account"},
                          {"file", "set.tar.gz"},
                          {"sha256", sha256},
                          {"unpack", "tar.gz"},
                          {"files", {{"train.bin", sha256_file(shop.folder / "build/my-set/train.bin")}}}}}}};
    write_file(shop.folder / "datasets/small.json", json.dump());
  }

  Outcome data(std::vector<std::string> words) {
    words.insert(words.begin(), "data");
    return shop.retort(words, [this] {
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

}  // namespace
}  // namespace retort
