"""What of a result goes to trackers of experiments."""

import json

from ..metrics import metrics_of, points_of


class Contents:
    """
    points    {curve: [(step, value)]}
    metrics   {name: float}
    settings  {path: number, bool or text}: parameters, with lists and nothing as JSON
    about     {"key", "type", "node"}
    rows      [(class, uint8 array [H,W,C])] of its images, if it has some
    """

    def __init__(self, result):
        outputs = result.outputs.values()
        self.points = {name: points for each in outputs if each.kind == "curves" for name, points in points_of(each).items()}
        self.metrics = {name: value for each in outputs if each.kind == "metrics" for name, value in metrics_of(each).items()}
        self.settings = {
            path: value if isinstance(value, (int, float, str)) else json.dumps(value, ensure_ascii=False)
            for path, value in result.settings.items()
        }
        self.about = {"key": result.key, "type": result.type, "node": result.node}
        self.warnings = result.warnings
        self.rows = result.sheet().rows() if result.has("images") else []

    def by_step(self):
        """{step: {curve: value}}, steps rising."""
        steps = {}
        for name, points in self.points.items():
            for step, value in points:
                steps.setdefault(step, {})[name] = value
        return dict(sorted(steps.items()))


_LONGEST = 100


def folder_name(node, key):
    """A node's name as that of one folder: no slash, not hidden, not too long, another for every node."""
    name = node.replace("%", "%25").replace("/", "%2F")
    if name.startswith("."):
        name = "%2E" + name[1:]
    return name if len(name.encode()) <= _LONGEST else f"{name.encode()[:_LONGEST].decode('utf-8', 'ignore')}~{key[:12]}"
