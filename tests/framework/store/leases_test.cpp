#include "store/leases.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <functional>
#include <thread>

#include "core/files.h"
#include "core/temporary_folder.h"
#include "store/file_lease.h"
#include "store/heartbeat.h"

namespace retort {
namespace {

namespace fs = std::filesystem;

const std::string kKey(64, '7'), kOther(64, 'f');

struct Place {
  TemporaryFolder folder;
  Store store = Store::open(folder / "s");
  Leases one{store}, two{store};
};

/// A process that does `what`, says so, and waits to be killed.
class Child {
 public:
  explicit Child(const std::function<bool()>& what) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    pid_ = fork();
    if (pid_ == 0) {
      const char result = what() ? 'y' : 'n';
      if (write(ends[1], &result, 1) != 1) _exit(1);
      pause();
      _exit(0);
    }
    char result = 0;
    EXPECT_EQ(read(ends[0], &result, 1), 1);
    EXPECT_EQ(result, 'y');
    close(ends[0]);
    close(ends[1]);
  }
  ~Child() { end(); }
  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = 0;
};

void send_descriptor(int socket, int descriptor) {
  char byte = 'l';
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &descriptor, sizeof(int));
  ASSERT_EQ(sendmsg(socket, &message, 0), 1);
}

int receive_descriptor(int socket) {
  char byte = 0;
  iovec data = {&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
  int descriptor = -1;
  std::memcpy(&descriptor, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
  return descriptor;
}

TEST(Leases, OneHolderAtATime) {
  Place place;
  auto held = place.one.try_take(kKey);
  ASSERT_TRUE(held);
  EXPECT_FALSE(place.two.try_take(kKey));
  EXPECT_FALSE(place.one.try_take(kKey)) << "nor the same process again";
  EXPECT_TRUE(place.two.try_take(kOther));
  EXPECT_TRUE(place.two.is_taken(kKey));
  held->release();
  EXPECT_FALSE(place.two.is_taken(kKey));
  EXPECT_TRUE(place.two.try_take(kKey));
}

TEST(Leases, AreGivenUpWithTheObject) {
  Place place;
  {
    auto held = place.one.try_take(kKey);
  }
  EXPECT_TRUE(place.two.try_take(kKey));
}

TEST(Leases, DieWithTheirProcess) {
  Place place;
  Child holder([&] {
    static auto held = Leases(place.store).try_take(kKey);
    return held.has_value();
  });
  EXPECT_FALSE(place.one.try_take(kKey));
  holder.end();
  EXPECT_TRUE(place.one.try_take(kKey));
}

TEST(Leases, HandedToAWorkerOutliveTheCoordinatorAndEndWithTheWorker) {
  Place place;
  int ends[2], ticket[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  ASSERT_EQ(pipe(ticket), 0);
  Child coordinator([&] {
    static auto held = Leases(place.store).try_take(kKey);
    const std::string text = held->ticket().dump() + "\n";
    if (write(ticket[1], text.data(), text.size()) < 0) return false;
    send_descriptor(ends[0], held->descriptor());
    return true;
  });
  char text[4096] = {};
  ASSERT_GT(read(ticket[0], text, sizeof text - 1), 0);
  Child worker([&] {
    static Lease held = Lease::received(Json::parse(text), receive_descriptor(ends[1]));
    return held.is_mine() && held.key() == kKey && held.fence() == 1 &&
           (fcntl(held.descriptor(), F_GETFD) & FD_CLOEXEC) != 0;
  });
  close(ends[0]);
  close(ends[1]);
  coordinator.end();
  EXPECT_FALSE(place.one.try_take(kKey)) << "the worker has it";
  worker.end();
  EXPECT_TRUE(place.one.try_take(kKey));
}

TEST(Leases, AreNotKeptByChildrenOfTheWorker) {
  Place place;
  int grandchild[2];
  ASSERT_EQ(pipe(grandchild), 0);
  Child worker([&] {
    static auto held = Leases(place.store).try_take(kKey);
    const pid_t pid = fork();
    if (pid == 0) {
      pause();
      _exit(0);
    }
    return write(grandchild[1], &pid, sizeof pid) == sizeof pid;
  });
  pid_t orphan = 0;
  ASSERT_EQ(read(grandchild[0], &orphan, sizeof orphan), static_cast<ssize_t>(sizeof orphan));
  EXPECT_TRUE(place.one.is_taken(kKey));
  worker.end();
  bool taken = false;  // the child gives it up as soon as it runs at all
  for (int i = 0; i < 1000 && !taken; ++i) {
    taken = place.one.try_take(kKey).has_value();
    if (!taken) std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  EXPECT_TRUE(taken);
  EXPECT_EQ(kill(orphan, 0), 0) << "it still runs";
  kill(orphan, SIGKILL);
}

TEST(Leases, AreGrantedWhereNothingCanBeWritten) {
  Place place;
  fs::remove_all(place.store.root() / "leases");
  EXPECT_TRUE(place.one.try_take(kKey));
  EXPECT_TRUE(place.two.try_take(kKey));
}

TEST(Leases, FencesGrowOverWhatAnEarlierOwnerLeft) {
  Place place;
  EXPECT_EQ(place.one.try_take(kKey)->fence(), 1u);
  EXPECT_EQ(place.one.try_take(kKey)->fence(), 1u) << "the first left nothing";
  write_file(place.store.checkpoint_folder(kKey, 1) / "step-1.save", "saved");
  EXPECT_EQ(place.one.try_take(kKey)->fence(), 2u);
  EXPECT_EQ(read_file(place.store.checkpoint_folder(kKey, 2) / "step-1.save"), "saved");
  EXPECT_FALSE(fs::exists(place.store.root() / "checkpoints" / kKey / "1")) << "the first can save no more";
  try {
    place.store.checkpoint_folder(kKey, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "result 777777777777: another process works on it since; this one, with fence 1, came back after "
                 "fence 2");
  }
}

/// What a store on a file system without locks uses.
struct ByFile : Place {
  ByFile() { fs::create_directory(store.root() / "leases" / "by_file"); }
};

TEST(FileLeases, OneHolderAtATime) {
  ByFile place;
  auto held = place.one.try_take(kKey);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->descriptor(), -1);
  EXPECT_FALSE(place.two.try_take(kKey));
  EXPECT_TRUE(place.two.is_taken(kKey));
  EXPECT_TRUE(place.two.try_take(kOther));
  held->release();
  EXPECT_TRUE(fs::is_empty(place.store.root() / "leases" / "by_file") ||
              !fs::exists(place.store.root() / "leases" / "by_file" / kKey));
  EXPECT_TRUE(place.two.try_take(kKey));
}

TEST(FileLeases, OfADeadProcessOfThisMachineAreTakenOverAtOnce) {
  ByFile place;
  Child holder([&] {
    static auto held = Leases(place.store).try_take(kKey);
    return held.has_value();
  });
  EXPECT_FALSE(place.one.try_take(kKey));
  holder.end();
  const auto mine = place.one.try_take(kKey);
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine->fence(), 2u);
}

TEST(FileLeases, PassToTheWorkerThatGotTheTicket) {
  ByFile place;
  int ticket[2];
  ASSERT_EQ(pipe(ticket), 0);
  Child coordinator([&] {
    static auto held = Leases(place.store).try_take(kKey);
    const std::string text = held->ticket().dump() + "\n";
    return write(ticket[1], text.data(), text.size()) > 0;
  });
  char text[4096] = {};
  ASSERT_GT(read(ticket[0], text, sizeof text - 1), 0);
  Child worker([&] {
    static Lease held = Lease::received(Json::parse(text), -1);
    return held.is_mine();
  });
  coordinator.end();
  EXPECT_FALSE(place.one.try_take(kKey)) << "the worker lives";
  worker.end();
  EXPECT_TRUE(place.one.try_take(kKey));
}

TEST(FileLeases, AHeartbeatThatStandsStillIsTakenOverAndTheOldOwnerKnows) {
  ByFile place;
  FileLeases files(place.store.root() / "leases" / "by_file", std::chrono::milliseconds(50));
  uint64_t first = 1, second = 1;
  auto old_owner = files.try_take(kKey, first);
  ASSERT_TRUE(old_owner);
  EXPECT_FALSE(files.try_take(kKey, second));
  std::this_thread::sleep_for(std::chrono::milliseconds(60));  // its beat is slower: as if it had been stopped
  auto new_owner = files.try_take(kKey, second);
  ASSERT_TRUE(new_owner);
  EXPECT_EQ(second, 2u);
  EXPECT_TRUE(new_owner->is_mine());
  EXPECT_FALSE(old_owner->is_mine());
  old_owner->release();
  EXPECT_TRUE(new_owner->is_mine()) << "what is no more its own it cannot release";
}

TEST(FileLeases, ABeatingOneIsNotTakenOver) {
  TemporaryFolder folder;
  FileLeases files(folder.path(), std::chrono::milliseconds(50));
  uint64_t fence = 1, other = 1;
  auto owner = files.try_take(kKey, fence);
  for (int i = 0; i < 5; ++i) {
    EXPECT_FALSE(files.try_take(kKey, other));
    Heartbeat::beat_all();
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
  }
}

TEST(Commit, OfAnOlderOwnerDoesNotReplaceANewerOnes) {
  Place place;
  const auto publish = [&](uint64_t fence, const std::string& node) {
    Record record;
    record.key = kKey;
    record.about = {{"fence", fence}, {"node", node}};
    return place.store.commit(record, /*sync=*/false);
  };
  EXPECT_TRUE(publish(2, "new"));
  EXPECT_FALSE(publish(1, "revived"));
  EXPECT_EQ(place.store.find(kKey)->about["node"], "new");
  EXPECT_TRUE(publish(2, "again"));
  EXPECT_TRUE(publish(3, "newest"));
  EXPECT_EQ(place.store.find(kKey)->about["node"], "newest");
}

}  // namespace
}  // namespace retort
