#pragma once
// One job: opens the plugin and its inputs, runs it, publishes what it wrote. The fields of a job are listed in
// framework/docs/worker.md, *Protocol*.
#include "core/plugin_spec.h"
#include "worker/channel.h"

namespace retort {

/// Runs the job and answers on the channel with exactly one of the events done, failed, stale. A job without a lease
/// stores nothing. Never throws.
void run_job(const Channel::Job& job, Channel& channel);

}  // namespace retort
