#include "events/view.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ostream>

#include "core/printable.h"
#include "events/counts.h"
#include "events/time_left.h"

namespace retort {
namespace {

constexpr double kHeartbeat = 60;    // seconds
constexpr double kRefresh = 0.1;     // the same
constexpr int64_t kBar = 10;         // characters
constexpr size_t kRunningShown = 3;  // lines of the live view: counts, these, end, last failure

std::string number(const char* format, double a, double b = 0) {
  char text[64];
  std::snprintf(text, sizeof text, format, a, b);
  return text;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// "[####......]"
std::string bar(const NodeView& node) {
  const auto full = static_cast<size_t>(kBar * std::clamp<int64_t>(node.done, 0, node.total) / node.total);
  return "[" + std::string(full, '#') + std::string(kBar - full, '.') + "]";
}

std::string progress_text(const NodeView& node) {
  if (node.total <= 0) return "";
  const int percent = static_cast<int>(100 * node.done / node.total);
  return std::to_string(node.done) + "/" + std::to_string(node.total) + " (" + std::to_string(percent) + " %)";
}

std::string running_line(const NodeView& node, double now) {
  std::string text = node.name + " on " + node.slot + ", " + duration_text(now - node.started);
  if (const auto progress = progress_text(node); !progress.empty()) text += ", " + progress;
  if (node.total > 0 && node.done > 0 && node.done < node.total)
    text += ", about " + duration_text(*seconds_left(node, now)) + " left";
  return text;
}

std::string node_line(const RunState& state, const Json& event) {
  const NodeView* node = state.find(event.value("node", ""));
  if (!node) return "";
  std::string line = node->name + ": " + name_of(node->status);
  switch (node->status) {
    case NodeStatus::done:
      return line + " in " + duration_text(node->seconds);
    case NodeStatus::failed: {
      std::string text = line + " (" + node->error_kind + "): ";
      for (char c : node->error) text += c == '\n' ? std::string("\n    ") : std::string(1, c);
      return text;
    }
    case NodeStatus::running:
      return line + " on " + node->slot + (node->reason.empty() ? "" : ": " + node->reason);
    default:
      return line + (node->reason.empty() ? "" : ": " + node->reason);
  }
}

class PlainView final : public View {
 public:
  explicit PlainView(std::ostream& out) : out_(out) {}
  void event(const RunState& state, const Json& event) override {
    const std::string line = plain_line(state, event);
    if (line.empty()) return;
    out_ << line + '\n' << std::flush;  // one write: error output has no buffer
    last_ = event.value("t", last_);
  }
  void tick(const RunState& state, double now) override {
    if (now - last_ < kHeartbeat) return;
    last_ = now;
    out_ << counts_text(state);
    for (const auto& node : state.nodes)
      if (node.status == NodeStatus::running) out_ << "; " << running_line(node, now);
    out_ << std::endl;
  }
  void finish(const RunState&) override {}

 private:
  std::ostream& out_;
  double last_ = 0;
};

class LiveView final : public View {
 public:
  LiveView(std::ostream& out, int columns) : out_(out), columns_(static_cast<size_t>(std::max(columns, 20))) {}

  void event(const RunState& state, const Json& event) override {
    const std::string kind = event.value("ev", ""), status = event.value("status", "");
    if (kind != "warn" && kind != "damaged" && !(kind == "node" && status == "failed")) return;
    erase();
    out_ << printable(plain_line(state, event)) << std::endl;
  }
  void tick(const RunState& state, double now) override {
    if (drawn_ > 0 && now >= drawn_at_ && now < drawn_at_ + kRefresh) return;  // it looks at every node
    erase();
    drawn_at_ = now;
    for (const auto& text : live_lines(state, now)) {
      std::string line = printable(text);
      if (line.size() >= columns_) line.resize(columns_ - 1);  // a wrapped line would not be erased
      out_ << line << '\n';
      ++drawn_;
    }
    out_.flush();
  }
  void finish(const RunState&) override { erase(); }

 private:
  void erase() {
    if (drawn_ > 0) out_ << "\x1b[" << drawn_ << "A\x1b[J";
    drawn_ = 0;
    out_.flush();
  }
  std::ostream& out_;
  size_t columns_, drawn_ = 0;
  double drawn_at_ = 0;
};

}  // namespace

std::string duration_text(double seconds) {
  if (seconds < 9.95) return number("%.1f s", std::max(0.0, seconds));
  const double whole = std::round(seconds);
  if (whole < 60) return number("%.0f s", whole);
  if (whole < 3600) return number("%.0f min %02.0f s", std::floor(whole / 60), std::fmod(whole, 60));
  return number("%.0f h %02.0f min", std::floor(whole / 3600), std::floor(std::fmod(whole, 3600) / 60));
}

std::string plain_line(const RunState& state, const Json& event) {
  const std::string kind = event.value("ev", "");
  if (kind == "run") return "run " + state.run + ": " + state.graph + ": " + counts_text(state);
  if (kind == "node") return node_line(state, event);
  if (kind == "warn")
    return (event.contains("node") ? event.value("node", "") + ": " : "") + "warning: " + event.value("text", "");
  if (kind == "damaged") return event.value("node", "") + ": damaged, computed again: " + event.value("text", "");
  return "";
}

std::vector<std::string> live_lines(const RunState& state, double now) {
  std::vector<std::string> lines = {counts_text(state) + "; " + duration_text(now - state.started)};
  size_t shown = 0;
  const size_t running = state.count(NodeStatus::running);
  for (const auto& node : state.nodes) {
    if (node.status != NodeStatus::running) continue;
    if (++shown == kRunningShown && running > kRunningShown) {
      lines.push_back("and " + std::to_string(running - kRunningShown + 1) + " more running");
      break;
    }
    lines.push_back((node.total > 0 ? bar(node) + " " : "") + running_line(node, now));
  }
  if (const auto left = remaining_seconds(state, now); left && running > 0)
    lines.push_back("ends in about " + duration_text(*left));
  if (const NodeView* failed = state.find(state.last_failure))
    lines.push_back("failed: " + failed->name + ": " + first_line(failed->error));
  return lines;
}

std::unique_ptr<View> plain_view(std::ostream& out) { return std::make_unique<PlainView>(out); }
std::unique_ptr<View> live_view(std::ostream& out, int columns) { return std::make_unique<LiveView>(out, columns); }

}  // namespace retort
