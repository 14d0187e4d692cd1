// A library of another build: refused before any of its code runs.
#include <sdk/plugin.h>

extern "C" RETORT_API const retort::PluginDescriptor retort_plugin;
const retort::PluginDescriptor retort_plugin = {
    retort::kPluginMagic, "sdk 0; gcc 4; cxx11abi 0; torch none", "node", "test.foreign", __FILE__, nullptr};
