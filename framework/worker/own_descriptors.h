#pragma once
// Descriptors that belong to this process alone: the socket to the coordinator, the lease of the job. A plugin may fork
// (data loaders, helper programs): a child that kept one would keep a key locked after the worker's death.
namespace retort {

/// From now on a child of fork closes it before anything else. Programs that are started never get it (close-on-exec).
void keep_from_children(int descriptor);

}  // namespace retort
