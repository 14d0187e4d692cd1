#pragma once
// A member that holds a nested plugin of one kind, or a list of them. In a graph it is {"type": "bn_match", …}.
#include <memory>
#include <string>
#include <vector>

#include "core/declare.h"
#include "sdk/plugin.h"

namespace retort {

/// What Declare needs of such a member, whatever its type.
class ComponentSlot {
 public:
  virtual ~ComponentSlot() = default;
  virtual const char* kind() const = 0;
  virtual bool is_list() const = 0;
  virtual Json default_value() const = 0;
  virtual void clear() = 0;
  virtual void add(std::unique_ptr<Plugin> plugin, std::unique_ptr<Declare> declared) = 0;
  virtual size_t size() const = 0;
  virtual Plugin& plugin(size_t index) = 0;
  virtual Declare& declared(size_t index) = 0;
};

/// Several components of the kind `Kind::kKind`. The default is given as JSON: `Components<RecoverLoss>
/// losses_{R"([…])"}`.
template <class Kind>
class Components : public ComponentSlot {
 public:
  explicit Components(const char* default_json = "[]") : default_(Json::parse(default_json)) {}
  const char* kind() const override { return Kind::kKind; }
  bool is_list() const override { return true; }
  Json default_value() const override { return default_; }
  void clear() override { plugins_.clear(), declared_.clear(); }
  void add(std::unique_ptr<Plugin> plugin, std::unique_ptr<Declare> declared) override {
    plugins_.emplace_back(static_cast<Kind*>(plugin.release()));
    declared_.push_back(std::move(declared));
  }
  size_t size() const override { return plugins_.size(); }
  Plugin& plugin(size_t index) override { return *plugins_[index]; }
  Declare& declared(size_t index) override { return *declared_[index]; }

  Kind& operator[](size_t index) { return *plugins_[index]; }
  auto begin() { return plugins_.begin(); }  ///< iterates over std::unique_ptr<Kind>
  auto end() { return plugins_.end(); }

 private:
  Json default_;
  std::vector<std::unique_ptr<Kind>> plugins_;
  std::vector<std::unique_ptr<Declare>> declared_;
};

/// One component. Without a default it must be given; with default "null" it may be absent.
template <class Kind>
class Component : public Components<Kind> {
 public:
  explicit Component(const char* default_json = R"("required")") : Components<Kind>(default_json) {}
  bool is_list() const override { return false; }
  bool present() const { return this->size() > 0; }
  Kind& operator*() { return (*this)[0]; }
  Kind* operator->() { return &(*this)[0]; }
};

}  // namespace retort
