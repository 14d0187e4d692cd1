"""The page in a real browser without a window: `./dev page [FOLDER [NODES]]` (RETORT_BIN, TEST_PLUGINS name the build).

Light and dark, wide and narrow, of a run that failed, of hostile names, of NODES nodes, and live. What is refused by the
page's policy, thrown, asked of any host, or wider than the window is a failure. Pictures go to FOLDER, to be looked at;
figures (first paint, processor time of an idle server) are printed, none is judged."""
import json
import os
import pathlib
import subprocess
import sys
import time

from browser import Browser, find
from shop import BIN, HOSTILE, Shop, hostile_graph, unneeded_graph

PAINTS = "JSON.stringify(performance.getEntriesByType('paint').map((one) => [one.name, Math.round(one.startTime)]))"
SCROLL = """(async () => {
  for (let y = 0; y < document.body.scrollHeight; y += 500) { scrollTo(0, y); await new Promise((done) => setTimeout(done, 60)); }
  scrollTo(0, 0); await new Promise((done) => setTimeout(done, 800)); })()"""
failures = []


def check(what, holds):
    print(("ok    " if holds else "WRONG ") + what, flush=True)
    if not holds:
        failures.append(what)


def look(browser, address, name, folder, widths=(1280, 400)):
    """Opens a page in every light and width, and takes pictures of it."""
    for dark in (False, True):
        for width in widths:
            label = f"{name}-{'dark' if dark else 'light'}-{width}"
            browser.show(width, 900, dark)
            browser.open(address)
            paints = dict(json.loads(browser.evaluate(PAINTS)))
            print(f"      {label}: first paint {paints.get('first-paint')} ms, with contents {paints.get('first-contentful-paint')} ms")
            browser.evaluate(SCROLL)
            check(f"{label}: not wider than the window", browser.evaluate("document.documentElement.scrollWidth") <= width)
            check(f"{label}: no script of a name ran", browser.evaluate("document.title") != "owned")
            check(f"{label}: nothing asked but the page itself", [one for one in browser.requests() if not one.startswith(address)] == [])
            complaints = browser.complaints()
            check(f"{label}: nothing thrown or refused {complaints[:2]}", not complaints)
            browser.picture(folder / f"{label}.png", whole=True)


def detail(browser, folder, name):
    """The panel of one node, opened from the list."""
    browser.evaluate("document.querySelector('.rows .row').click()")
    browser.wait_for("!!document.querySelector('.detail .key')")
    check("a click on a node shows its key text", browser.evaluate("document.querySelector('.detail .key').textContent").startswith("retort-key 1\n"))
    browser.show(1280, 900, False)
    browser.picture(folder / f"{name}-detail.png")
    browser.evaluate("document.querySelector('.detail header button').click()")
    check("the panel closes", browser.evaluate("document.querySelector('.detail').hidden"))


def file_of(shop, name):
    shop.retort("report", name, "-o", "r.html")
    return "file://" + str(shop.folder / "r.html")


def hostile(browser, folder):
    with Shop() as shop:
        hostile_graph(shop)
        shop.retort("run", "g.json")
        look(browser, file_of(shop, "g.json"), "hostile", folder)
        check("the title is shown as text", browser.evaluate("document.querySelector('h1').textContent") == HOSTILE)
        check("labels are shown as text", HOSTILE in browser.evaluate("document.querySelector('#images').textContent"))
        check("a plot was drawn", browser.evaluate("document.querySelectorAll('.plot canvas').length") > 0)
        detail(browser, folder, "hostile")


def failed(browser, folder):
    with Shop() as shop:
        nodes = {"data": {"type": "test.text"}, "images": {"type": "test.picture", "params": {"per_class": 8, "classes": ["apple", "aquarium fish", "baby", "bear"]}},
                 "train": {"type": "test.sleep", "inputs": {"from": "data"}, "params": {"steps": 12, "milliseconds": 15}},
                 "score": {"type": "test.score", "inputs": {"from": "train"}, "params": {"fail_at_seed": 2}},
                 "after": {"type": "test.copy", "inputs": {"from": "train"}}}
        shop.graph(nodes, title="Offsets of a toy score", sweep={"axes": {"mark": {"path": "train.mark", "values": ["short", "long"]},
                   "offset": {"path": "score.offset", "values": [0.25, 1.5, 10]}}, "replicate": {"seed": [0, 1, 2], "nodes": ["score"]}},
                   tables=[{"title": "Score by mark and offset", "node": "score", "metrics": ["score"], "rows": ["mark", "offset"]}])
        shop.retort("run", "g.json", code=1)
        look(browser, file_of(shop, "g.json"), "failed", folder)
        shop.graph({"a": {"type": "test.text"}})
        look(browser, file_of(shop, "g.json"), "new", folder, widths=(1280,))


def unneeded(browser, folder):
    with Shop() as shop:
        unneeded_graph(shop)
        look(browser, file_of(shop, "g.json"), "unneeded", folder, widths=(1280,))
        said = browser.evaluate("document.body.innerText + [...document.querySelectorAll('[title]')].map((one) => one.title).join()")
        check("a node that is not needed is called so", "not needed" in said and "undefined" not in said)
        grey = browser.evaluate("getComputedStyle(document.querySelector('.legend .s-not-needed')).backgroundColor")
        check(f"and has a colour ({grey})", grey not in ("rgba(0, 0, 0, 0)", "transparent"))


