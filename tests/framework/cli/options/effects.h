#pragma once
// What each option changes, by family of commands: "run --set" and a test of it. The shop's graph has been run; entries
// that need another write their own.
#include "framework/cli/options/shop.h"

namespace retort {

using Effects = std::map<std::string, void (*)(Shop&)>;

Effects run_options();
Effects verbose_options();
Effects plan_options();
Effects look_options();
Effects table_options();
Effects page_options();
Effects store_options();
Effects other_options();

}  // namespace retort
