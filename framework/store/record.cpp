#include "store/record.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <optional>

#include "core/digest.h"
#include "core/error.h"
#include "core/json_read.h"
#include "core/json_skim.h"
#include "core/json_write.h"
#include "core/stated_version.h"
#include "core/system_text.h"

namespace retort {
namespace {

constexpr int kRecordFormat = 1;
constexpr const char* kSumLabel = "sha256 ";
constexpr const char* kWarnings = "warnings";  // in `about`

Json file_json(const StoredFile& file) {
  Json json = {{"name", file.name}, {"size", file.size}, {"sha256", file.digest}};
  if (file.inlined) json["text"] = file.text;
  return json;
}

std::string output_text(const StoredOutput& output) {
  Json files = Json::array();
  for (const auto& file : output.files) files.push_back(file_json(file));
  std::string text = "{\"digest\":";
  append_json(text, output.digest.text());
  text += ",\"files\":" + files.dump() + ",\"kind\":";
  append_json(text, output.kind);
  return text + ",\"meta\":" + output.meta.dump() + '}';
}

void check(const std::string& what, const std::string& problem) {
  if (!problem.empty()) throw Error(ErrorKind::store, what + problem);
}

StoredFile file_from_json(const Json& json) {
  check("a file: ", problem_with(json, {{"name", FieldRule::text, true},
                                        {"size", FieldRule::count, true},
                                        {"sha256", FieldRule::text, true},
                                        {"text", FieldRule::text}}));
  StoredFile file;
  file.name = json["name"].get<std::string>();
  file.size = json["size"].get<uint64_t>();
  file.digest = json["sha256"].get<std::string>();
  file.inlined = json.contains("text");
  if (file.inlined) file.text = json["text"];
  return file;
}

StoredOutput output_from_json(const Json& json) {
  check("an output: ", problem_with(json, {{"kind", FieldRule::text, true},
                                           {"digest", FieldRule::text, true},
                                           {"meta", FieldRule::any, true},
                                           {"files", FieldRule::list, true}}));
  StoredOutput output;
  output.kind = json["kind"];
  output.digest = json["digest"].get<std::string>();
  output.meta = json["meta"];
  for (const auto& one : json["files"]) output.files.push_back(file_from_json(one));
  return output;
}

/// "PORT[0]"; of a component "init.PORT[0]", of one in a list "losses[1].PORT[0]".
bool is_input(const std::string& name) {
  const size_t bracket = name.rfind('[');
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || (c != 0 && std::strchr("_-.[]", c));
  };
  return bracket != std::string::npos && bracket > 0 && std::all_of(name.begin(), name.end(), plain) &&
         bracket + 2 < name.size() && name.find_first_not_of("0123456789", bracket + 1) == name.size() - 1 &&
         name.back() == ']';
}

void check_carried(const Json& carried) {
  const auto texts = {FieldRule{"from", FieldRule::key},  FieldRule{"at", FieldRule::text},
                      FieldRule{"by", FieldRule::text},   FieldRule{"how", FieldRule::text},
                      FieldRule{"code", FieldRule::list}, FieldRule{"proofs", FieldRule::any}};
  check("about.carried: ", problem_with(carried, texts));
  for (const char* list : {"code", "proofs"})
    for (const auto& one : list_in(carried, list))
      check("about.carried: ", problem_with(one, {{"of", FieldRule::text},
                                                  {"before", FieldRule::text},
                                                  {"after", FieldRule::text},
                                                  {"bytes", FieldRule::text}}));
}

/// What is read of it later is read without a look at its type.
void check_about(const Json& about) {
  check("about: ", problem_with(about, {{"created", FieldRule::text},
                                        {"seconds", FieldRule::number},
                                        {"host", FieldRule::text},
                                        {"device", FieldRule::text},
                                        {"card", FieldRule::text},
                                        {"processor", FieldRule::text},
                                        {"instructions", FieldRule::text},
                                        {"build", FieldRule::text},
                                        {"run", FieldRule::text},
                                        {"node", FieldRule::text},
                                        {"made_from", FieldRule::object},
                                        {"fence", FieldRule::count},
                                        {"imported", FieldRule::text},
                                        {"carried", FieldRule::object}}));
  if (const std::string run = text_in(about, "run"); !run.empty()) check("about.run: ", RunIdRule::problem_with(run));
  for (const auto& [input, key] : object_in(about, "made_from").items()) {
    if (!is_input(input)) check("about.made_from: ", Json(input).dump() + " is no input");
    check("about.made_from: ", KeyRule::problem_with(key.is_string() ? key.get<std::string>() : key.dump()));
  }
  if (about.contains("carried")) check_carried(about["carried"]);
}

Record record_from_json(const Json& json) {
  check("", problem_with(json, {{"key", FieldRule::text, true},
                                {"key_text", FieldRule::text, true},
                                {"type", FieldRule::text, true},
                                {"about", FieldRule::any, true},
                                {"outputs", FieldRule::object, true}}));
  Record record;
  record.key = json["key"].get<std::string>();
  record.key_text = json["key_text"];
  record.type = json["type"];
  if (!json["about"].is_null()) check_about(json["about"]);
  record.about = json["about"];
  for (const auto& [port, output] : json["outputs"].items()) record.outputs[port] = output_from_json(output);
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

  void begins(std::string_view raw, char with) { ok_ = ok_ && !raw.empty() && raw[0] == with; }

  uint64_t count(std::string_view raw) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
    ok_ = ok_ && error == std::errc() && end == raw.data() + raw.size();
    return value;
  }

