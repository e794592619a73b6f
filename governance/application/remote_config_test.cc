#include "governance/application/remote_config.h"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ConfigF_mock.h"
#include "governance/application/faulty_files_testing.h"
#include "governance/application/report_testing.h"

namespace tarsier::application {
namespace {

using std::chrono::seconds;
using testing::NiceMock;
using Api = ::tars::ConfigApi;

class RemoteConfigTest : public ReportTest {
 protected:
  RemoteConfigTest() {
    identity.set_division = "";
    options.base_path = "/tmp";
    proxy = serve<::tars::ConfigClient>("tars.tarsconfig.ConfigObj", servant);
    ON_CALL(servant, loadConfig)
        .WillByDefault([this](const std::string& app, const std::string& name,
                              const std::string& file,
                              ServerCall& call) -> Result<Api::loadConfigResult> {
          asked.push_back(app + "/" + name + "/" + file);
          EXPECT_EQ(call.context().find("node_name"), "node-1");
          if (error) return *error;
          Api::loadConfigResult result;
          result.ret = answer;
          result.config = content;
          return result;
        });
  }
  RemoteConfig& start() {
    config = std::make_unique<RemoteConfig>(world.env(), proxy, identity, options);
    config->observe([this](std::string_view message, bool succeeded) {
      notices.push_back((succeeded ? "+ " : "- ") + std::string(message));
    });
    return *config;
  }
  std::string copy(std::string_view path) { return content_of(world.files(), path); }

  RemoteConfigOptions options;
  NiceMock<::tars::MockConfigSyncServant> servant;
  ::tars::ConfigClient proxy;
  std::unique_ptr<RemoteConfig> config;
  std::vector<std::string> asked;
  std::vector<std::string> notices;
  std::string content = "<a>\n</a>\n";
  std::optional<Error> error;
  std::int32_t answer = 0;
};

TEST_F(RemoteConfigTest, AFileIsFetchedAndKept) {
  const auto loaded = finish(start().add_config("shop.conf"));
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded->path, "/tmp/shop.conf");
  EXPECT_TRUE(loaded->from_service);
  EXPECT_TRUE(loaded->changed);
  EXPECT_EQ(loaded->message, "[succ] get remote config:shop.conf");
  EXPECT_EQ(notices, (std::vector<std::string>{"+ [succ] get remote config:shop.conf"}));
  EXPECT_EQ(asked, (std::vector<std::string>{"App/Srv/shop.conf"}));
  EXPECT_EQ(copy("/tmp/shop.conf"), content);

