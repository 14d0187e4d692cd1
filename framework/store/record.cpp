#include "store/record.h"

#include <filesystem>
#include <optional>

#include "core/digest.h"
#include "core/error.h"
#include "core/hex.h"
#include "core/json_skim.h"
#include "core/json_write.h"
#include "core/stated_version.h"
#include "core/system_text.h"

namespace retort {
namespace {

constexpr int kRecordFormat = 1;
constexpr const char* kSumLabel = "sha256 ";

Json file_json(const StoredFile& file) {
  Json json = {{"name", file.name}, {"size", file.size}, {"sha256", file.digest}};
  if (file.inlined) json["text"] = file.text;
  return json;
}

std::string output_text(const StoredOutput& output) {
  Json files = Json::array();
  for (const auto& file : output.files) files.push_back(file_json(file));
  std::string text = "{\"digest\":";
  append_json(text, output.digest);
  text += ",\"files\":" + files.dump() + ",\"kind\":";
  append_json(text, output.kind);
  return text + ",\"meta\":" + output.meta.dump() + '}';
}

/// A record from elsewhere must not write outside the folder its files are exported to.
void check_name(const std::string& name) {
  const std::filesystem::path path = name;
  bool bad = name.empty() || path.is_absolute() || name.find('\0') != std::string::npos;
  for (const auto& part : path) bad = bad || part == "..";
  if (bad) throw Error(ErrorKind::store, "the file name " + Json(name).dump() + " leads out of its folder");
}

void check_digest(const std::string& digest) {
  if (!is_sha256(digest)) throw Error(ErrorKind::store, Json(digest).dump() + " is no SHA-256 in hexadecimal");
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

/// Parts of a record without building the rest; nothing if the text is not as `to_text` writes it.
class PartsReader {
 public:
  explicit PartsReader(bool whole_outputs) : whole_outputs_(whole_outputs) {}

  std::optional<Record> read(std::string_view line) {
    Record record;
    bool known_format = false;
    JsonSkim all(line);
    while (all.next()) {
      if (all.name() == "retort_record") known_format = all.value() == std::to_string(kRecordFormat);
      if (all.name() == "key") record.key = text(all.value());
      if (all.name() == "type") record.type = text(all.value());
      if (all.name() == "about") record.about = about(all.value());
      if (all.name() == "outputs") outputs(all.value(), record);
    }
    if (!known_format || !all.ok() || !ok_ || record.key.empty()) return std::nullopt;
    return record;
  }

 private:
  std::string text(std::string_view raw) {
    auto value = JsonSkim::text(raw);
    ok_ = ok_ && value;
    return std::move(value).value_or("");
  }

  Json about(std::string_view raw) {
    Json kept = Json::object();
    JsonSkim all(raw);
    while (all.next()) {
      if (all.name() == "created") kept["created"] = text(all.value());
      if (all.name() == "seconds") kept["seconds"] = Json::parse(all.value());
    }
    ok_ = ok_ && all.ok();
    return kept;
  }

  void outputs(std::string_view raw, Record& record) {
    JsonSkim all(raw);
    while (all.next()) {
      StoredOutput& output = record.outputs[text('"' + std::string(all.name()) + '"')];
      std::string_view meta;
      JsonSkim one(all.value());
      while (one.next()) {
        if (one.name() == "kind") output.kind = text(one.value());
        if (one.name() == "digest") output.digest = text(one.value());
        if (one.name() == "meta") meta = one.value();
        if (one.name() == "files") files(one.value(), output);
      }
      if (whole_outputs_ || output.kind == "metrics") output.meta = Json::parse(meta);
      ok_ = ok_ && one.ok();
    }
    ok_ = ok_ && all.ok();
  }

  void files(std::string_view raw, StoredOutput& output) {
    JsonSkim all(raw);
    while (all.next()) {
      StoredFile& file = output.files.emplace_back();
      JsonSkim one(all.value());
      while (one.next()) {
        if (one.name() == "name") file.name = text(one.value());
        if (one.name() == "size") file.size = Json::parse(one.value());
        if (one.name() == "sha256") file.digest = text(one.value());
        if (one.name() == "text") file.inlined = true;
        if (one.name() == "text" && whole_outputs_) file.text = text(one.value());
      }
      check_name(file.name);
      check_digest(file.digest);
      ok_ = ok_ && one.ok();
    }
    ok_ = ok_ && all.ok();
  }

  bool whole_outputs_, ok_ = true;
};

/// Nothing where the record has to be read whole to say what is wrong with it.
std::optional<Record> read_parts(std::string_view line, RecordParts parts) {
  try {
    return PartsReader(parts == RecordParts::outputs).read(line);
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

Record slim(Record record) {
  std::string().swap(record.key_text);  // assigning one that is empty would keep the memory
  Json about = Json::object();
  for (const char* name : {"created", "seconds"})
    if (record.about.contains(name)) about[name] = std::move(record.about[name]);
  record.about = std::move(about);
  for (auto& [port, output] : record.outputs) {
    if (output.kind != "metrics") output.meta = nullptr;
    for (auto& file : output.files) std::string().swap(file.text);
  }
  return record;
}

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
  std::string line = "{\"about\":" + dump_text(record.about) + ",\"key\":";
  append_json(line, record.key);
  line += ",\"key_text\":" + Json(record.key_text).dump() + ",\"outputs\":{";
  for (const auto& [port, output] : record.outputs) {
    if (line.back() == '}') line += ',';
    append_json(line, port);
    line += ':' + output_text(output);
  }
  line += "},\"retort_record\":" + std::to_string(kRecordFormat) + ",\"type\":";
  append_json(line, record.type);
  line += "}\n";
  return line + kSumLabel + sha256_hex(line) + "\n";
}

Record record_from_text(const std::string& text, const std::string& file, RecordParts parts) {
  const auto end = text.find('\n');
  if (end == std::string::npos) throw Error(ErrorKind::store, file + ": the record is cut off");
  const std::string_view line = std::string_view(text).substr(0, end + 1);
  const std::string sum = sha256_hex(line);
  if (std::string_view(text).substr(end + 1) != kSumLabel + sum + "\n")
    throw Error(ErrorKind::store, file + ": the record's bytes do not match its checksum");
  if (parts != RecordParts::all)
    if (auto record = read_parts(line, parts)) {
      record->sum = sum;
      return std::move(*record);
    }
  const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  const int format = stated_version(json, "retort_record");
  if (format > kRecordFormat)
    throw NewerRecord(file + ": the record has format " + std::to_string(format) + ", this retort reads " +
                      std::to_string(kRecordFormat) + "; use a newer retort");
  try {
    Record record = record_from_json(json);
    record.sum = sum;
    return record;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::store, file + ": not a record: " + error.what());
  }
}

}  // namespace retort
