"""Draws a table of rows × one numeric column axis as lines with intervals, as SVG:

    retort table graphs/sc_dd/size_cpu.json --json | python graphs/pictures/lines.py 1 OUT.svg --x 8=2040 16=7536 32=28896 --log2

TABLE counts the graph's tables from 0. Needs nothing beside Python."""
import argparse
import html
import json
import math
import sys

COLOURS = ["#1b6ca8", "#c8553d", "#5b8c3e", "#8a4fa3", "#b8860b", "#3d8f8f"]
WIDTH, HEIGHT, LEFT, TOP, BOTTOM, LEGEND = 640, 360, 56, 34, 44, 190


def points_of(row, places):
    """[(x, mean, low, high)] of a row's cells; the interval is the mean where there is none."""
    found = []
    for column, cell in row["cells"].items():
        value = column.split("=", 1)[1].split(" ")[0]
        if "mean" in cell:
            found.append((places[value], cell["mean"], cell.get("low", cell["mean"]), cell.get("high", cell["mean"])))
    return sorted(found)


def ticks(low, high):
    step = 10 ** math.floor(math.log10(high - low))
    step = next(each for each in (step / 5, step / 2, step, step * 2) if (high - low) / each <= 7)
    return [round(i * step, 6) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def draw(table, places, log2, x_title):
    scale = math.log2 if log2 else float
    lines = [(" ".join(map(str, row["label"].values())), points_of(row, places)) for row in table["rows"]]
    values = [value for _, points in lines for point in points for value in point[1:]]
    low, high = min(values), max(values)
    low, high = low - 0.05 * (high - low), high + 0.05 * (high - low)
    first, last = (scale(pick(places.values())) for pick in (min, max))
    right, bottom = WIDTH - LEGEND, HEIGHT - BOTTOM
    x = lambda place: LEFT + 14 + (scale(place) - first) / (last - first) * (right - LEFT - 28)
    y = lambda value: bottom - (value - low) / (high - low) * (bottom - TOP)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
           f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
           f'<text x="{LEFT}" y="20" font-size="13">{html.escape(table["title"])}</text>',
           f'<path d="M{LEFT} {TOP}V{bottom}H{right}" fill="none" stroke="#555"/>',
           f'<text x="{(LEFT + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle">{html.escape(x_title)}</text>']
    for value in ticks(low, high):
        out.append(f'<path d="M{LEFT} {y(value):.1f}H{right}" stroke="#e4e4e4"/>'
                   f'<text x="{LEFT - 6}" y="{y(value) + 4:.1f}" text-anchor="end">{value:g}</text>')
    for name, place in places.items():
        out.append(f'<text x="{x(place):.1f}" y="{bottom + 16}" text-anchor="middle">{place:g}</text>')
    for i, (label, points) in enumerate(lines):
        colour, shift = COLOURS[i % len(COLOURS)], 3 * (i - (len(lines) - 1) / 2)
        at = [(x(place) + shift, mean, below, above) for place, mean, below, above in points]
        path = " ".join(f"{'ML'[j > 0]}{px:.1f} {y(mean):.1f}" for j, (px, mean, _, _) in enumerate(at))
        out.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for px, mean, below, above in at:
            out.append(f'<path d="M{px:.1f} {y(below):.1f}V{y(above):.1f}" stroke="{colour}"/>'
                       f'<circle cx="{px:.1f}" cy="{y(mean):.1f}" r="3.2" fill="{colour}"/>')
        out.append(f'<path d="M{right + 12} {TOP + 10 + 20 * i}h18" stroke="{colour}" stroke-width="2"/>'
                   f'<text x="{right + 36}" y="{TOP + 14 + 20 * i}">{html.escape(label)}</text>')
    return "\n".join(out + ["</svg>"]) + "\n"


if __name__ == "__main__":
    words = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    words.add_argument("table", type=int)
    words.add_argument("out")
    words.add_argument("--x", nargs="+", required=True, metavar="VALUE=PLACE")
    words.add_argument("--log2", action="store_true")
    words.add_argument("--x-title", default="")
    given = words.parse_args()
    where = {value: float(place) for value, place in (each.split("=") for each in given.x)}
    picture = draw(json.load(sys.stdin)[given.table], where, given.log2, given.x_title)
    with open(given.out, "w", encoding="utf-8") as file:
        file.write(picture)