  EXPECT_FALSE(finish(config->add_config("shop.conf"))->changed);
  EXPECT_EQ(copy("/tmp/shop.conf.1.bak"), "(none)");
  content = "new";
  EXPECT_TRUE(finish(config->add_config("shop.conf"))->changed);
  EXPECT_EQ(copy("/tmp/shop.conf.1.bak"), "<a>\n</a>\n");
}

TEST_F(RemoteConfigTest, FilesOfTheApplicationHaveNoServer) {
  ASSERT_TRUE(finish(start().add_app_config("shop.conf")).ok());
  EXPECT_EQ(asked, (std::vector<std::string>{"App//shop.conf"}));
}

TEST_F(RemoteConfigTest, WithASetItIsAskedByInfo) {
  identity.set_division = "shop.south.2";
  std::vector<std::string> infos;
  ON_CALL(servant, loadConfigByInfo)
      .WillByDefault([&](const ::tars::ConfigInfo& info, ServerCall&) {
        infos.push_back(info.appname + "/" + info.servername + "/" + info.filename + "/" +
                        info.setdivision + "/" + (info.bAppOnly ? "app" : "server"));
        Api::loadConfigByInfoResult result;
        result.config = "by info";
        return result;
      });
  ASSERT_TRUE(finish(start().add_config("a")).ok());
  ASSERT_TRUE(finish(config->add_app_config("b")).ok());
  EXPECT_EQ(infos,
            (std::vector<std::string>{"App/Srv/a/shop.south.2/server", "App//b/shop.south.2/app"}));
  EXPECT_EQ(copy("/tmp/b"), "by info");
}

TEST_F(RemoteConfigTest, AfterTwoAttemptsTheLocalCopyIsUsed) {
  ASSERT_TRUE(finish(start().add_config("shop.conf")).ok());
  asked.clear();
  notices.clear();
  for (const int failure : {429, 0}) {
    answer = failure;
    content = "";
    const auto loaded = finish(config->add_config("shop.conf"));
    ASSERT_TRUE(loaded.ok());
    EXPECT_FALSE(loaded->from_service);
    EXPECT_FALSE(loaded->changed);
  }
  EXPECT_EQ(asked.size(), 4u);
  EXPECT_EQ(notices[0],
            "- [fail] get remote config:shop.conf: application (19): the config service answered "
            "429; use the local config");
  EXPECT_NE(notices[1].find("no such file"), std::string::npos);
  EXPECT_EQ(copy("/tmp/shop.conf"), "<a>\n</a>\n");
}

TEST_F(RemoteConfigTest, TheSecondAttemptMaySucceed) {
  int attempts = 0;
  ON_CALL(servant, loadConfig).WillByDefault([&](auto&, auto&, auto&, ServerCall&) {
    Api::loadConfigResult result;
    result.ret = ++attempts == 1 ? -1 : 0;
    result.config = "second";
    return result;
  });
  EXPECT_TRUE(finish(start().add_config("shop.conf"))->from_service);
  EXPECT_EQ(copy("/tmp/shop.conf"), "second");
}

TEST_F(RemoteConfigTest, WithoutServiceAndCopyItFails) {
  stop_server();
  const auto loaded = finish(start().add_config("shop.conf"));
  EXPECT_EQ(loaded.code(), Code::not_found);
  EXPECT_NE(loaded.error().detail.find("there is no local config either"), std::string::npos);
  EXPECT_EQ(notices.size(), 1u);
  EXPECT_EQ(notices[0][0], '-');
  config = std::make_unique<RemoteConfig>(world.env(), std::nullopt, identity, options);
  EXPECT_NE(finish(config->add_config("x")).error().detail.find("no config service"),
            std::string::npos);
}

TEST_F(RemoteConfigTest, AFullDiskKeepsTheOldCopy) {
  ASSERT_TRUE(finish(start().add_config("shop.conf")).ok());
  world.files().set_capacity(world.files().used_bytes());
  content = "does not fit";
  const auto loaded = finish(config->add_config("shop.conf"));
  ASSERT_TRUE(loaded.ok());
  EXPECT_FALSE(loaded->from_service);
  EXPECT_NE(loaded->message.find("no_space"), std::string::npos);
  EXPECT_EQ(copy("/tmp/shop.conf"), "<a>\n</a>\n");
}

TEST_F(RemoteConfigTest, NamesThatWouldLeaveTheFolderAreRefused) {
  start();
  for (const char* name : {"", "../etc/passwd", "a/b", ".."}) {
    EXPECT_EQ(finish(config->add_config(name)).code(), Code::denied) << name;
  }
  EXPECT_TRUE(asked.empty());
  EXPECT_NE(notices[1].find("[fail] get remote config:../etc/passwd"), std::string::npos);
}

TEST_F(RemoteConfigTest, ManyAtOnceAreStoredOneAfterTheOther) {
  start();
  std::vector<Task<Result<LoadedConfig>>> loads;
  for (int i = 0; i < 70; ++i) {
    loads.push_back(config->add_config("c" + std::to_string(i % 3)));
    loads.back().start();
  }
  ASSERT_TRUE(world.run_until([&] {
    for (const auto& load : loads) {
      if (!load.done()) return false;
    }
    return true;
  }));
  int stored = 0;
  int refused = 0;
  for (auto& load : loads) {
    const auto loaded = load.take_result();
    stored += loaded.ok() && loaded->changed ? 1 : 0;
    refused += loaded.code() == Code::limit ? 1 : 0;
  }
  EXPECT_EQ(stored, 3);
  EXPECT_EQ(refused, 6);
  EXPECT_EQ(world.files().list("/tmp").value().size(), 3u);
}

}  // namespace
}  // namespace tarsier::application
