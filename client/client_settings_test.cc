#include "client/client_settings.h"

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

Checked<ClientSettings> read(const std::string& text) {
  return client_settings(config::parsed(config::in_domains("/tars/application/client", text)),
                         facts);
}
std::vector<std::string> notes_of(const std::string& text) { return texts_of(read(text).notes); }

TEST(ClientSettings, TheStockTemplateMeansWhatItSaysAndNobodyObjects) {
  const auto checked = client_settings(config::parsed(std::string(config::stock_template)), facts);
  EXPECT_THAT(texts_of(checked.notes), IsEmpty());
  const ClientSettings& settings = checked.value;
  ASSERT_TRUE(settings.locator.has_value());
  EXPECT_EQ(settings.locator->servant, "tars.tarsregistry.QueryObj");
  ASSERT_EQ(settings.locator->endpoints.size(), 2u);
  EXPECT_EQ(settings.locator->endpoints[1].host, "10.0.0.2");
  EXPECT_EQ(settings.refresh_interval, std::chrono::seconds(60));
  EXPECT_EQ(settings.stat->servant, "tars.tarsstat.StatObj");
  EXPECT_EQ(settings.property->servant, "tars.tarsproperty.PropertyObj");
  EXPECT_EQ(settings.module_name, "Demo.HelloServer");
  EXPECT_EQ(settings.local_ip, "10.0.0.9");
  EXPECT_EQ(settings.set_division, "");
  EXPECT_EQ(settings.net_threads, std::nullopt);
  EXPECT_THAT(settings.objects, IsEmpty());
}

// What is written in the header, in the table and in the spec is one thing.
TEST(ClientSettings, AFileThatSaysNothingLeavesWhatTheStructSays) {
  for (const auto& checked : {client_settings(config::Config(), facts), read("")}) {
    EXPECT_THAT(texts_of(checked.notes), IsEmpty());
    const ClientSettings& read_ones = checked.value;
    const ClientSettings plain;
    EXPECT_EQ(read_ones.refresh_interval, plain.refresh_interval);
    EXPECT_EQ(read_ones.report_bytes_max, plain.report_bytes_max);
    EXPECT_EQ(read_ones.sync_timeout, plain.sync_timeout);
    EXPECT_EQ(read_ones.async_timeout, plain.async_timeout);
    EXPECT_EQ(read_ones.connect_timeout, plain.connect_timeout);
    EXPECT_EQ(read_ones.min_timeout, plain.min_timeout);
    EXPECT_EQ(read_ones.report_interval, plain.report_interval);
    EXPECT_EQ(read_ones.report_timeout, plain.report_timeout);
    EXPECT_EQ(read_ones.callback_threads, plain.callback_threads);
    EXPECT_EQ(read_ones.callback_queue_max, plain.callback_queue_max);
    EXPECT_EQ(read_ones.callbacks_on_loop, plain.callbacks_on_loop);
    EXPECT_EQ(read_ones.send_queue_max, plain.send_queue_max);
    EXPECT_EQ(read_ones.timeout_check_interval, plain.timeout_check_interval);
    EXPECT_EQ(read_ones.keep_alive_interval, plain.keep_alive_interval);
    EXPECT_EQ(read_ones.log_timeouts, plain.log_timeouts);
    EXPECT_EQ(read_ones.trace_parameter_bytes_max, plain.trace_parameter_bytes_max);
    EXPECT_EQ(read_ones.handles_signals, plain.handles_signals);
    EXPECT_EQ(read_ones.net_threads, plain.net_threads);
    EXPECT_EQ(read_ones.locator.has_value(), false);
    EXPECT_EQ(read_ones.module_name, "hello");
    EXPECT_EQ(read_ones.local_ip, "10.0.0.9");
  }
}

using Case = config::KeyCase<ClientSettings>;

