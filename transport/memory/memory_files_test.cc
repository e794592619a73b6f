#include "transport/memory/memory_files.h"

#include <array>
#include <string>

#include "transport/contract/file_contract.h"
#include "transport/memory/manual_loop.h"

namespace tarsier::contract {

class MemoryFileWorld {
 public:
  memory::MemoryFiles& files() { return files_; }
  std::string directory() const { return "/tmp"; }
  bool modes_bind() const { return true; }

 private:
  memory::ManualLoop clock_{1'700'000'000'000};
  memory::MemoryFiles files_{clock_};
};

static_assert(FileWorld<MemoryFileWorld>);
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, FileContract, MemoryFileWorld);

}  // namespace tarsier::contract

namespace tarsier::memory {
namespace {

class MemoryFilesTest : public ::testing::Test {
 protected:
  ManualLoop clock_{0};
  MemoryFiles files_{clock_};
};

TEST_F(MemoryFilesTest, RunsOutOfSpaceAndGetsItBack) {
  files_.set_capacity(10);
  auto file = files_.open("/a", OpenMode::create).value();
  EXPECT_TRUE(file->write_at(0, as_bytes("12345678")).ok());
  EXPECT_EQ(file->write_at(8, as_bytes("abc")).code(), Code::no_space);
  EXPECT_TRUE(file->write_at(8, as_bytes("ab")).ok());
  EXPECT_EQ(files_.used_bytes(), 10u);
  EXPECT_TRUE(files_.remove("/a").ok());
  EXPECT_EQ(files_.used_bytes(), 10u) << "the open file still holds it";
  file.reset();
  EXPECT_EQ(files_.used_bytes(), 0u);
}

TEST_F(MemoryFilesTest, AnAtomicWriteWithoutSpaceLeavesTheOldContent) {
  ASSERT_TRUE(write_file_atomically(files_, "/a", as_bytes("old")).ok());
  files_.set_capacity(5);
  EXPECT_EQ(write_file_atomically(files_, "/a", as_bytes("longer")).code(), Code::no_space);
  EXPECT_EQ(read_file(files_, "/a", 100).value().text(), "old");
  EXPECT_EQ(files_.list("/").value(), (std::vector<std::string>{"a", "tmp"}));
}

TEST_F(MemoryFilesTest, AnAtomicWriteThatCannotSyncSaysSo) {
  ASSERT_TRUE(write_file_atomically(files_, "a", as_bytes("old")).ok());
  files_.fail_syncs(true);
  EXPECT_EQ(write_file_atomically(files_, "a", as_bytes("new")).code(), Code::io);
  EXPECT_EQ(files_.sync_directory("/").code(), Code::io);
  EXPECT_EQ(read_file(files_, "/a", 100).value().text(), "old");
  EXPECT_EQ(files_.info("/a.tmp").code(), Code::not_found);
}

TEST_F(MemoryFilesTest, AnAtomicWriteOverADirectoryLeavesNothingBehind) {
  ASSERT_TRUE(files_.make_directory("/d").ok());
  EXPECT_EQ(write_file_atomically(files_, "/d", as_bytes("x")).code(), Code::denied);
  EXPECT_EQ(files_.list("/").value(), (std::vector<std::string>{"d", "tmp"}));
}

TEST_F(MemoryFilesTest, AnAtomicWriteForgetsWhatACrashLeft) {
  auto left = files_.open("/a.tmp", OpenMode::create).value();
  ASSERT_TRUE(left->write_at(0, as_bytes("half of something long")).ok());
  left.reset();
  ASSERT_TRUE(write_file_atomically(files_, "/a", as_bytes("new")).ok());
  EXPECT_EQ(read_file(files_, "/a", 100).value().text(), "new");
}

TEST_F(MemoryFilesTest, RelativePathsStartAtTheRoot) {
  ASSERT_TRUE(write_file_atomically(files_, "tmp/x", as_bytes("here")).ok());
  EXPECT_EQ(read_file(files_, "/../tmp/./x", 100).value().text(), "here");
  EXPECT_EQ(files_.remove("/").code(), Code::denied);
  EXPECT_EQ(files_.rename("/", "/tmp/root").code(), Code::denied);
}

TEST_F(MemoryFilesTest, ChangesMoveTheTime) {
  ASSERT_TRUE(write_file_atomically(files_, "/a", as_bytes("x")).ok());
  clock_.advance(std::chrono::seconds(5));
  ASSERT_TRUE(write_file_atomically(files_, "/a", as_bytes("y")).ok());
  EXPECT_EQ(files_.info("/a").value().modified_wall_ms, 5000);
}

TEST_F(MemoryFilesTest, ASocketFileIsNoFile) {
  ASSERT_TRUE(files_.make_socket("/s", 42).ok());
  EXPECT_EQ(files_.socket_at("/s"), 42u);
  EXPECT_EQ(files_.open("/s", OpenMode::read).code(), Code::denied);
  EXPECT_TRUE(files_.rename("/s", "/t").ok());
  EXPECT_EQ(files_.socket_at("/s"), 0u);
  EXPECT_EQ(files_.socket_at("/t"), 42u);
}

TEST(MemoryFilesDeathTest, AnOpenFileMayNotOutliveItsFileSystem) {
  EXPECT_DEATH(
      {
        std::unique_ptr<File> file;
        ManualLoop clock(0);
        MemoryFiles files(clock);
        file = files.open("/a", OpenMode::create).value();
      },
      "destroyed before");
}

}  // namespace
}  // namespace tarsier::memory
