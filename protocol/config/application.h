#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/config/keys.h"
#include "transport/base/tls_files.h"

// What clients and servers read alike out of a configuration.
namespace tarsier {

// What the machine says of itself, for keys that are absent.
struct HostFacts {
  std::string executable = "unknown";  // its name
  std::string local_ip = "127.0.0.1";  // its first address that is not the loopback
};

// The three parts of a set, "name.area.group" (spec §6.8); a group '*' is every group of the area.
struct SetName {
  std::string name{};
  std::string area{};
  std::string group{};
  bool operator==(const SetName&) const = default;
};
Result<SetName> parse_set_name(std::string_view division);

}  // namespace tarsier

namespace tarsier::config {

inline constexpr std::string_view application_path = "/tars/application";

// Of the domain /tars/application itself.
std::span<const Key> application_keys();

// The keys of TlsFiles, for the tables of those who read them.
inline constexpr Key key_ca{.name = "ca",
                            .meaning = "PEM file of the authorities that peers are checked against",
                            .accepts = "path"};
inline constexpr Key key_cert{
    .name = "cert", .meaning = "PEM file of the own certificate", .accepts = "path"};
inline constexpr Key key_key{
    .name = "key", .meaning = "PEM file of its private key", .accepts = "path"};
inline constexpr Key key_ciphers{
    .name = "ciphers", .meaning = "ciphers up to TLS 1.2", .accepts = "OpenSSL list"};
inline constexpr Key key_verify_client{
    .name = "verifyclient",
    .kind = Kind::flag,
    .standard = "0",
    .meaning = "whether clients must show a certificate that `ca` vouches for"};
enum class TlsSide : std::uint8_t { client, server };
// Errors: a certificate without its key or the other way round; verifyclient without ca.
TlsFiles read_tls(DomainReader& reader, TlsSide side);

// The set that the process belongs to, "name.area.group", or "". Each of the two keys is taken from
// the client's domain, otherwise from the application's (spec §5.3). A set that is switched on and
// cannot be is an error.
std::string read_set_division(const Config& config, std::vector<ConfigNote>& notes);

// The domain "client" or "server" of the application; null when there is none. A warning when there
// is no application at all, or a domain whose name is near.
const Domain* find_part(const Config& config, std::string_view name,
                        std::vector<ConfigNote>& notes);

}  // namespace tarsier::config
