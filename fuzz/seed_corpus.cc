#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "protocol/tars/malformed_catalogue_testing.h"

// Writes the seeds of the codec's fuzz targets from the upstream vectors and the catalogue of
// malformed frames:  fuzz_seed_corpus fuzz/corpus
namespace {

using namespace tarsier::tars;

constexpr std::size_t seed_bytes_max = 4096;

class Folder {
 public:
  Folder(const std::filesystem::path& root, const std::string& target) : path_(root / target) {
    std::filesystem::create_directories(path_);
  }
  void add(const std::string& name, std::string_view prefix, std::string_view bytes) {
    if (prefix.size() + bytes.size() > seed_bytes_max) return;
    std::ofstream file(path_ / ("seed-" + name), std::ios::binary);
    file << prefix << bytes;
  }

 private:
  std::filesystem::path path_;
};

// Every eighth vector: they are many and alike.
void seed_vectors(const std::filesystem::path& root) {
  Folder structs(root, "struct");
  Folder skip(root, "skip");
  Folder json(root, "json");
  Folder request(root, "request");
  Folder response(root, "response");
  Folder tup(root, "tup");
  std::size_t number = 0;
  for (const auto& row : testing::vectors_of("structs.tsv")) {
    if (++number % 8 != 0) continue;
    const auto bytes = testing::from_hex(row[1]);
    const std::string_view text = tarsier::as_text(bytes);
    const std::string name = "vector-" + std::to_string(number);
    structs.add(name, row[0] == "Bag" ? std::string_view("\0", 1) : "\4", text);
    // A struct as one value: type 10, all depth.
    skip.add(name, "\xfa", std::string(text) + "\x0b");
    json.add(name, "", row[2]);
  }
  for (const auto& row : testing::vectors_of("packets.tsv")) {
    if (++number % 4 != 0) continue;
    const auto bytes = testing::from_hex(row[1]);
    Folder& folder = row[0] == "RequestPacket" ? request : response;
    folder.add("vector-" + std::to_string(number), "", tarsier::as_text(bytes));
  }
  for (const auto& row : testing::vectors_of("tup.tsv")) {
    const auto frame = testing::from_hex(row[4]);
    RequestView view;
    if (decode_request(std::span(frame).subspan(4), view).ok())
      tup.add("vector-" + std::to_string(++number), "\1", tarsier::as_text(view.body));
  }
}

void seed_catalogue(const std::filesystem::path& root) {
  Folder frame(root, "frame");
  Folder request(root, "request");
  Folder structs(root, "struct");
  Folder skip(root, "skip");
  Folder tup(root, "tup");
  Folder json(root, "json");
  std::size_t number = 0;
  const testing::Catalogue catalogue;
  for (const auto& row : catalogue.rows()) {
    const std::string_view stream = tarsier::as_text(row.stream);
    const std::string name = "row-" + std::to_string(row.number) + "-" + std::to_string(++number);
    frame.add(name, std::string_view("\7\2", 2), stream);
    if (stream.size() < 5) continue;
    request.add(name, "", stream.substr(4));
    RequestView view;
    (void)decode_request(std::span(row.stream).subspan(4), view);
    const std::string_view body = tarsier::as_text(view.body);
    if (view.version == version_json) json.add(name, "", body);
    if (view.version == version_tup) tup.add(name, "\1", body);
    if (view.version == version_tup_legacy) tup.add(name, std::string_view("\0", 1), body);
    // A body is the fields of a struct; its first field, where it is nested, one of them.
    structs.add(name, "\2", body);
    skip.add(name, "\xfa", body);
  }
}

// Shapes::Node, a struct that holds itself: as deep as it may be, and deeper.
void seed_recursion(const std::filesystem::path& root) {
  Folder structs(root, "struct");
  for (const int levels : {1, 31, 32, 33, 60}) {
    // A name, then one child in a list, or one in a map.
    std::string list;
    std::string map;
    for (int i = 0; i < levels; ++i) {
      list = std::string("\6\0\x19\0\1\x0a", 6) + list + (i == 0 ? "\6" : "") +
             std::string(i == 0 ? 1 : 0, '\0') + "\x0b";
      map = std::string("\6\0\x28\0\1\6\0\x1a", 8) + map + (i == 0 ? "\6" : "") +
            std::string(i == 0 ? 1 : 0, '\0') + "\x0b";
    }
    structs.add("list-" + std::to_string(levels), "\x8", list);
    structs.add("map-" + std::to_string(levels), "\x8", map);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_seed_corpus FOLDER\n");
    return 2;
  }
  seed_vectors(argv[1]);
  seed_catalogue(argv[1]);
  seed_recursion(argv[1]);
}
