#include "server/server_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "protocol/config/settings_testing.h"
#include "protocol/config/stock_testing.h"

namespace tarsier {
namespace {

using config::texts_of;
using testing::ElementsAre;
using testing::IsEmpty;

const HostFacts facts{"hello", "10.0.0.9"};

Checked<ServerSettings> read(const std::string& text) {
  return server_settings(config::parsed(config::in_domains("/tars/application/server", text)),
                         facts);
}
std::vector<std::string> notes_of(const std::string& text) { return texts_of(read(text).notes); }

// A server with one adapter that says this too.
const std::string sound = "servant=Demo.Hello.Obj\nendpoint=tcp -h 10.0.0.7 -p 20001\n";
Checked<ServerSettings> with_adapter(const std::string& text) {
  return read("app=Demo\nserver=Hello\n<ObjAdapter>\n" + text + "\n</ObjAdapter>");
}
std::vector<std::string> adapter_notes(const std::string& text) {
  return texts_of(with_adapter(text).notes);
}

TEST(ServerSettings, TheStockTemplateMeansWhatItSaysAndNobodyObjects) {
  const auto checked = server_settings(config::parsed(std::string(config::stock_template)), facts);
  EXPECT_THAT(texts_of(checked.notes), IsEmpty());
  const ServerSettings& settings = checked.value;
  EXPECT_EQ(settings.app, "Demo");
  EXPECT_EQ(settings.server, "HelloServer");
  EXPECT_EQ(settings.node->servant, "tars.tarsnode.ServerObj");
  EXPECT_EQ(settings.node->endpoints.at(0).port, 19386);
  EXPECT_EQ(settings.admin->port, 31845);
  EXPECT_EQ(settings.log_path, "/usr/local/app/tars/app_log/");
  EXPECT_EQ(settings.log_bytes_max, 10u << 20);
  EXPECT_EQ(settings.config->servant, "tars.tarsconfig.ConfigObj");
  EXPECT_EQ(settings.net_threads, 1u);
  EXPECT_FALSE(settings.close_stdout);
  EXPECT_EQ(settings.drain_wait, std::chrono::milliseconds(2500));
  ASSERT_EQ(settings.adapters.size(), 2u) << "in their order, without the user's own domain";
  const AdapterSettings& hello = settings.adapters[0];
  EXPECT_EQ(hello.name, "Demo.HelloServer.HelloObjAdapter");
  EXPECT_EQ(hello.servant, "Demo.HelloServer.HelloObj");
  EXPECT_EQ(hello.endpoint.port, 20001);
  EXPECT_EQ(hello.endpoint.timeout_ms, 60000);
  EXPECT_EQ(hello.threads, 5u);
  EXPECT_EQ(hello.connections_max, 100'000u);
  EXPECT_EQ(hello.queue_max, 50'000u);
  EXPECT_EQ(hello.queue_wait_max, std::chrono::seconds(20));
  EXPECT_EQ(hello.protocol, "tars");
  EXPECT_THAT(hello.allow, IsEmpty());
  EXPECT_EQ(settings.adapters[1].protocol, "not_tars");
}

TEST(ServerSettings, AFileThatSaysNothingLeavesWhatTheStructSays) {
  for (const auto& checked : {server_settings(config::Config(), facts), read("")}) {
    EXPECT_THAT(texts_of(checked.notes), IsEmpty());
    const ServerSettings& read_ones = checked.value;
    const ServerSettings plain;
    EXPECT_EQ(read_ones.app, plain.app);
    EXPECT_EQ(read_ones.base_path, plain.base_path);
    EXPECT_EQ(read_ones.data_path, plain.data_path);
    EXPECT_EQ(read_ones.log_path, plain.log_path);
    EXPECT_EQ(read_ones.log_bytes_max, plain.log_bytes_max);
    EXPECT_EQ(read_ones.log_files, plain.log_files);
    EXPECT_EQ(read_ones.log_level, plain.log_level);
    EXPECT_EQ(read_ones.console_level, plain.console_level);
    EXPECT_EQ(read_ones.log_stat_report, plain.log_stat_report);
    EXPECT_EQ(read_ones.net_threads, plain.net_threads);
    EXPECT_EQ(read_ones.thread_model, plain.thread_model);
    EXPECT_EQ(read_ones.coroutine_memory_bytes, plain.coroutine_memory_bytes);
    EXPECT_EQ(read_ones.coroutine_stack_bytes, plain.coroutine_stack_bytes);
    EXPECT_EQ(read_ones.manual_listen, plain.manual_listen);
    EXPECT_EQ(read_ones.empty_connection_wait, plain.empty_connection_wait);
    EXPECT_EQ(read_ones.unsent_bytes_max, plain.unsent_bytes_max);
    EXPECT_EQ(read_ones.unsent_progress_bytes, plain.unsent_progress_bytes);
    EXPECT_EQ(read_ones.drain_wait, plain.drain_wait);
    EXPECT_EQ(read_ones.report_flow, plain.report_flow);
    EXPECT_EQ(read_ones.check_set, plain.check_set);
    EXPECT_EQ(read_ones.close_stdout, plain.close_stdout);
    EXPECT_EQ(read_ones.backup_type, plain.backup_type);
    EXPECT_EQ(read_ones.backup_flag, plain.backup_flag);
    EXPECT_EQ(read_ones.master_check_interval, plain.master_check_interval);
    EXPECT_EQ(read_ones.server, "hello");
    EXPECT_EQ(read_ones.local_ip, "10.0.0.9");
    EXPECT_EQ(read_ones.node_name, "10.0.0.9");
  }
  const AdapterSettings plain;
  const AdapterSettings adapter = with_adapter(sound).value.adapters.at(0);
  EXPECT_EQ(adapter.threads, plain.threads);
  EXPECT_EQ(adapter.connections_max, plain.connections_max);
  EXPECT_EQ(adapter.connections_per_ip_max, plain.connections_per_ip_max);
  EXPECT_EQ(adapter.deny_first, plain.deny_first);
  EXPECT_EQ(adapter.queue_max, plain.queue_max);
  EXPECT_EQ(adapter.queue_wait_max, plain.queue_wait_max);
  EXPECT_EQ(adapter.protocol, plain.protocol);
}

using Case = config::KeyCase<ServerSettings>;

const std::vector<Case> cases = {
    {"logsize",
     50 << 20,
     {{"1", 1}, {"10M", 10 << 20}, {"4G", std::int64_t{4} << 30}},
     {{"0", 1}, {"10m", 50 << 20}, {"-1", 50 << 20}, {"", 50 << 20}},
     [](const ServerSettings& s) { return s.log_bytes_max; }},
    {"lognum",
     10,
     {{"1", 1}, {"1000", 1000}},
     {{"0", 1}, {"1001", 1000}, {"x", 10}},
     [](const ServerSettings& s) { return s.log_files; }},
    {"logLevel",
     5,
     {{"NONE", 1}, {"ERROR", 2}, {"WARN", 3}, {"INFO", 4}, {"DEBUG", 5}, {"TARS", 6}, {"info", 4}},
     {{"INFOS", 5}, {"4", 5}, {"", 5}},
     [](const ServerSettings& s) { return static_cast<std::int64_t>(s.log_level); }},
    {"start_output",
     5,
     {{"ERROR", 2}},
     {{"x", 5}},
     [](const ServerSettings& s) { return static_cast<std::int64_t>(s.console_level); }},
    {"logstatreport",
     0,
     {{"1", 1}},
     {{"true", 0}},
     [](const ServerSettings& s) { return s.log_stat_report; }},
    {"netthread",
     -1,
     {{"1", 1}, {"15", 15}},
     {{"0", 1}, {"16", 15}, {"x", -1}},
     [](const ServerSettings& s) { return s.net_threads ? std::int64_t{*s.net_threads} : -1; }},
    {"opencoroutine",
     0,
     {{"0", 0}, {"1", 1}, {"2", 2}, {"3", 3}},
     {{"4", 0}, {"-1", 0}, {"x", 0}},
     [](const ServerSettings& s) { return static_cast<std::int64_t>(s.thread_model); }},
    {"coroutinememsize",
     1 << 30,
     {{"10G", std::int64_t{10} << 30}},
     {{"x", 1 << 30}},
     [](const ServerSettings& s) { return s.coroutine_memory_bytes; }},
    {"coroutinestack",
     128 << 10,
     {{"64K", 64 << 10}},
     {{"64k", 128 << 10}},
     [](const ServerSettings& s) { return s.coroutine_stack_bytes; }},
    {"manuallisten",
     0,
     {{"1", 1}},
     {{"yes", 0}},
     [](const ServerSettings& s) { return s.manual_listen; }},
    {"emptyconntimeout",
     0,
     {{"0", 0}, {"5000", 5000}},
     {{"4999", 5000}, {"10s", 5000}, {"x", 0}},
     [](const ServerSettings& s) { return to_ms(s.empty_connection_wait); }},
    {"backpacketlimit",
     8 << 20,
     {{"104857600", 104'857'600}, {"1", 1}},
     {{"0", 1}, {"100M", 100}, {"x", 8 << 20}},
     [](const ServerSettings& s) { return s.unsent_bytes_max; }},
    {"backpacketmin",
     1024,
     {{"0", 0}, {"4096", 4096}},
     {{"-1", 0}, {"x", 1024}},
     [](const ServerSettings& s) { return s.unsent_progress_bytes; }},
    {"deactivating-timeout",
     10'000,
     {{"3000", 2500}, {"0", 1500}, {"999999", 59'500}, {"4999", 3500}},
     {{"-1", 1500}, {"3s", 1500}, {"x", 10'000}},
     [](const ServerSettings& s) { return to_ms(s.drain_wait); }},
    {"reportflow",
     1,
     {{"0", 0}},
     {{"x", 0}},
     [](const ServerSettings& s) { return s.report_flow; }},
    {"checkset",
     1,
     {{"0", 0}, {"1", 1}},
     {{"true", 0}, {"", 1}},
     [](const ServerSettings& s) { return s.check_set; }},
    {"closecout",
     1,
     {{"0", 0}},
     {{"no", 0}},
     [](const ServerSettings& s) { return s.close_stdout; }},
    {"baktype",
     0,
     {{"1", 1}},
     {{"-1", 0}, {"x", 0}},
     [](const ServerSettings& s) { return s.backup_type; }},
    {"bakflag",
     0,
     {{"1", 1}},
     {{"-1", 0}, {"x", 0}},
     [](const ServerSettings& s) { return s.backup_flag; }},
    {"ms-check-timeout",
     5000,
     {{"5000", 5000}, {"9000", 9000}},
     {{"4999", 5000}, {"x", 5000}},
     [](const ServerSettings& s) { return to_ms(s.master_check_interval); }},
};

TEST(ServerSettings, EveryNumberHasItsDefaultAndItsBounds) { check_keys(cases, read); }

const std::vector<Case> adapter_cases = {
    {"threads",
     1,
     {{"1", 1}, {"1000", 1000}},
     {{"0", 1}, {"1001", 1000}, {"x", 1}},
     [](const ServerSettings& s) { return s.adapters.at(0).threads; }},
    {"maxconns",
     10'240,
     {{"1", 1}, {"128", 128}, {"4194303", 4'194'303}},
     {{"0", 10'240}, {"4194304", 4'194'303}, {"unlimited", 10'240}},
     [](const ServerSettings& s) { return s.adapters.at(0).connections_max; }},
    {"maxconns-per-ip",
     0,
     {{"0", 0}, {"100", 100}},
     {{"-1", 1}, {"x", 0}},
     [](const ServerSettings& s) { return s.adapters.at(0).connections_per_ip_max; }},
    {"queuecap",
     1024,
     {{"0", 0}, {"50000", 50'000}},
     {{"-1", 0}, {"50k", 50}, {"x", 1024}},
     [](const ServerSettings& s) { return s.adapters.at(0).queue_max; }},
    {"queuetimeout",
     10'000,
     {{"3000", 3000}, {"60000", 60'000}},
     {{"2999", 3000}, {"60s", 3000}, {"x", 10'000}},
     [](const ServerSettings& s) { return to_ms(s.adapters.at(0).queue_wait_max); }},
    {"order",
     0,
     {{"allow,deny", 0}, {"deny,allow", 1}, {"Deny,Allow", 1}},
     {},
     [](const ServerSettings& s) { return s.adapters.at(0).deny_first; }},
};

TEST(ServerSettings, EveryNumberOfAnAdapterHasItsDefaultAndItsBounds) {
  check_keys(adapter_cases, [](const std::string& text) { return with_adapter(sound + text); });
}

TEST(ServerSettings, EveryKeyIsTested) {
  std::set<std::string_view> tested = {"app",      "server",      "localip", "nodename", "basepath",
                                       "datapath", "logpath",     "local",   "node",     "log",
                                       "config",   "notify",      "ca",      "cert",     "key",
                                       "ciphers",  "verifyclient"};
  for (const Case& row : cases) tested.insert(row.key);
  for (const config::Key& key : server_keys()) {
    if (key.kind == config::Kind::known) continue;
    EXPECT_TRUE(tested.contains(key.name)) << key.name;
  }
  tested = {"servant",   "endpoint", "allow", "deny", "protocol", "accesskey",
            "secretkey", "ca",       "cert",  "key",  "ciphers",  "verifyclient"};
  for (const Case& row : adapter_cases) tested.insert(row.key);
  for (const config::Key& key : adapter_keys()) {
    if (key.kind == config::Kind::known) continue;
    EXPECT_TRUE(tested.contains(key.name)) << key.name;
  }
}

TEST(ServerSettings, TextsAreTakenAsTheyAre) {
  const ServerSettings settings =
      read(
          "localip=10.1.1.1\nbasepath=/base\ndatapath=\nlogpath=/log/\n"
          "local=tcp -h localip -p 1000 -t 3000\nlog=tars.tarslog.LogObj\n"
          "notify=tars.tarsnotify.NotifyObj\nca=ca.pem\ncert=c.pem\nkey=k.pem\nciphers=HIGH\n"
          "verifyclient=1")
          .value;
  EXPECT_EQ(settings.node_name, "10.1.1.1") << "where 'nodename' is absent";
  EXPECT_EQ(settings.base_path, "/base/");
  EXPECT_EQ(settings.data_path, "./");
  EXPECT_EQ(settings.log_path, "/log/");
  EXPECT_EQ(settings.admin->host, "10.1.1.1");
  EXPECT_EQ(settings.log->servant, "tars.tarslog.LogObj");
  EXPECT_EQ(settings.notify->servant, "tars.tarsnotify.NotifyObj");
  EXPECT_EQ(settings.tls, (TlsFiles{"ca.pem", "c.pem", "k.pem", "HIGH", true}));
  EXPECT_EQ(read("localip=10.1.1.1\nnodename=n7").value.node_name, "n7");
}

TEST(ServerSettings, OnlyMergedModelsRunServantsThatBlockOnTheLoops) {
  EXPECT_FALSE(runs_on_loops(ThreadModel::handlers));
  EXPECT_FALSE(runs_on_loops(ThreadModel::handler_coroutines));
  EXPECT_TRUE(runs_on_loops(ThreadModel::merged));
  EXPECT_TRUE(runs_on_loops(ThreadModel::merged_coroutines));
}

TEST(ServerSettings, TheDrainEndsBeforeTheNodeLosesPatience) {
  EXPECT_EQ(drain_within(std::chrono::seconds(3)), std::chrono::milliseconds(2500));
  EXPECT_EQ(drain_within(Duration::zero()), std::chrono::milliseconds(1500));
  EXPECT_EQ(drain_within(std::chrono::minutes(5)), std::chrono::milliseconds(59'500));
}

TEST(ServerSettings, AdaptersKeepTheirOrderAndTheirTexts) {
  const auto checked = read(
      "app=Demo\nserver=Hello\nlocalip=10.1.1.1\ncert=all.pem\nkey=all.key\n"
      "<Z>\nservant=Demo.Hello.Z\nendpoint=ssl -h localip -p 1 -t 60000\n"
      "allow=10.0.*.*; 10.1.0.1,\ndeny=10.0.0.13\nprotocol=http\n</Z>\n"
      "<A>\nservant=Demo.Hello.A\nendpoint=tcp -h /run/hello.sock -p 0 -e 1\naccesskey=a\n"
      "secretkey=s\ncert=own.pem\nkey=own.key\nca=own.ca\nverifyclient=1\nciphers=LOW\n</A>\n"
      "<M>\nservant=Demo.Hello.Z\nendpoint=udp -h * -p 1\n</M>");
  EXPECT_THAT(texts_of(checked.notes), IsEmpty());
  ASSERT_EQ(checked.value.adapters.size(), 3u);
  const AdapterSettings& z = checked.value.adapters[0];
  EXPECT_EQ(z.name, "Z");
  EXPECT_EQ(z.endpoint.host, "10.1.1.1");
  EXPECT_EQ(z.endpoint.type, EndpointType::ssl);
  EXPECT_THAT(z.allow, ElementsAre("10.0.*.*", "10.1.0.1"));
  EXPECT_THAT(z.deny, ElementsAre("10.0.0.13"));
  EXPECT_EQ(z.protocol, "http");
  EXPECT_EQ(z.tls.certificate, "all.pem") << "the server's, where the adapter has none";
  const AdapterSettings& a = checked.value.adapters[1];
  EXPECT_TRUE(a.endpoint.is_unix());
  EXPECT_EQ(a.access_key, "a");
  EXPECT_EQ(a.secret_key, "s");
  EXPECT_EQ(a.tls, (TlsFiles{"own.ca", "own.pem", "own.key", "LOW", true}));
  EXPECT_EQ(checked.value.adapters[2].endpoint.type, EndpointType::udp);
}

TEST(ServerSettings, KeepsTheAdaptersOfATemplateThatWasJoinedOverThem) {
  config::Config node = config::parsed(config::in_domains(
      "/tars/application/server",
      "app=Demo\nserver=Hello\n<ObjAdapter>\n" + sound + "threads=5\n</ObjAdapter>"));
  const config::Config profile = config::parsed(config::in_domains(
      "/tars/application/server", "<ObjAdapter>\nthreads=9\nlong=\n</ObjAdapter>"));
  ASSERT_TRUE(node.join(profile, config::Join::other_wins).ok());
  const auto checked = server_settings(node, facts);
  EXPECT_EQ(checked.value.adapters.at(0).threads, 9u);
  EXPECT_THAT(texts_of(checked.notes),
              ElementsAre("x.conf:6: warning: unknown key 'long', which is ignored"));
}

TEST(ServerSettings, DomainsWithoutServantAndEndpointBelongToTheUser) {
  const auto checked =
      read("<mine>\nthreads=many\nzebra=1\n<deeper>\nservant=x\n</deeper>\n</mine>");
  EXPECT_THAT(checked.value.adapters, IsEmpty());
  EXPECT_THAT(texts_of(checked.notes), IsEmpty());
}

struct Bad {
  std::string text;  // of the adapter
  std::string note;
};

TEST(ServerSettings, WhatKeepsAnAdapterFromStartingIsAnError) {
  const Bad catalogue[] = {
      {"endpoint=tcp -h 1.2.3.4 -p 1",
       "x.conf:6: error: servant: adapter 'ObjAdapter' has an endpoint and no servant: set servant "
       "= Demo.Hello.<object>, or give a domain of your own another key than 'endpoint'"},
      {"servant=Demo.Hello.Obj",
       "x.conf:6: error: endpoint: adapter 'ObjAdapter' says not where it listens: set endpoint = "
       "tcp -h <address> -p <port>"},
      {"servant=Demo.Hello.Obj\nendpoint=",
       "x.conf:8: error: endpoint=: adapter 'ObjAdapter' says not where it listens: set endpoint = "
       "tcp -h <address> -p <port>"},
      {"servant=Demo.Hello.Obj\nendpoint=10.0.0.7:20001",
       "x.conf:8: error: endpoint=10.0.0.7:20001: endpoint '10.0.0.7:20001', column 1: expected "
       "'tcp', 'udp' or 'ssl', found '10.0.0.7:20001'"},
      {"servant=Demo.Other.Obj\nendpoint=tcp -h 1.2.3.4 -p 1",
       "x.conf:7: error: servant=Demo.Other.Obj: a servant of this server is called "
       "Demo.Hello.<object>, after the keys 'app' and 'server'"},
      {"servant=Demo.Hello.\nendpoint=tcp -h 1.2.3.4 -p 1",
       "x.conf:7: error: servant=Demo.Hello.: a servant of this server is called "
       "Demo.Hello.<object>, after the keys 'app' and 'server'"},
      {"servant=Demo.Hello.My Obj\nendpoint=tcp -h 1.2.3.4 -p 1",
       "x.conf:7: error: servant=Demo.Hello.My Obj: object 'Demo.Hello.My Obj', column 14: a name "
       "has letters, digits, '.', '_' and '-'"},
      {"servant=Demo.Hello.Obj#1\nendpoint=tcp -h 1.2.3.4 -p 1",
       "x.conf:7: error: servant=Demo.Hello.Obj#1: a servant has no '#' and no '@'"},
      {"servant=Demo.Hello.Obj\nendpoint=ssl -h 1.2.3.4 -p 1",
       "x.conf:8: error: endpoint=ssl -h 1.2.3.4 -p 1: an ssl endpoint needs a certificate: set "
       "'cert' and 'key' here or in the domain of the server"},
      {"servant=Demo.Hello.Obj\nendpoint=tcp -h 1.2.3.4 -p 1 -e 1",
       "x.conf:8: error: endpoint=tcp -h 1.2.3.4 -p 1 -e 1: -e 1 asks for an authentication: set "
       "'accesskey' and 'secretkey'"},
      {sound + "order=deny,alow",
       "x.conf:9: error: order=deny,alow: expected allow,deny or deny,allow; did you mean "
       "'deny,allow'?"},
      {sound + "cert=a.pem",
       "x.conf:9: error: cert=a.pem: a certificate without its private key: set 'key' too"},
      {sound + "verifyclient=1",
       "x.conf:9: error: verifyclient=1: nothing to check the certificates of clients against: set "
       "'ca' too"},
  };
  for (const Bad& bad : catalogue) {
    const auto checked = with_adapter(bad.text);
    EXPECT_THAT(texts_of(checked.notes), ElementsAre(bad.note));
    EXPECT_FALSE(usable(checked.notes));
  }
}

TEST(ServerSettings, WhatIsOddAboutAnAdapterIsAWarning) {
  const Bad catalogue[] = {
      {sound + "thread=5",
       "x.conf:9: warning: unknown key 'thread', which is ignored; did you mean 'threads'?"},
      {sound + "allow=10.0.*",
       "x.conf:9: warning: allow=10.0.*: '10.0.*' fits no address: '*' stands for one part of "
       "four, as in '10.0.*.*'"},
      {sound + "accesskey=a\nsecretkey=s",
       "x.conf:9: warning: accesskey=a: nobody is asked for it: without -e 1 in a tcp or ssl "
       "endpoint everybody may call"},
  };
  for (const Bad& bad : catalogue) {
    const auto checked = with_adapter(bad.text);
    EXPECT_THAT(texts_of(checked.notes), ElementsAre(bad.note));
    EXPECT_TRUE(usable(checked.notes));
  }
  EXPECT_THAT(adapter_notes(sound + "allow=10.0.*.*,*;host*\ndeny=::1"), IsEmpty());
}

TEST(ServerSettings, WhatKeepsAServerFromStartingIsAnError) {
  EXPECT_THAT(notes_of("local=here"),
              ElementsAre("x.conf:4: error: local=here: endpoint 'here', column 1: expected 'tcp', "
                          "'udp' or 'ssl', found 'here'"));
  EXPECT_THAT(notes_of("node=a.b.c@nowhere"),
              ElementsAre("x.conf:4: error: node=a.b.c@nowhere: endpoint 'a.b.c@nowhere', column "
                          "7: expected 'tcp', 'udp' or 'ssl', found 'nowhere'"));
  EXPECT_THAT(notes_of("key=k.pem"),
              ElementsAre("x.conf:4: error: key=k.pem: a private key without its certificate: set "
                          "'cert' too"));
  const auto checked = server_settings(
      config::parsed(config::in_domains("/tars/application", "enableset=y\nsetdivision=*.a.b")),
      facts);
  EXPECT_THAT(texts_of(checked.notes),
              ElementsAre("x.conf:4: error: setdivision=*.a.b: '*.a.b' is no set: only the last "
                          "part, the group, may be '*'; without a set, write enableset = n"));
}

TEST(ServerSettings, NoTwoAdaptersListenAtOnePlace) {
  const auto second = [](const std::string& local, const std::string& endpoint) {
    return notes_of("app=Demo\nserver=Hello\nlocal=" + local + "\n<A>\n" + sound +
                    "</A>\n<B>\nservant=Demo.Hello.B\nendpoint=" + endpoint + "\n</B>");
  };
  EXPECT_THAT(second("", "tcp -h 10.0.0.7 -p 20001 -t 3000"),
              ElementsAre("x.conf:13: error: endpoint=tcp -h 10.0.0.7 -p 20001 -t 3000: 'A' "
                          "listens there already: give one another port"));
  EXPECT_THAT(second("tcp -h 127.0.0.1 -p 7", "tcp -h 127.0.0.1 -p 7"),
              ElementsAre("x.conf:13: error: endpoint=tcp -h 127.0.0.1 -p 7: 'local' listens there "
                          "already: give one another port"));
  for (const char* elsewhere : {"udp -h 10.0.0.7 -p 20001", "tcp -h 10.0.0.7 -p 20002"}) {
    EXPECT_THAT(second("", elsewhere), IsEmpty()) << elsewhere;
  }
  EXPECT_THAT(second("tcp -h 127.0.0.1 -p 0", "tcp -h 127.0.0.1 -p 0"), IsEmpty());
}

TEST(ServerSettings, KnowsWhatTheNodeReadsAndNothingElse) {
  EXPECT_THAT(notes_of("hearttimeout=1\njvmparams=-Xmx1g\nenv=A=B\nlogpath.win=C:\\\\log"),
              IsEmpty());
  EXPECT_THAT(notes_of("loglevel=INFO\nnode_name=x"),
              ElementsAre("x.conf:4: warning: unknown key 'loglevel', which is ignored; did you "
                          "mean 'logLevel'?",
                          "x.conf:5: warning: unknown key 'node_name', which is ignored; did you "
                          "mean 'nodename'?"));
}

RC_GTEST_PROP(ServerSettingsProperty, AreAlwaysInTheirBounds, ()) {
  const auto lines = [](std::span<const config::Key> keys) {
    std::string text;
    for (const config::Key& key : keys) {
      if (*rc::gen::inRange(0, 4) == 0) continue;
      text +=
          std::string(key.name) + " = " +
          *rc::gen::oneOf(rc::gen::map(rc::gen::arbitrary<int>(),
                                       [](int number) { return std::to_string(number); }),
                          rc::gen::element<std::string>("", "x", "3s", "10M", "Demo.Hello.Obj",
                                                        "tcp -h d -p 1", "${x}", "deny,allow")) +
          '\n';
    }
    return text;
  };
  const auto checked = read(lines(server_keys()) + "<A>\n" + lines(adapter_keys()) + "</A>");
  const ServerSettings& settings = checked.value;
  RC_ASSERT(!settings.net_threads || (*settings.net_threads >= 1 && *settings.net_threads <= 15));
  RC_ASSERT(settings.log_bytes_max >= 1 && settings.log_files >= 1);
  RC_ASSERT(settings.drain_wait > Duration::zero() &&
            settings.drain_wait < std::chrono::minutes(1));
  RC_ASSERT(settings.thread_model <= ThreadModel::merged_coroutines);
  for (const AdapterSettings& adapter : settings.adapters) {
    RC_ASSERT(adapter.threads >= 1 && adapter.threads <= 1000);
    RC_ASSERT(adapter.connections_max >= 1);
    RC_ASSERT(adapter.queue_wait_max >= std::chrono::seconds(3));
    if (usable(checked.notes)) RC_ASSERT(!adapter.endpoint.host.empty());
  }
}

}  // namespace
}  // namespace tarsier
