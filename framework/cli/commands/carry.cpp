#include "plan/carry.h"

#include <algorithm>
#include <iostream>
#include <map>

#include "cli/command.h"
#include "cli/session/session.h"
#include "core/clock.h"
#include "core/error.h"
#include "plan/why.h"
#include "sched/prove.h"
#include "store/proofs.h"

namespace retort {
namespace {

struct CarryOptions {
  GraphOptions graph;
  std::vector<std::string> nodes;
  std::string word;  ///< why the user vouches for it; empty: proofs decide
  bool dry = false;
};

/// One change of code, tried once however many results hang on it.
class Prover {
 public:
  Prover(const Store& store, bool dry) : store_(store), dry_(dry) {}

  /// Empty if the proof job gave equal bytes, which are added to `proofs`; else why it proves nothing.
  std::string problem(const CodeChange& change, const GraphNode& node, const std::string& key_text, Json& proofs) {
    const PluginSpec& spec = change.manifest->spec;
    if (spec.proof.is_null()) return to_string(change) + " declares no proof job";
    ProofSubject subject{spec.kind, spec.type, spec.proof, change.before, environment_in(key_text)};
    const auto kept = kept_proof(store_, subject);
    if (!kept)
      return "no bytes of the proof job of " + to_string(change) + " were kept from its code as it was" +
             (subject.environment.empty() ? "" : " (" + subject.environment + ")");
    const std::string before = kept->at("bytes"), now = bytes_now(change, node);
    if (before != now)
      return "the proof job of " + to_string(change) + " gave other bytes (" + before.substr(0, 12) + ", now " +
             now.substr(0, 12) + ")";
    proofs.push_back({{"of", to_string(change)}, {"bytes", now}, {"environment", subject.environment}});
    subject.code = change.after;
    if (!dry_ && !kept_proof(store_, subject)) keep(store_, subject, now, kept->value("about", Json::object()));
    return "";
  }

 private:
  const std::string& bytes_now(const CodeChange& change, const GraphNode& node) {
    const std::string name = change.manifest->library.string() + "\n" + node.device + "\n" + node.precision + "\n" +
                             std::to_string(node.threads);
    const auto [it, fresh] = bytes_.try_emplace(name);
    if (fresh) it->second = prove(*change.manifest, node.device, node.precision, node.threads);
    return it->second;
  }

  const Store& store_;
  const bool dry_;  ///< keeps nothing
  std::map<std::string, std::string> bytes_;
};

/// Carries what can be carried in the order of the graph, since what is carried makes what hangs on it known.
class Carrying {
 public:
  Carrying(Session& session, const CarryOptions& options)
      : session_(session), options_(options), prover_(session.store, options.dry) {}

  int run() {
    for (size_t i = 0; i < session_.plan.size(); ++i)
      if (asked(session_.graph.nodes[i].name)) try_one(i);
    session_.names.save();
    std::cout << done_ << (options_.dry ? " would be carried over" : " carried over");
    if (refused_ > 0) std::cout << ", " << refused_ << " not";
    std::cout << '\n';
    return refused_ > 0 ? kNodeFailed : kDone;
  }

 private:
  bool asked(const std::string& name) const {
    return options_.nodes.empty() ||
           std::find(options_.nodes.begin(), options_.nodes.end(), name) != options_.nodes.end();
  }

  void try_one(size_t node) {
    const std::string& name = session_.graph.nodes[node].name;
    const auto over = to_carry(session_.plan, node, session_.names.results());
    if (!over) {
      if (!options_.nodes.empty()) std::cout << name << ": " << nothing_to_carry(node) << '\n';
      return;
    }
    Json note = {{"at", utc_now()}, {"by", user_name()}, {"how", "by proof"}};
    if (!options_.word.empty()) {
      note["how"] = "on the word of " + user_name() + ": " + options_.word;
    } else if (const std::string problem = unproved(*over, node, note); !problem.empty()) {
      ++refused_;
      std::cout << name << ": not carried over: " << problem << '\n';
      return;
    }
    ++done_;
    std::cout << name << ": result " << over->before.key.substr(0, 12) << " carried over to "
              << session_.plan.at(node).key.substr(0, 12) << ' ' << note["how"].get<std::string>() << '\n';
    for (const auto& change : changes(over->before.key_text, session_.plan.at(node).key_text, nullptr))
      std::cout << "    " << to_string(change) << '\n';
    Record record = carried(*over, session_.plan.at(node), std::move(note));
    if (!options_.dry) {
      session_.store.commit(record, /*sync=*/false);
      session_.names.learn(name, record.type, record.key, record.key_text);
    }
    session_.plan.finished(node, std::move(record));
  }

  std::string unproved(const CarryOver& over, size_t node, Json& note) {
    std::string problems;
    for (const auto& change : over.changes)
      if (const std::string one =
              prover_.problem(change, session_.graph.nodes[node], session_.plan.at(node).key_text, note["proofs"]);
          !one.empty())
        problems += (problems.empty() ? "" : "; ") + one;
    return problems;
  }

  std::string nothing_to_carry(size_t node) const {
    switch (session_.plan.at(node).state) {
      case PlanState::hit:
        return "its result is there";
      case PlanState::run:
        return "no result differs from it in code alone";
      case PlanState::unneeded:
        return "nothing wants its result";
      case PlanState::maybe:
        break;
    }
    return "its inputs are not there yet";
  }

  Session& session_;
  const CarryOptions& options_;
  Prover prover_;
  size_t done_ = 0, refused_ = 0;
};

int run(const Words& words) {
  CarryOptions carry;
  Options options(
      "carry", "Keeps results whose code changed without changing what it computes.",
      "A result is linked to the new code if the proof job that its plugin declares gives the bytes it gave "
      "before,\nor on your word. How is kept in the record: retort show and retort why tell it.");
  carry.graph.add_to(options);
  options.arguments("NODE", carry.nodes, "these nodes only; default: all");
  options.value("--on-my-word", carry.word, "REASON: without a proof, because you know that the change is harmless");
  options.flag("--dry-run", carry.dry, "say what would be carried over, and change nothing");
  if (const auto code = options.parse(words)) return *code;
  const auto session = Session::open(carry.graph);
  if (!session) return kUsage;
  for (const auto& name : carry.nodes) session->node(name);
  return Carrying(*session, carry).run();
}

}  // namespace

extern const Command carry_command = {"", "carry", "Keep results whose code changed without changing what it computes",
                                      run};

}  // namespace retort
