#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "client/client_settings.h"
#include "protocol/config/stock_testing.h"
#include "server/server_settings.h"

// What docs/configuration.md says is what the tables say. `--update` writes them anew.
namespace tarsier {
namespace {

bool update = false;
const std::string page = TARSIER_DOCS "/configuration.md";

const std::string testdata = TARSIER_TESTDATA "/";

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

struct Table {
  const char* name;
  std::span<const config::Key> keys;
};

TEST(Configuration, ThePageHasTheTables) {
  std::string text = text_of(page);
  for (const Table& table :
       {Table{"application", config::application_keys()}, Table{"client", client_keys()},
        Table{"client-object", client_object_keys()}, Table{"server", server_keys()},
        Table{"adapter", adapter_keys()}}) {
    const std::string name = table.name;
    const std::string begin = "<!-- keys: " + name + " -->\n";
    const std::string end = "<!-- end: " + name + " -->\n";
    const std::size_t at = text.find(begin);
    const std::size_t stop = text.find(end);
    ASSERT_TRUE(at != text.npos && stop != text.npos && at < stop) << name;
    const std::size_t first = at + begin.size();
    const std::string wanted = config::markdown_table(table.keys);
    if (update) {
      text.replace(first, stop - first, wanted);
      continue;
    }
    EXPECT_EQ(text.substr(first, stop - first), wanted)
        << name << ": run with --update and read the diff";
  }
  if (update) std::ofstream(page, std::ios::binary) << text;
}

// The text that --check-config prints for a file.
std::string check(std::string_view text, const HostFacts& facts) {
  const auto config = config::Config::parse(text, "hello.conf");
  if (!config) return config.error().detail + '\n';
  const auto client = client_settings(*config, facts);
  const auto server = server_settings(*config, facts);
  std::vector<ConfigNote> notes = client.notes;
  notes.insert(notes.end(), server.notes.begin(), server.notes.end());
  return render_notes("hello.conf", notes);
}

TEST(Configuration, AFileIsCheckedAsAWhole) {
  EXPECT_EQ(check(config::stock_template, HostFacts()), "hello.conf: 0 errors, 0 warnings\n");
  EXPECT_EQ(
      check("<tars>\n<client>\n</tars>", HostFacts()),
      "hello.conf:3:1: '</tars>' comes before '</client>': domain 'client' of line 2 is still "
      "open\n");
  EXPECT_EQ(check(text_of(testdata + "mistakes.conf"), HostFacts()),
            text_of(testdata + "mistakes.txt"));
}

}  // namespace
}  // namespace tarsier

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--update") tarsier::update = true;
  }
  return RUN_ALL_TESTS();
}
