#pragma once
// How a plugin declares itself, once. Each parameter is written one time: name, the member it is bound to, what it
// means. The member's initialiser is the default. From this list come the manifest, the check of a graph, the reference
// page, the JSON schema, the binding of values, and the key.
//
//   void declare(Declare& d) override {
//     d.about("Match BatchNorm batch statistics to the teacher's running statistics");
//     d.param("first_scale", first_scale_, "Extra factor on the first BatchNorm layer").at_least(0);
//     d.param("norm", norm_, "How a difference of statistics becomes a number").one_of({"l2", "squared"});
//   }
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/plugin_spec.h"

namespace retort {

class Plugin;
class ComponentSlot;  // sdk/component.h: a member that holds a nested plugin, or a list of them
class Input;          // sdk/artifact.h
class Output;

/// A declared parameter; setters return itself so that rules read as one line.
class Param {
 public:
  Param& at_least(double low);
  Param& greater_than(double low);
  Param& at_most(double high);
  Param& less_than(double high);
  Param& between(double low, double high) { return at_least(low).at_most(high); }
  Param& one_of(std::vector<std::string> choices);
  Param& required();           ///< the graph must give it; the member's initial value is no default
  Param& not_in_key();         ///< only if it cannot change results (log interval, loader threads)
  Param& neutral(Json value);  ///< this value means "as before the parameter existed": left out of the key
  /// How far to go (epochs): a longer run starts from a shorter one's end, if that was kept (Checkpoint::finish).
  /// `horizon` names the parameter that says how long schedules are, where there are any; left out it is as far as one
  /// goes. Only runs of equal horizons extend each other. An integer, and one a type.
  Param& budget(std::string horizon = "");
  Param& path(
      std::vector<std::string> files = {});  ///< a file, or a folder of which `files` are read; in the key by content
  const ParamSpec& spec() const { return spec_; }

 private:
  friend class Declare;
  using Target = std::variant<bool*, int64_t*, double*, std::string*, std::optional<int64_t>*, std::optional<double>*,
                              std::optional<std::string>*, std::vector<int64_t>*, std::vector<double>*,
                              std::vector<std::string>*, ComponentSlot*>;
  ParamSpec spec_;
  Target target_;
};

/// A declared port.
class Port {
 public:
  Port& optional();                          ///< input: may be left out
  Port& also(std::string kind);              ///< input: accepts this kind too
  Port& held_out();                          ///< output: test data
  Port& fact(std::string name, Json value);  ///< output: {"param": NAME} takes a parameter's value
  Port& facts_of(std::string input);         ///< output: knows what this input knows
  const PortSpec& spec() const { return spec_; }

 private:
  friend class Declare;
  PortSpec spec_;
  Input* input_ = nullptr;
  Output* output_ = nullptr;
};

/// Finds and makes nested plugins while values are bound. The worker implements it with opened libraries.
class ComponentSource {
 public:
  virtual ~ComponentSource() = default;
  /// A fresh plugin of this kind and type; throws Error(plugin) if there is none.
  virtual std::unique_ptr<Plugin> make(const std::string& kind, const std::string& type) = 0;
  /// Code identity of that plugin, from its manifest; "" if unknown.
  virtual std::string code_of(const std::string& kind, const std::string& type) = 0;
};

class Declare {
 public:
  void about(std::string summary);
  /// Results depend on this integer instead of the digest of the sources: raise it when results change.
  void version(int number);
  /// A tiny run, of seconds, whose bytes show whether a change of code changed results: then `retort carry` keeps what
  /// is there. {"params": {…}, "inputs": {PORT: {"type", "params", …}}}: each input is a node in the same form. A
  /// component names the "type" of a node that uses it, and itself among that node's params.
  void proof(const char* job);
  void random();    ///< draws random numbers: the seed reaches it and is in its key
  void numeric();   ///< computes with floating point: device class, precision, threads, libtorch are in its key
  void source();    ///< reads files outside the store
  void uncached();  ///< has an effect outside the store: runs each time

  template <class T>
  Param& param(std::string name, T& member, std::string doc) {
    return add(std::move(name), &member, std::move(doc));
  }
  Param& component(std::string name, ComponentSlot& member, std::string doc);
  Port& input(std::string name, Input& member, std::string kind, std::string doc);
  /// An input that takes a list of links.
  Port& inputs(std::string name, Input& member, std::string kind, std::string doc);
  Port& output(std::string name, Output& member, std::string kind, std::string doc);

  /// Everything declared, as data. `kind` and `type` come from the plugin's descriptor.
  PluginSpec spec(const std::string& kind, const std::string& type) const;

  /// Sets the members from JSON after checking every rule; nested components are made, declared and bound in turn.
  /// Each problem is one text, prefixed by the path of a nested component ("losses[1]: …"). Nothing is skipped
  /// silently.
  std::vector<std::string> bind(const Json& params, ComponentSource& components);

  /// The declared ports with the members behind them, for the worker.
  std::deque<Port>& ports() { return ports_; }
  Input* input_of(const Port& port) const { return port.input_; }
  Output* output_of(const Port& port) const { return port.output_; }

  /// Calls `visit` with each nested component that `bind` made and its path, depth first.
  void each_component(const std::string& prefix,
                      const std::function<void(const std::string& path, Plugin&, Declare&)>& visit);

 private:
  Param& add(std::string name, Param::Target target, std::string doc);
  std::deque<Param> params_;  // references handed out stay valid
  std::deque<Port> ports_;
  PluginSpec head_;
};

}  // namespace retort