def many(browser, folder, count):
    with Shop() as shop:
        values = [f"{i}" for i in range(count // 4)]
        shop.graph({"text": {"type": "test.text"}, "copy": {"type": "test.copy", "inputs": {"from": "text"}},
                    "again": {"type": "test.copy", "inputs": {"from": "copy"}}, "score": {"type": "test.score", "inputs": {"from": "again"}}},
                   title="Many nodes", sweep={"axes": {"text": {"path": "text.text", "values": values}}},
                   tables=[{"title": "Scores", "node": "score", "metrics": ["score"], "rows": ["text"]}])
        start = time.monotonic()
        subprocess.run([BIN, "run", "g.json", "--json"], cwd=shop.folder, env=shop.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        print(f"      {count} nodes ran in {time.monotonic() - start:.0f} s")
        start = time.monotonic()
        address = file_of(shop, "g.json")
        print(f"      report of {count} nodes written in {time.monotonic() - start:.1f} s, {os.path.getsize(shop.folder / 'r.html') / 2**20:.1f} MiB")
        for _ in range(5):
            browser.show(1280, 900, False)
            browser.open(address)
            paints = dict(json.loads(browser.evaluate(PAINTS)))
            print(f"      first paint {paints.get('first-paint')} ms, with contents {paints.get('first-contentful-paint')} ms, drawn "
                  f"{browser.evaluate('Math.round(performance.getEntriesByName(`retort-drawn`)[0].startTime)')} ms")
        look(browser, address, "many", folder, widths=(1280,))
        check("only rows in sight are elements", browser.evaluate("document.querySelectorAll('.rows .row').length") < 60)


def used(process):
    """Seconds of processor time so far."""
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def live(browser, folder, seconds=30):
    with Shop() as shop:
        shop.graph({"a": {"type": "test.sleep", "params": {"steps": 150, "milliseconds": 100}}, "b": {"type": "test.copy", "inputs": {"from": "a"}}}, title="Live")
        server = subprocess.Popen([BIN, "serve", "g.json"], cwd=shop.folder, env=shop.environment, stdout=subprocess.PIPE, text=True)
        try:
            address = server.stdout.readline().strip()
            browser.show(1280, 900, False)
            browser.open(address)
            run = subprocess.Popen([BIN, "run", "g.json"], cwd=shop.folder, env=shop.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            browser.wait_for("document.querySelector('.state') && document.querySelector('.state').textContent === 'running'", 30)
            browser.wait_for("document.querySelectorAll('.plot canvas').length > 0", 30)
            browser.picture(folder / "live-running.png", whole=True)
            check("live: the picture is of a run that goes on", browser.evaluate("document.querySelector('.state').textContent") == "running")
            browser.wait_for("document.querySelector('.state').textContent === 'done'", 60)
            run.wait()
            check("live: the page follows a run to its end", browser.evaluate("document.querySelector('.legend').textContent").strip() == "2 ran")
            time.sleep(3)
            check(f"live: nothing asked of another host", all(one.startswith(address) for one in browser.requests()))
            complaints = browser.complaints()
            check(f"live: nothing thrown or refused {complaints[:2]}", not complaints)
            browser.picture(folder / "live-done.png", whole=True)
            before = used(server)
            time.sleep(seconds)
            print(f"      a server with an open page, idle for {seconds} s: {100 * (used(server) - before) / seconds:.2f} % of a core")
            browser.call("Page.navigate", url="about:blank")
            time.sleep(3)
            before = used(server)
            time.sleep(seconds)
            print(f"      a server without a page, idle for {seconds} s: {100 * (used(server) - before) / seconds:.2f} % of a core")
        finally:
            server.terminate()
            check("live: the server ends well", server.wait(20) == 0)
            server.stdout.close()


def store(browser, folder):
    with Shop() as shop:
        shop.graph({"a": {"type": "test.text"}}, title="One")
        shop.retort("run", "g.json")
        server = subprocess.Popen([BIN, "serve", "store"], cwd=shop.folder, env=shop.environment, stdout=subprocess.PIPE, text=True)
        try:
            look(browser, server.stdout.readline().strip(), "store", folder, widths=(1280,))
            browser.evaluate("document.querySelector('.runs a').click()")
            browser.wait_for("document.querySelector('h1') && document.querySelector('h1').textContent === 'One'")
            check("a run of the list opens", True)
        finally:
            server.terminate()
            server.wait(20)
            server.stdout.close()


def main():
    program = find()
    if not program:
        sys.exit("there is no chromium here: ./dev page installs it")
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "pictures")
    folder.mkdir(parents=True, exist_ok=True)
    with Browser(program) as browser:
        print(browser.session and subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip())
        hostile(browser, folder)
        failed(browser, folder)
        unneeded(browser, folder)
        store(browser, folder)
        live(browser, folder)
        many(browser, folder, int(sys.argv[2]) if len(sys.argv) > 2 else 10000)
    print(f"{len(failures)} wrong; pictures in {folder}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