const std::vector<Case> cases = {
    {"sync-invoke-timeout",
     3000,
     {{"10", 10}, {"3600000", 3'600'000}},
     {{"9", 10}, {"-1", 10}, {"3600001", 3'600'000}, {"3s", 10}, {"soon", 3000}, {"", 3000}},
     [](const ClientSettings& s) { return to_ms(s.sync_timeout); }},
    {"async-invoke-timeout",
     5000,
     {{"10", 10}, {"60000", 60'000}},
     {{"0", 10}, {"9999999999999", 3'600'000}, {"60 s", 60}, {"x", 5000}},
     [](const ClientSettings& s) { return to_ms(s.async_timeout); }},
    {"connect-timeout",
     1500,
     {{"100", 100}, {"20000", 20'000}},
     {{"99", 100}, {"1.5s", 100}, {"x", 1500}},
     [](const ClientSettings& s) { return to_ms(s.connect_timeout); }},
    {"min-timeout",
     10,
     {{"1", 1}, {"500", 500}},
     {{"0", 1}, {"-5", 1}, {"x", 10}},
     [](const ClientSettings& s) { return to_ms(s.min_timeout); }},
    {"refresh-endpoint-interval",
     60'000,
     {{"5000", 5000}, {"86400000", 86'400'000}},
     {{"4999", 5000}, {"60*1000", 5000}, {"x", 60'000}},
     [](const ClientSettings& s) { return to_ms(s.refresh_interval); }},
    {"report-interval",
     60'000,
     {{"10000", 10'000}},
     {{"9999", 10'000}, {"x", 60'000}},
     [](const ClientSettings& s) { return to_ms(s.report_interval); }},
    {"report-timeout",
     5000,
     {{"5000", 5000}, {"9000", 9000}},
     {{"4999", 5000}, {"x", 5000}},
     [](const ClientSettings& s) { return to_ms(s.report_timeout); }},
    {"max-report-size",
     1400,
     {{"500", 500}, {"1400", 1400}},
     {{"499", 1400}, {"1401", 1400}, {"x", 1400}},
     [](const ClientSettings& s) { return s.report_bytes_max; }},
    {"netthread",
     -1,
     {{"1", 1}, {"2048", 2048}},
     {{"0", 1}, {"2049", 2048}, {"4 of them", 4}, {"x", -1}},
     [](const ClientSettings& s) { return s.net_threads ? std::int64_t{*s.net_threads} : -1; }},
    {"asyncthread",
     3,
     {{"1", 1}, {"1024", 1024}},
     {{"0", 3}, {"1025", 1024}, {"x", 3}},
     [](const ClientSettings& s) { return s.callback_threads; }},
    {"asyncqueuecap",
     100'000,
     {{"10000", 10'000}, {"1000000", 1'000'000}},
     {{"9999", 10'000}, {"200k", 10'000}, {"x", 100'000}},
     [](const ClientSettings& s) { return s.callback_queue_max; }},
    {"mergenetasync",
     0,
     {{"1", 1}, {"0", 0}},
     {{"true", 0}, {"2", 1}, {"", 0}},
     [](const ClientSettings& s) { return s.callbacks_on_loop; }},
    {"sendqueuelimit",
     100'000,
     {{"1000", 1000}},
     {{"999", 1000}, {"x", 100'000}},
     [](const ClientSettings& s) { return s.send_queue_max; }},
    {"nosendqueuelimit",
     100'000,
     {{"1000", 1000}},
     {{"999", 1000}, {"x", 100'000}},
     [](const ClientSettings& s) { return s.send_queue_max; }},
    {"timeoutcheckinterval",
     100,
     {{"1", 1}, {"1000", 1000}},
     {{"0", 5}, {"-1", 5}, {"x", 100}},
     [](const ClientSettings& s) { return to_ms(s.timeout_check_interval); }},
    {"keep-alive-interval",
     0,
     {{"0", 0}, {"5000", 5000}, {"7500", 7000}},
     {{"999", 0}, {"1000", 5000}, {"4999", 5000}, {"x", 0}},
     [](const ClientSettings& s) { return to_ms(s.keep_alive_interval); }},
    {"timeout-log-flag",
     1,
     {{"1", 1}, {"0", 0}},
     {{"false", 0}, {"", 1}},
     [](const ClientSettings& s) { return s.log_timeouts; }},
    {"trace_param_max_len",
     1024,
     {{"0", 0}, {"10239", 10'239 * 1024}},
     {{"10240", 1024}, {"-1", 1024}, {"x", 1024}},
     [](const ClientSettings& s) { return s.trace_parameter_bytes_max; }},
    {"lb",
     static_cast<std::int64_t>(balance::Policy::round_robin),
     {{"p2c", static_cast<std::int64_t>(balance::Policy::p2c)},
      {"Mod-Hash", static_cast<std::int64_t>(balance::Policy::mod_hash)},
      {"consistent-hash", static_cast<std::int64_t>(balance::Policy::consistent_hash)},
      {"static-weight", static_cast<std::int64_t>(balance::Policy::static_weight)}},
     {{"random", static_cast<std::int64_t>(balance::Policy::round_robin)}},
     [](const ClientSettings& s) { return static_cast<std::int64_t>(s.policy); }},
    {"ignore-signal",
     1,
     {{"true", 0}, {"false", 1}, {"True", 0}},
     {{"1", 1}, {"", 1}},
     [](const ClientSettings& s) { return s.handles_signals; }},
};

TEST(ClientSettings, EveryNumberHasItsDefaultAndItsBounds) { check_keys(cases, read); }

// Whoever adds a key to the table adds it to a test.
TEST(ClientSettings, EveryKeyIsTested) {
  std::set<std::string_view> tested = {"locator", "stat",      "property",    "modulename",
                                       "localip", "enableset", "setdivision", "ca",
                                       "cert",    "key",       "ciphers"};
  for (const Case& row : cases) tested.insert(row.key);
  for (const config::Key& key : client_keys()) {
    if (key.kind == config::Kind::known) continue;
    EXPECT_TRUE(tested.contains(key.name)) << key.name;
  }
}

TEST(ClientSettings, SaysWhatWasProbablyMeant) {
  EXPECT_THAT(notes_of("sync-invoke-timeout = 3s"),
              ElementsAre("x.conf:4: warning: sync-invoke-timeout=3s: expected a number of "
                          "milliseconds; 10 is used (TARS reads 3; accepted are 10 to 3600000); "
                          "did you mean 3000?"));
  EXPECT_THAT(notes_of("refresh-endpoint-interval = 60*1000"),
              ElementsAre("x.conf:4: warning: refresh-endpoint-interval=60*1000: expected a number "
                          "of milliseconds; 5000 is used (TARS reads 60; accepted are at least "
                          "5000); did you mean 60000?"));
  EXPECT_THAT(notes_of("sync-invok-timeout = 3000\nzebra = 1\nsample_rate = 1"),
              ElementsAre("x.conf:4: warning: unknown key 'sync-invok-timeout', which is ignored; "
                          "did you mean 'sync-invoke-timeout'?",
                          "x.conf:5: warning: unknown key 'zebra', which is ignored",
                          "x.conf:6: warning: unknown key 'sample_rate', which is ignored; did you "
                          "mean 'sample-rate'?"));
}

TEST(ClientSettings, TheLeastTimeoutHoldsForBothKindsOfCalls) {
  const auto checked = read("min-timeout = 4000\nsync-invoke-timeout = 3999");
  EXPECT_EQ(checked.value.sync_timeout, std::chrono::seconds(4));
  EXPECT_EQ(checked.value.async_timeout, std::chrono::seconds(5));
  EXPECT_THAT(texts_of(checked.notes),
              ElementsAre("x.conf:5: warning: sync-invoke-timeout=3999: accepted are 4000 to "
                          "3600000; 4000 is used"));
  EXPECT_EQ(read("min-timeout = 6000").value.async_timeout, std::chrono::seconds(6));
}

TEST(ClientSettings, TheOtherNameOfTheSendQueueComesSecond) {
  EXPECT_EQ(read("nosendqueuelimit=2000\nsendqueuelimit=3000").value.send_queue_max, 3000u);
}

TEST(ClientSettings, ALocatorSaysWhereTheRegistryIs) {
  const auto locator = [](const std::string& value) { return notes_of("locator = " + value); };
  EXPECT_THAT(locator("tars.tarsregistry.QueryObj"),
              ElementsAre("x.conf:4: error: locator=tars.tarsregistry.QueryObj: a locator says "
                          "where the registry is: add '@' and its endpoints, as "
                          "'tars.tarsregistry.QueryObj@tcp -h 10.0.0.1 -p 17890'"));
  EXPECT_THAT(locator("Q@tcp -h 1.2.3.4 -p 99999"),
              ElementsAre("x.conf:4: error: locator=Q@tcp -h 1.2.3.4 -p 99999: endpoint 'Q@tcp -h "
                          "1.2.3.4 -p 99999', column 21: '-p' needs a number from 0 to 65535, "
                          "found '99999'"));
  EXPECT_FALSE(usable(read("locator = Q").notes));
  EXPECT_THAT(locator(""), IsEmpty());
  EXPECT_THAT(locator("${locator}"),
              ElementsAre("x.conf:4: warning: locator=${locator}: a macro of a template that was "
                          "never filled in; the key counts as absent"));
}

TEST(ClientSettings, ReportsNeedARegistryOrAnAddress) {
  EXPECT_THAT(notes_of("stat = tars.tarsstat.StatObj"),
              ElementsAre("x.conf:4: warning: stat=tars.tarsstat.StatObj: there is no locator that "
                          "could find it: nothing will be reported; add '@' and its endpoints, or "
                          "set 'locator'"));
  EXPECT_THAT(notes_of("property = tars.tarsproperty.PropertyObj@tcp -h 10.0.0.1 -p 18493"),
              IsEmpty());
  EXPECT_THAT(notes_of("stat = a b"),
              ElementsAre("x.conf:4: error: stat=a b: object 'a b', column 2: a name has letters, "
                          "digits, '.', '_' and '-'"));
}

TEST(ClientSettings, ObjectsHaveDomainsOfTheirOwn) {
  const auto checked = read(R"(
<Demo.HelloServer.HelloObj>
  accesskey = me
  secretkey = hunter2
  ca = ca.pem
  ciphers = HIGH
</Demo.HelloServer.HelloObj>
<Demo.HelloServer.SafeObj>
  cert = me.pem
  acesskey = me
</Demo.HelloServer.SafeObj>
<Alias>
  accesskey = me
</Alias>
<my-own>
  accesskye = silence, it is not ours
</my-own>
cert = all.pem
key = all.key)");
  ASSERT_EQ(checked.value.objects.size(), 3u);
  EXPECT_EQ(checked.value.objects[0].object, "Demo.HelloServer.HelloObj");
  EXPECT_EQ(checked.value.objects[0].access_key, "me");
  EXPECT_EQ(checked.value.objects[0].secret_key, "hunter2");
  EXPECT_EQ(checked.value.objects[0].tls.ca, "ca.pem");
  EXPECT_EQ(checked.value.objects[0].tls.ciphers, "HIGH");
  EXPECT_EQ(checked.value.objects[2].object, "Alias");
  EXPECT_EQ(checked.value.tls.certificate, "all.pem");
  EXPECT_THAT(texts_of(checked.notes),
              ElementsAre("x.conf:12: error: cert=me.pem: a certificate without its private key: "
                          "set 'key' too",
                          "x.conf:13: warning: unknown key 'acesskey', which is ignored; did you "
                          "mean 'accesskey'?"));
}

TEST(ClientSettings, KnowsTheKeysOfTheApplicationToo) {
  const auto checked = client_settings(
      config::parsed(config::in_domains("/tars/application",
                                        "enableset=y\nsetdivision=shop.south.1\nredirectpath=/x\n"
                                        "enable-set=y\n<container>\nvolumes=x\n</container>\n"
                                        "<clinet>\n</clinet>")),
      facts);
  EXPECT_EQ(checked.value.set_division, "shop.south.1");
  EXPECT_THAT(texts_of(checked.notes),
              ElementsAre("x.conf:6: warning: unknown key 'enable-set', which is ignored; did you "
                          "mean 'enableset'?",
                          "x.conf:10: warning: domain 'clinet' is not read; did you mean "
                          "'client'?"));
}

// Whatever is written, a client gets settings that it can work with, or an error.
RC_GTEST_PROP(ClientSettingsProperty, AreAlwaysInTheirBounds, ()) {
  std::string text;
  for (const config::Key& key : client_keys()) {
    if (*rc::gen::inRange(0, 4) == 0) continue;
    text += std::string(key.name) + " = " +
            *rc::gen::oneOf(rc::gen::map(rc::gen::arbitrary<int>(),
                                         [](int number) { return std::to_string(number); }),
                            rc::gen::element<std::string>("", "x", "3s", "1e9", "y", "*.b.c",
                                                          "a.b.c", "a.b.c@tcp -h d", "${x}")) +
            '\n';
  }
  const ClientSettings settings = read(text).value;
  RC_ASSERT(settings.min_timeout >= std::chrono::milliseconds(1));
  RC_ASSERT(settings.sync_timeout >= settings.min_timeout);
  RC_ASSERT(settings.async_timeout <= limits::call_timeout_max);
  RC_ASSERT(settings.refresh_interval >= std::chrono::seconds(5));
  RC_ASSERT(settings.callback_threads >= 1 && settings.callback_threads <= 1024);
  RC_ASSERT(!settings.net_threads || (*settings.net_threads >= 1 && *settings.net_threads <= 2048));
  RC_ASSERT(settings.send_queue_max >= 1000);
  RC_ASSERT(settings.set_division.empty() || parse_set_name(settings.set_division).ok());
  RC_ASSERT(!settings.locator || settings.locator->direct());
}

}  // namespace
}  // namespace tarsier
