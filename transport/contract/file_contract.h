#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "transport/files.h"

// The exact specification of files.h, for every FileSystem.
namespace tarsier::contract {

// A file system under test, made fresh for every test.
template <class W>
concept FileWorld = std::default_initializable<W> && requires(W world) {
  { world.files() } -> std::convertible_to<FileSystem&>;
  // An existing empty directory, without a slash at its end; the test leaves things there.
  { world.directory() } -> std::same_as<std::string>;
  // False for a superuser, whom no mode stops.
  { world.modes_bind() } -> std::same_as<bool>;
};

template <class W>
class FileContract : public ::testing::Test {
 protected:
  FileSystem& files() { return world.files(); }
  std::string at(std::string_view name) { return world.directory() + "/" + std::string(name); }

  Code write(std::string_view path, std::string_view text, OpenMode mode = OpenMode::create) {
    auto file = files().open(path, mode);
    if (!file) return file.code();
    EXPECT_TRUE((*file)->truncate(0).ok());
    return (*file)->write_at(0, as_bytes(text)).code();
  }
  // The content, or the name of the error in brackets.
  std::string content(std::string_view path) {
    auto bytes = read_file(files(), path, 1 << 20);
    return bytes.ok() ? std::string(bytes->text())
                      : "(" + std::string(code_name(bytes.code())) + ")";
  }
  std::string content(File& file, std::size_t most = 1000) {
    std::vector<std::byte> into(most);
    auto taken = file.read_at(0, into);
    return taken.ok() ? std::string(as_text(std::span(into).first(*taken))) : "(error)";
  }
  std::vector<std::string> names(std::string_view path) {
    auto listed = files().list(path);
    return listed.ok() ? *listed : std::vector<std::string>{"(error)"};
  }

