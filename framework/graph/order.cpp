#include "graph/order.h"

#include <algorithm>
#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/strong_components.hpp>
#include <boost/graph/topological_sort.hpp>
#include <deque>
#include <map>

namespace retort {
namespace {

using Needs = boost::compressed_sparse_row_graph<boost::directedS>;

/// The shortest way from `start` back to itself inside its knot, along what is needed.
std::vector<size_t> shortest_cycle(const Needs& needs, const std::vector<size_t>& knot, size_t start) {
  std::map<size_t, size_t> reached_from;
  std::deque<size_t> next = {start};
  while (!next.empty()) {
    const size_t at = next.front();
    next.pop_front();
    for (auto [edge, end] = boost::out_edges(at, needs); edge != end; ++edge) {
      const size_t to = boost::target(*edge, needs);
      if (knot[to] != knot[start] || !reached_from.try_emplace(to, at).second) continue;
      if (to != start) {
        next.push_back(to);
        continue;
      }
      std::vector<size_t> cycle = {start};
      for (size_t back = reached_from[start]; back != start; back = reached_from[back]) cycle.push_back(back);
      return cycle;  // walked backwards along "needs": the direction of the data
    }
  }
  return {};
}

}  // namespace

Order topological_order(size_t count, const std::vector<std::pair<size_t, size_t>>& edges) {
  const Needs needs(boost::edges_are_unsorted_multi_pass, edges.begin(), edges.end(), count);
  Order order;
  order.nodes.reserve(count);
  try {
    boost::topological_sort(needs, std::back_inserter(order.nodes));
    return order;
  } catch (const boost::not_a_dag&) {
    order.nodes.clear();
  }
  std::vector<size_t> knot(count);
  boost::strong_components(needs,
                           boost::make_iterator_property_map(knot.begin(), boost::get(boost::vertex_index, needs)));
  std::vector<bool> named(count, false);
  for (size_t node = 0; node < count; ++node) {
    if (named[knot[node]]) continue;
    auto cycle = shortest_cycle(needs, knot, node);
    if (cycle.empty()) continue;
    named[knot[node]] = true;
    order.cycles.push_back(std::move(cycle));
  }
  return order;
}

}  // namespace retort