  double number(std::string_view raw) {
    const Json value = parsed_json(raw);
    ok_ = ok_ && value.is_number();
    return value.is_number() ? value.get<double>() : 0;
  }

  Json about(std::string_view raw) {
    Json kept = Json::object();
    if (raw == "null") return kept;
    begins(raw, '{');
    JsonSkim all(raw);
    while (all.next()) {
      if (all.name() == "created") kept["created"] = text(all.value());
      if (all.name() == "seconds") kept["seconds"] = number(all.value());
      if (all.name() == kWarnings) kept[kWarnings] = Json::parse(all.value());
    }
    ok_ = ok_ && all.ok();
    return kept;
  }

  void outputs(std::string_view raw, Record& record) {
    begins(raw, '{');
    JsonSkim all(raw);
    while (all.next()) {
      StoredOutput& output = record.outputs[text('"' + std::string(all.name()) + '"')];
      std::string_view meta;
      begins(all.value(), '{');
      JsonSkim one(all.value());
      while (one.next()) {
        if (one.name() == "kind") output.kind = text(one.value());
        if (one.name() == "digest") output.digest = text(one.value());
        if (one.name() == "meta") meta = one.value();
        if (one.name() == "files") files(one.value(), output);
      }
      if (whole_outputs_ || output.kind == "metrics") output.meta = parsed_json(meta);
      ok_ = ok_ && one.ok();
    }
    ok_ = ok_ && all.ok();
  }

  void files(std::string_view raw, StoredOutput& output) {
    begins(raw, '[');
    JsonSkim all(raw);
    while (all.next()) {
      StoredFile& file = output.files.emplace_back();
      JsonSkim one(all.value());
      while (one.next()) {
        if (one.name() == "name") file.name = text(one.value());
        if (one.name() == "size") file.size = count(one.value());
        if (one.name() == "sha256") file.digest = text(one.value());
        if (one.name() == "text") file.inlined = true;
        if (one.name() == "text" && whole_outputs_) file.text = text(one.value());
      }
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
  for (const char* name : {"created", "seconds", kWarnings})
    if (record.about.contains(name)) about[name] = std::move(record.about[name]);
  record.about = std::move(about);
  for (auto& [port, output] : record.outputs) {
    if (output.kind != "metrics") output.meta = nullptr;
    for (auto& file : output.files) std::string().swap(file.text);
  }
  return record;
}

uint64_t fence_of(const Record& record) {
  return static_cast<uint64_t>(std::max<int64_t>(0, whole_in(record.about, "fence")));
}

std::vector<std::string> warnings_of(const Record& record) {
  std::vector<std::string> warnings;
  if (!record.about.is_object() || !record.about.contains(kWarnings)) return warnings;
  for (const auto& one : record.about[kWarnings])
    if (one.is_string()) warnings.push_back(one);
  return warnings;
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
  append_json(line, record.key.text());
  line += ",\"key_text\":" + Json(record.key_text).dump() + ",\"outputs\":{";
  for (const auto& [port, output] : record.outputs) {
    if (line.back() == '}') line += ',';
    append_json(line, port.text());
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
  const Json json = parsed_json(line);
  if (json.is_null())
    throw Error(ErrorKind::store,
                file + ": not a record: no JSON, or nested deeper than " + std::to_string(kDeepestData) + " levels");
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
