#pragma once
// A JSON schema (draft 2020-12) of graphs, made from the catalog: editors complete types, parameters and inputs with
// their documentation, defaults and ranges. It accepts every graph that Retort accepts, except one that removes a
// parameter of an included file by `null`; what only the whole graph shows (links, facts, sweeps) it does not check.
#include "catalog/catalog.h"

namespace retort {

Json graph_schema(const Catalog& catalog);

}  // namespace retort