  W world;
};
TYPED_TEST_SUITE_P(FileContract);

TYPED_TEST_P(FileContract, WhatIsWrittenIsRead) {
  const std::string path = this->at("a");
  EXPECT_EQ(this->write(path, "some words"), Code::ok);
  EXPECT_EQ(this->content(path), "some words");
  const auto info = this->files().info(path).value();
  EXPECT_EQ(info.bytes, 10u);
  EXPECT_FALSE(info.directory);
  EXPECT_FALSE(info.symlink);
  EXPECT_GT(info.modified_wall_ms, 0);
}

TYPED_TEST_P(FileContract, ModesOfOpening) {
  const std::string path = this->at("a");
  EXPECT_EQ(this->files().open(path, OpenMode::read).code(), Code::not_found);
  EXPECT_EQ(this->files().open(path, OpenMode::write_existing).code(), Code::not_found);
  EXPECT_EQ(this->files().open(path, OpenMode::create_new).code(), Code::ok);
  EXPECT_EQ(this->files().open(path, OpenMode::create_new).code(), Code::exists);
  EXPECT_EQ(this->write(path, "old"), Code::ok);
  EXPECT_EQ(this->files().open(path, OpenMode::create).code(), Code::ok);
  EXPECT_EQ(this->content(path), "old") << "opening does not truncate";
  EXPECT_EQ(this->files().open(path, OpenMode::write_existing).code(), Code::ok);
  auto reader = this->files().open(path, OpenMode::read).value();
  EXPECT_EQ(reader->write_at(0, as_bytes("new")).code(), Code::denied);
  EXPECT_EQ(reader->truncate(0).code(), Code::denied);
  EXPECT_EQ(this->content(path), "old");
}

TYPED_TEST_P(FileContract, ReadsStopAtTheEnd) {
  this->write(this->at("a"), "0123456789");
  auto file = this->files().open(this->at("a"), OpenMode::read).value();
  std::array<std::byte, 4> into;
  EXPECT_EQ(file->read_at(0, into).value(), 4u);
  EXPECT_EQ(file->read_at(8, into).value(), 2u);
  EXPECT_EQ(as_text(std::span<const std::byte>(into).first(2)), "89");
  EXPECT_EQ(file->read_at(10, into).value(), 0u);
  EXPECT_EQ(file->read_at(1'000'000, into).value(), 0u);
  EXPECT_EQ(file->size().value(), 10u);
}

TYPED_TEST_P(FileContract, WritingBeyondTheEndFillsWithZeros) {
  auto file = this->files().open(this->at("a"), OpenMode::create).value();
  EXPECT_TRUE(file->write_at(3, as_bytes("x")).ok());
  EXPECT_EQ(this->content(*file), std::string("\0\0\0x", 4));
  EXPECT_TRUE(file->write_at(1, as_bytes("yz")).ok());
  EXPECT_EQ(this->content(*file), std::string("\0yzx", 4));
  EXPECT_TRUE(file->truncate(2).ok());
  EXPECT_TRUE(file->truncate(4).ok());
  EXPECT_EQ(this->content(*file), std::string("\0y\0\0", 4));
  EXPECT_TRUE(file->sync().ok());
}

TYPED_TEST_P(FileContract, AMebibyteInOneCall) {
  std::string text(1 << 20, 'a');
  for (std::size_t i = 0; i < text.size(); i += 1000) text[i] = static_cast<char>('a' + i % 23);
  EXPECT_EQ(this->write(this->at("big"), text), Code::ok);
  EXPECT_TRUE(this->content(this->at("big")) == text);
}

TYPED_TEST_P(FileContract, TwoHandlesSeeOneFile) {
  auto one = this->files().open(this->at("a"), OpenMode::create).value();
  auto two = this->files().open(this->at("a"), OpenMode::read).value();
  EXPECT_TRUE(one->write_at(0, as_bytes("shared")).ok());
  EXPECT_EQ(this->content(*two), "shared");
}

TYPED_TEST_P(FileContract, ListsNamesInOrder) {
  for (const char* name : {"b", "c", "a", ".hidden"}) this->write(this->at(name), "");
  EXPECT_TRUE(this->files().make_directory(this->at("d")).ok());
  EXPECT_EQ(this->names(this->at("")), (std::vector<std::string>{".hidden", "a", "b", "c", "d"}));
  EXPECT_EQ(this->names(this->at("d")), std::vector<std::string>{});
  EXPECT_EQ(this->files().list(this->at("none")).code(), Code::not_found);
  EXPECT_EQ(this->files().list(this->at("a")).code(), Code::not_found);
}

TYPED_TEST_P(FileContract, MakesDirectoriesOneAtATime) {
  EXPECT_EQ(this->files().make_directory(this->at("x/y")).code(), Code::not_found);
  EXPECT_EQ(this->files().make_directory(this->at("x")).code(), Code::ok);
  EXPECT_EQ(this->files().make_directory(this->at("x")).code(), Code::exists);
  EXPECT_EQ(this->files().make_directory(this->at("x/y")).code(), Code::ok);
  EXPECT_TRUE(this->files().info(this->at("x/y")).value().directory);
  EXPECT_EQ(this->write(this->at("x/y/f"), "deep"), Code::ok);
  EXPECT_EQ(this->content(this->at("x/./y/../y/f")), "deep");
}

TYPED_TEST_P(FileContract, AFileIsNoDirectory) {
  this->write(this->at("f"), "");
  EXPECT_EQ(this->write(this->at("f/g"), ""), Code::not_found);
  EXPECT_EQ(this->files().info(this->at("f/g")).code(), Code::not_found);
  EXPECT_EQ(this->files().make_directory(this->at("f/g")).code(), Code::not_found);
  EXPECT_EQ(this->files().sync_directory(this->at("f")).code(), Code::not_found);
}

TYPED_TEST_P(FileContract, ADirectoryIsNoFile) {
  EXPECT_TRUE(this->files().make_directory(this->at("d")).ok());
  EXPECT_EQ(this->files().open(this->at("d"), OpenMode::create).code(), Code::denied);
  EXPECT_EQ(this->files().open(this->at("d"), OpenMode::write_existing).code(), Code::denied);
  EXPECT_FALSE(read_file(this->files(), this->at("d"), 100).ok());
}

TYPED_TEST_P(FileContract, RemovesFilesLinksAndEmptyDirectories) {
  this->write(this->at("f"), "");
  EXPECT_TRUE(this->files().make_directory(this->at("d")).ok());
  this->write(this->at("d/inner"), "");
  EXPECT_TRUE(this->files().link_symbolic("d", this->at("l")).ok());
  EXPECT_EQ(this->files().remove(this->at("none")).code(), Code::not_found);
  EXPECT_EQ(this->files().remove(this->at("f")).code(), Code::ok);
  EXPECT_EQ(this->files().remove(this->at("l")).code(), Code::ok);
  EXPECT_EQ(this->files().remove(this->at("d")).code(), Code::exists) << "it is not empty";
  EXPECT_EQ(this->files().remove(this->at("d/inner")).code(), Code::ok);
  EXPECT_EQ(this->files().remove(this->at("d")).code(), Code::ok);
  EXPECT_EQ(this->names(this->at("")), std::vector<std::string>{});
}

TYPED_TEST_P(FileContract, AnOpenFileOutlivesItsName) {
  this->write(this->at("a"), "still here");
  auto file = this->files().open(this->at("a"), OpenMode::write_existing).value();
  EXPECT_TRUE(this->files().remove(this->at("a")).ok());
  EXPECT_EQ(this->content(*file), "still here");
  EXPECT_TRUE(file->write_at(0, as_bytes("S")).ok());
  EXPECT_EQ(this->write(this->at("a"), "another file"), Code::ok);
  EXPECT_EQ(this->content(*file), "Still here");
}

TYPED_TEST_P(FileContract, RenameReplaces) {
  this->write(this->at("old"), "old");
  this->write(this->at("new"), "new");
  auto reader = this->files().open(this->at("old"), OpenMode::read).value();
  EXPECT_EQ(this->files().rename(this->at("new"), this->at("old")).code(), Code::ok);
  EXPECT_EQ(this->content(this->at("old")), "new");
  EXPECT_EQ(this->content(this->at("new")), "(not_found)");
  EXPECT_EQ(this->content(*reader), "old") << "who reads the old file goes on reading it";
  EXPECT_EQ(this->files().rename(this->at("none"), this->at("old")).code(), Code::not_found);
  EXPECT_EQ(this->files().rename(this->at("old"), this->at("old")).code(), Code::ok);
  EXPECT_EQ(this->content(this->at("old")), "new");
}

TYPED_TEST_P(FileContract, RenameMovesDirectories) {
  EXPECT_TRUE(this->files().make_directory(this->at("a")).ok());
  this->write(this->at("a/f"), "inside");
  EXPECT_TRUE(this->files().make_directory(this->at("b")).ok());
  EXPECT_EQ(this->files().rename(this->at("a"), this->at("b")).code(), Code::ok) << "b is empty";
  EXPECT_EQ(this->content(this->at("b/f")), "inside");
  EXPECT_TRUE(this->files().make_directory(this->at("c")).ok());
  EXPECT_EQ(this->files().rename(this->at("c"), this->at("b")).code(), Code::exists);
  EXPECT_EQ(this->files().rename(this->at("b"), this->at("b/under")).code(), Code::malformed);
  EXPECT_EQ(this->files().rename(this->at("b"), this->at("b")).code(), Code::ok) << "itself";
  EXPECT_EQ(this->files().rename(this->at("b/f"), this->at("b")).code(), Code::exists)
      << "a directory is not empty while what is renamed is in it";
  EXPECT_EQ(this->files().rename(this->at("b"), this->at("c/b")).code(), Code::ok);
  EXPECT_EQ(this->content(this->at("c/b/f")), "inside");
  EXPECT_EQ(this->content(this->at("c/b/../b/f")), "inside");
}

TYPED_TEST_P(FileContract, RenameDoesNotMixKinds) {
  this->write(this->at("f"), "file");
  EXPECT_TRUE(this->files().make_directory(this->at("d")).ok());
  EXPECT_EQ(this->files().rename(this->at("f"), this->at("d")).code(), Code::denied);
  EXPECT_EQ(this->files().rename(this->at("d"), this->at("f")).code(), Code::not_found);
  EXPECT_EQ(this->content(this->at("f")), "file");
  EXPECT_TRUE(this->files().info(this->at("d")).value().directory);
}

TYPED_TEST_P(FileContract, LinksAreFollowed) {
  EXPECT_TRUE(this->files().make_directory(this->at("v1")).ok());
  this->write(this->at("v1/f"), "one");
  EXPECT_EQ(this->files().link_symbolic("v1", this->at("current")).code(), Code::ok);
  EXPECT_EQ(this->files().link_symbolic("v1", this->at("current")).code(), Code::exists);
  EXPECT_EQ(this->content(this->at("current/f")), "one");
  EXPECT_EQ(this->names(this->at("current")), std::vector<std::string>{"f"});
  EXPECT_EQ(this->files().read_link(this->at("current")).value(), "v1");
  EXPECT_TRUE(this->files().info(this->at("current")).value().symlink) << "of the link itself";
  EXPECT_TRUE(this->files().link_symbolic(this->at("v1/f"), this->at("absolute")).ok());
  EXPECT_EQ(this->content(this->at("absolute")), "one");
  EXPECT_EQ(this->files().read_link(this->at("v1")).code(), Code::malformed);
  EXPECT_EQ(this->files().read_link(this->at("none")).code(), Code::not_found);
}

// The switch of a release: readers go through the old link or the new one.
TYPED_TEST_P(FileContract, RenameReplacesTheLinkNotItsTarget) {
  for (const char* version : {"v1", "v2"}) {
    EXPECT_TRUE(this->files().make_directory(this->at(version)).ok());
    this->write(this->at(std::string(version) + "/f"), version);
  }
  EXPECT_TRUE(this->files().link_symbolic("v1", this->at("current")).ok());
  EXPECT_TRUE(this->files().link_symbolic("v2", this->at("next")).ok());
  EXPECT_EQ(this->files().rename(this->at("next"), this->at("current")).code(), Code::ok);
  EXPECT_EQ(this->content(this->at("current/f")), "v2");
  EXPECT_EQ(this->content(this->at("v1/f")), "v1");
}

TYPED_TEST_P(FileContract, ALinkMayLeadNowhere) {
  EXPECT_TRUE(this->files().link_symbolic("target", this->at("l")).ok());
  EXPECT_EQ(this->content(this->at("l")), "(not_found)");
  EXPECT_TRUE(this->files().info(this->at("l")).ok());
  EXPECT_EQ(this->files().open(this->at("l"), OpenMode::create_new).code(), Code::exists);
  EXPECT_EQ(this->write(this->at("l"), "through the link"), Code::ok);
  EXPECT_EQ(this->content(this->at("target")), "through the link");
}

TYPED_TEST_P(FileContract, LinksInACircleAreALimit) {
  EXPECT_TRUE(this->files().link_symbolic("b", this->at("a")).ok());
  EXPECT_TRUE(this->files().link_symbolic("a", this->at("b")).ok());
  EXPECT_EQ(this->files().open(this->at("a"), OpenMode::read).code(), Code::limit);
  EXPECT_EQ(this->write(this->at("a/f"), ""), Code::limit);
}

TYPED_TEST_P(FileContract, ANameHasALimit) {
  EXPECT_EQ(this->write(this->at(std::string(255, 'n')), "long"), Code::ok);
  EXPECT_EQ(this->write(this->at(std::string(256, 'n')), "longer"), Code::limit);
}

TYPED_TEST_P(FileContract, AnEmptyPathIsNothing) {
  EXPECT_EQ(this->files().info("").code(), Code::not_found);
  EXPECT_EQ(this->files().open("", OpenMode::create).code(), Code::not_found);
  EXPECT_EQ(this->files().make_directory("").code(), Code::not_found);
}

TYPED_TEST_P(FileContract, SetsModes) {
  this->write(this->at("f"), "");
  EXPECT_EQ(this->files().set_mode(this->at("f"), 0640).code(), Code::ok);
  EXPECT_EQ(this->files().info(this->at("f")).value().mode, 0640u);
  EXPECT_TRUE(this->files().link_symbolic("f", this->at("l")).ok());
  EXPECT_EQ(this->files().set_mode(this->at("l"), 0755).code(), Code::ok);
  EXPECT_EQ(this->files().info(this->at("f")).value().mode, 0755u) << "through the link";
  EXPECT_EQ(this->files().set_mode(this->at("none"), 0600).code(), Code::not_found);
}

TYPED_TEST_P(FileContract, ModesStopAnOrdinaryUser) {
  if (!this->world.modes_bind()) GTEST_SKIP() << "nothing stops a superuser";
  this->write(this->at("f"), "secret");
  EXPECT_TRUE(this->files().set_mode(this->at("f"), 0).ok());
  EXPECT_EQ(this->content(this->at("f")), "(denied)");
  EXPECT_TRUE(this->files().set_mode(this->at("f"), 0400).ok());
  EXPECT_EQ(this->content(this->at("f")), "secret");
  EXPECT_EQ(this->write(this->at("f"), "x"), Code::denied);
  EXPECT_TRUE(this->files().make_directory(this->at("d")).ok());
  this->write(this->at("d/f"), "");
  EXPECT_TRUE(this->files().set_mode(this->at("d"), 0500).ok());
  EXPECT_EQ(this->write(this->at("d/g"), ""), Code::denied);
  EXPECT_EQ(this->files().remove(this->at("d/f")).code(), Code::denied);
  EXPECT_EQ(this->names(this->at("d")), std::vector<std::string>{"f"});
  EXPECT_TRUE(this->files().set_mode(this->at("d"), 0).ok());
  EXPECT_EQ(this->files().list(this->at("d")).code(), Code::denied);
  EXPECT_EQ(this->files().info(this->at("d/f")).code(), Code::denied);
  EXPECT_TRUE(this->files().set_mode(this->at("d"), 0755).ok());
}

TYPED_TEST_P(FileContract, SyncsDirectories) {
  EXPECT_EQ(this->files().sync_directory(this->world.directory()).code(), Code::ok);
  EXPECT_EQ(this->files().sync_directory(this->at("none")).code(), Code::not_found);
}

TYPED_TEST_P(FileContract, ReadsNoMoreThanAllowed) {
  this->write(this->at("f"), "12345");
  EXPECT_EQ(read_file(this->files(), this->at("f"), 5).value().text(), "12345");
  EXPECT_EQ(read_file(this->files(), this->at("f"), 4).code(), Code::limit);
  this->write(this->at("empty"), "");
  EXPECT_TRUE(read_file(this->files(), this->at("empty"), 0).value().empty());
}

TYPED_TEST_P(FileContract, WritesAtomically) {
  EXPECT_TRUE(write_file_atomically(this->files(), this->at("f"), as_bytes("first")).ok());
  EXPECT_TRUE(write_file_atomically(this->files(), this->at("f"), as_bytes("2nd")).ok());
  EXPECT_EQ(this->content(this->at("f")), "2nd");
  EXPECT_EQ(this->names(this->at("")), std::vector<std::string>{"f"}) << "nothing is left behind";
  EXPECT_EQ(write_file_atomically(this->files(), this->at("no/f"), as_bytes("x")).code(),
            Code::not_found);
}

REGISTER_TYPED_TEST_SUITE_P(FileContract, WhatIsWrittenIsRead, ModesOfOpening, ReadsStopAtTheEnd,
                            WritingBeyondTheEndFillsWithZeros, AMebibyteInOneCall,
                            TwoHandlesSeeOneFile, ListsNamesInOrder, MakesDirectoriesOneAtATime,
                            AFileIsNoDirectory, ADirectoryIsNoFile,
                            RemovesFilesLinksAndEmptyDirectories, AnOpenFileOutlivesItsName,
                            RenameReplaces, RenameMovesDirectories, RenameDoesNotMixKinds,
                            LinksAreFollowed, RenameReplacesTheLinkNotItsTarget,
                            ALinkMayLeadNowhere, LinksInACircleAreALimit, ANameHasALimit,
                            AnEmptyPathIsNothing, SetsModes, ModesStopAnOrdinaryUser,
                            SyncsDirectories, ReadsNoMoreThanAllowed, WritesAtomically);

}  // namespace tarsier::contract
