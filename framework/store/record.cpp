#include "store/record.h"

#include <filesystem>

#include "core/digest.h"
#include "core/error.h"

namespace retort {
namespace {

constexpr int kRecordFormat = 1;
constexpr const char* kSumLabel = "sha256 ";

Json file_json(const StoredFile& file) {
  Json json = {{"name", file.name}, {"size", file.size}, {"sha256", file.digest}};
  if (file.inlined) json["text"] = file.text;
  return json;
}

/// A record from elsewhere must not write outside the folder its files are exported to.
void check_name(const std::string& name) {
  const std::filesystem::path path = name;
  bool bad = name.empty() || path.is_absolute() || name.find('\0') != std::string::npos;
  for (const auto& part : path) bad = bad || part == "..";
  if (bad) throw Error(ErrorKind::store, "the file name " + Json(name).dump() + " leads out of its folder");
}

void check_digest(const std::string& digest) {
  if (digest.size() != 64 || digest.find_first_not_of("0123456789abcdef") != std::string::npos)
    throw Error(ErrorKind::store, Json(digest).dump() + " is no SHA-256 in hexadecimal");
}

StoredFile file_from_json(const Json& json) {
  StoredFile file;
  file.name = json.at("name");
  check_name(file.name);
  file.size = json.at("size");
  file.digest = json.at("sha256");
  check_digest(file.digest);
  file.inlined = json.contains("text");
  if (file.inlined) file.text = json["text"];
  return file;
}

StoredOutput output_from_json(const Json& json) {
  StoredOutput output;
  output.kind = json.at("kind");
  output.digest = json.at("digest");
  output.meta = json.at("meta");
  for (const auto& one : json.at("files")) output.files.push_back(file_from_json(one));
  return output;
}

Record record_from_json(const Json& json) {
  Record record;
  record.key = json.at("key");
  record.key_text = json.at("key_text");
  record.type = json.at("type");
  record.about = json.at("about");
  for (const auto& [port, output] : json.at("outputs").items()) record.outputs[port] = output_from_json(output);
  return record;
}

}  // namespace

uint64_t fence_of(const Record& record) {
  return record.about.is_object() ? record.about.value("fence", uint64_t{0}) : 0;
}

std::string digest_of(const StoredOutput& output) {
  std::map<std::string, const StoredFile*> by_name;
  for (const auto& file : output.files) by_name[file.name] = &file;
  std::string text = output.kind + "\n" + output.meta.dump() + "\n";
  for (const auto& [name, file] : by_name)
    text += Json(name).dump() + " " + std::to_string(file->size) + " " + file->digest + "\n";
  return sha256_hex(text);
}

std::string to_text(const Record& record) {
  Json json = {{"retort_record", kRecordFormat}, {"key", record.key},
               {"key_text", record.key_text},    {"type", record.type},
               {"about", record.about},          {"outputs", Json::object()}};
  for (const auto& [port, output] : record.outputs) {
    Json files = Json::array();
    for (const auto& file : output.files) files.push_back(file_json(file));
    json["outputs"][port] = {{"kind", output.kind}, {"digest", output.digest}, {"meta", output.meta}, {"files", files}};
  }
  const std::string line = json.dump() + "\n";
  return line + kSumLabel + sha256_hex(line) + "\n";
}

Record record_from_text(const std::string& text, const std::string& file) {
  const auto end = text.find('\n');
  if (end == std::string::npos) throw Error(ErrorKind::store, file + ": the record is cut off");
  const std::string line = text.substr(0, end + 1);
  if (text.substr(end + 1) != kSumLabel + sha256_hex(line) + "\n")
    throw Error(ErrorKind::store, file + ": the record's bytes do not match its checksum");
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const int format = json.is_object() ? json.value("retort_record", 0) : 0;
  if (format > kRecordFormat)
    throw NewerRecord(file + ": the record has format " + std::to_string(format) + ", this retort reads " +
                      std::to_string(kRecordFormat) + "; use a newer retort");
  try {
    return record_from_json(json);
  } catch (const std::exception& error) {
    throw Error(ErrorKind::store, file + ": not a record: " + error.what());
  }
}

}  // namespace retort
