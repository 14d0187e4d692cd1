"""HTML for notebooks. Every text of a graph, a data set or a result goes through `escape`."""

import base64
from html import escape


def table(head, rows, more=0, title=""):
    """A table of texts; `more`: rows that were left out."""
    parts = [f"<caption>{escape(title)}</caption>"] if title else []
    parts.append("<tr>" + "".join(f"<th>{escape(str(cell))}</th>" for cell in head) + "</tr>")
    parts += ["<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows]
    if more > 0:
        parts.append(f"<tr><td colspan={len(head)}>and {more} more</td></tr>")
    return "<table>" + "".join(parts) + "</table>"


def lines(texts):
    """A list of sentences, or nothing."""
    return "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in texts) + "</ul>" if texts else ""


def picture(png, alt, width, height):
    """An image inside the page; small ones stay sharp when they are enlarged."""
    data = base64.b64encode(png).decode()
    return (
        f'<img alt="{escape(alt)}" width={width} height={height} style="image-rendering:pixelated" '
        f'src="data:image/png;base64,{data}">'
    )
