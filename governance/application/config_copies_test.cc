#include "governance/application/config_copies.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

#include "governance/application/faulty_files_testing.h"
#include "transport/memory/manual_loop.h"
#include "transport/memory/memory_files.h"

namespace tarsier::application {
namespace {

TEST(ConfigCopies, KeepsFiveVersionsBeforeThePresentOne) {
  memory::ManualLoop loop(0);
  memory::MemoryFiles files(loop);
  ConfigCopies copies(files, "/tmp");
  EXPECT_FALSE(copies.has("a.conf"));
  for (int version = 1; version <= 8; ++version) {
    const std::string content = "version " + std::to_string(version);
    EXPECT_TRUE(copies.store("a.conf", content, version).value());
    EXPECT_FALSE(copies.store("a.conf", content, version).value()) << "the same again";
  }
  EXPECT_TRUE(copies.has("a.conf"));
  EXPECT_EQ(content_of(files, "/tmp/a.conf"), "version 8");
  for (int back = 1; back <= 5; ++back) {
    EXPECT_EQ(content_of(files, "/tmp/a.conf." + std::to_string(back) + ".bak"),
              "version " + std::to_string(8 - back));
  }
  EXPECT_EQ(files.list("/tmp").value().size(), 6u) << "and nothing else";
}

TEST(ConfigCopies, PathsHaveOneSlash) {
  memory::ManualLoop loop(0);
  memory::MemoryFiles files(loop);
  EXPECT_EQ(ConfigCopies(files, "/base/").path("f"), "/base/f");
  EXPECT_EQ(ConfigCopies(files, "/base").path("f"), "/base/f");
  EXPECT_EQ(ConfigCopies(files, "").path("f"), "./f");
}

// Whatever fails, the file is the last version that was stored or the one that was to be; and when
// the disk is well again, storing works.
RC_GTEST_PROP(ConfigCopies, TheFileIsAlwaysOneWholeVersion, ()) {
  memory::ManualLoop loop(0);
  memory::MemoryFiles disk(loop);
  FaultyFiles files(disk);
  ConfigCopies copies(files, "/tmp");
  std::string present = "(none)";
  const auto steps = *rc::gen::inRange(1, 12);
  for (int step = 0; step < steps; ++step) {
    const std::string next(*rc::gen::inRange<std::size_t>(1, 40), static_cast<char>('a' + step));
    files.opens_fail = *rc::gen::inRange(0, 6) == 0;
    files.renames_fail = *rc::gen::inRange(0, 6) == 0;
    files.write_breaks_after =
        *rc::gen::inRange(0, 4) == 0 ? *rc::gen::inRange<std::size_t>(0, 40) : SIZE_MAX;
    disk.fail_syncs(*rc::gen::inRange(0, 6) == 0);
    const auto stored = copies.store("c", next, step);
    const std::string found = content_of(disk, "/tmp/c");
    RC_ASSERT(found == present || found == next);
    if (stored) RC_ASSERT(found == next);
    present = found;
  }
  files.opens_fail = files.renames_fail = false;
  files.write_breaks_after = SIZE_MAX;
  disk.fail_syncs(false);
  RC_ASSERT(copies.store("c", "the last", 99).ok());
  RC_ASSERT(content_of(disk, "/tmp/c") == "the last");
}

}  // namespace
}  // namespace tarsier::application
