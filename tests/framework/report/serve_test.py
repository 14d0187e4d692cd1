"""The server of the page, asked by an HTTP client: who gets an answer, and what is told while a run goes on."""
import http.client
import json
import os
import re
import resource
import signal
import socket
import subprocess
import time
import unittest

from shop import BIN, HOSTILE, Page, Shop, hostile_graph


class Server:
    """`retort serve`, until the test is over."""

    def __init__(self, shop, *words):
        self.process = subprocess.Popen([BIN, "serve", *words], cwd=shop.folder, env=shop.environment, stdout=subprocess.PIPE, text=True)
        self.address = self.process.stdout.readline().strip()
        match = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([0-9a-f]{32})/", self.address)
        assert match, self.address
        self.port, self.token = int(match[1]), match[2]

    def ask(self, path, method="GET", host=None, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.putrequest(method, f"/{self.token if token is None else token}{path}", skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{self.port}")
        connection.endheaders()
        answer = connection.getresponse()
        return answer, answer.read()

    def follow(self, path):
        """The messages of an event stream, one by one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", f"/{self.token}{path}")
        answer = connection.getresponse()
        assert answer.status == 200 and answer.getheader("Content-Type") == "text/event-stream", answer.status
        return (json.loads(line[6:]) for line in iter(answer.readline, b"") if line.startswith(b"data: "))

    def stranger(self, begin=b""):
        """A connection that sends this much of a request and then nothing."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.sendall(begin)
        return connection

    def threads(self):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"Threads:\s+(\d+)", status.read())[1])

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        code = self.process.wait(20)
        self.process.stdout.close()
        return code


class Serve(unittest.TestCase):
    def setUp(self):
        self.shop = Shop().__enter__()
        self.addCleanup(self.shop.__exit__)

    def serve(self, *words):
        server = Server(self.shop, *words)
        self.addCleanup(lambda: server.process.poll() is None and server.end())
        return server

    def test_who_gets_an_answer(self):
        hostile_graph(self.shop)
        self.shop.retort("run", "g.json")
        server = self.serve("g.json")
        answer, body = server.ask("/")
        self.assertEqual(answer.status, 200)
        page = Page(body.decode())
        self.assertEqual(page.part("data")["title"], HOSTILE)
        self.assertTrue(page.part("data")["live"])
        self.assertEqual(answer.getheader("Content-Security-Policy"), page.policy + "; frame-ancestors 'none'")
        self.assertEqual([tag for tag, _ in page.elements].count("script"), 5)
        self.assertEqual(server.ask("/part/tables")[0].status, 200)
        self.assertEqual(server.ask("/", host=f"localhost:{server.port}")[0].status, 200)

        def refused(expected, *words, **more):
            answer, body = server.ask(*words, **more)
            self.assertEqual((answer.status, body), (expected, b""), (words, more))

        wrong = server.token[:-1] + ("0" if server.token[-1] != "0" else "1")
        for path in ("/", "/events", "/part/data"):
            refused(404, path, token=wrong)
            refused(404, path, token="")
            refused(403, path, host="evil.example")
            refused(403, path, host=f"evil.example:{server.port}")
            refused(403, path, host="127.0.0.1")
        refused(404, "", token=server.token)
        refused(404, "/run/../../x/")
        refused(404, "/run/nothing/")
        refused(404, "/part/nothing")
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            refused(405, "/", method=method)
            refused(404, "/", method=method, token=wrong)

    def test_only_this_machine_can_connect(self):
        self.shop.graph({"a": {"type": "test.text"}})
        server = self.serve("g.json")
        with open("/proc/net/tcp") as table:
            listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
        self.assertEqual([one for one in listening if one.endswith(f":{server.port:04X}")], [f"0100007F:{server.port:04X}"])

    def test_a_run_that_goes_on(self):
        self.shop.graph({"s": {"type": "test.sleep", "params": {"steps": 60, "milliseconds": 50}}})
        run = subprocess.Popen([BIN, "run", "g.json"], cwd=self.shop.folder, env=self.shop.environment,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not (self.shop.folder / "store" / "runs").exists() or not self.shop.run_ids():
            time.sleep(0.02)
        name = self.shop.run_ids()[0]
        while not (self.shop.folder / "store" / "runs" / name / "events.jsonl").exists():
            time.sleep(0.02)
        time.sleep(0.3)
        server = self.serve(name)
        data = Page(server.ask("/")[1].decode()).part("data")
        statuses, steps = [], []
        for message in server.follow(f"/events?run={name}&seen={data['seen']}"):
            statuses += [row[0] for row in message["rows"].values()]
            steps += [step for _, metric, step, _ in message["metrics"] if metric == "step"]
            if message.get("ended"):
                break
        self.assertEqual(run.wait(60), 0)
        self.assertEqual((statuses[-1], message["status"]), (3, "done"))
        self.assertEqual(steps, list(range(steps[0], 60)))
        self.assertEqual(server.end(), 0)

    def test_a_graph_that_is_run_while_it_is_served(self):
        self.shop.graph({"a": {"type": "test.text"}})
        server = self.serve("g.json")
        messages = server.follow("/events?run=&seen=0")
        self.shop.retort("run", "g.json")
        self.assertEqual(next(messages), {"reload": True})
        self.assertEqual(next(server.follow("/events?run=an-older-one&seen=3")), {"reload": True})
        self.assertEqual(Page(server.ask("/")[1].decode()).part("data")["status"], "done")

    def test_a_store(self):
        self.shop.graph({"a": {"type": "test.text"}}, title="T")
        self.shop.retort("ls")
        server = self.serve("store")
        self.assertEqual(Page(server.ask("/")[1].decode()).part("data")["runs"], [])
        self.shop.retort("run", "g.json")
        run = Page(server.ask("/")[1].decode()).part("data")["runs"][0]
        self.assertEqual((run["title"], run["status"], run["nodes"]), ("T", "done", 1))
        data = Page(server.ask(f"/run/{run['run']}/")[1].decode()).part("data")
        self.assertEqual(data["name"], ["a"])
        self.assertEqual(server.ask(f"/run/{run['run']}/part/tables")[1], b"[]")

    def test_it_ends_at_once_with_a_page_open(self):
        self.shop.graph({"a": {"type": "test.text"}})
        self.shop.retort("run", "g.json")
        for number in (signal.SIGINT, signal.SIGTERM):
            server = self.serve("g.json")
            next(server.follow(f"/events?run={self.shop.run_ids()[0]}&seen=0"))
            self.assertEqual(server.end(number), 0)

    def test_a_crowd_beside_an_honest_reader(self):
        """1,000 open pages and 200 that never finish asking: neither holds a thread, and whoever asks is answered."""
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
        self.shop.graph({"a": {"type": "test.text"}})
        self.shop.retort("run", "g.json")
        server = self.serve("g.json")
        run = self.shop.run_ids()[0]
        before = server.threads()
        streams = []
        for _ in range(1000):
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
            connection.request("GET", f"/{server.token}/events?run={run}&seen=0")
            streams.append(connection)
        answers = [connection.getresponse() for connection in streams]
        slow = [server.stranger(b"GET / HTTP/1.1\r\nHost: ") for _ in range(200)]
        longest = 0
        for _ in range(20):
            began = time.monotonic()
            answer, body = server.ask("/part/data")
            longest = max(longest, time.monotonic() - began)
            self.assertEqual(answer.status, 200)
            self.assertEqual(json.loads(body)["name"], ["a"])
        print(f"beside 1,000 streams and 200 slow clients the longest of 20 answers took {1000 * longest:.0f} ms")
        self.assertEqual(server.threads(), before)
        for answer in answers:
            lines = (line for line in iter(answer.readline, b"") if line.startswith(b"data: "))
            self.assertEqual(json.loads(next(lines)[6:])["status"], "done")
        for connection in slow:
            self.assertEqual(connection.recv(1), b"", "whoever does not show the token is cut off")
        self.assertEqual(server.end(), 0)

    def test_strangers_are_limited_in_number(self):
        self.shop.graph({"a": {"type": "test.text"}})
        server = self.serve("g.json")
        crowd = [server.stranger() for _ in range(600)]
        self.assertEqual(server.ask("/")[0].status, 200)
        with open("/proc/net/tcp") as table:
            ends = [line.split()[1:4] for line in table]
        held = [one for one in ends if one[0].endswith(f":{server.port:04X}") and one[2] == "01"]
        self.assertLessEqual(len(held), 300)
        for connection in crowd:
            connection.close()

    def test_a_header_that_does_not_end(self):
        self.shop.graph({"a": {"type": "test.text"}})
        server = self.serve("g.json")
        for begin in (b"GET / HTTP/1.1\r\nX: " + b"x" * 100000, b"GET /" + b"x" * 100000, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20000):
            connection = server.stranger()
            try:
                connection.sendall(begin)
                answer = connection.recv(100)
            except ConnectionError:
                answer = b""
            self.assertTrue(answer == b"" or answer.startswith(b"HTTP/1.1 4"), answer)
        self.assertEqual(server.ask("/")[0].status, 200)

    def test_what_is_no_http(self):
        self.shop.graph({"a": {"type": "test.text"}})
        server = self.serve("g.json")
        for begin in (b"\x16\x03\x01\x02\x00\x01\x00", b"\r\n\r\n", b"GET\r\n\r\n", b"G\0T / HTTP/1.1\r\n\r\n",
                      b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"):
            connection = server.stranger(begin)
            connection.shutdown(socket.SHUT_WR)
            try:
                self.assertIn(connection.recv(12)[:10], (b"", b"HTTP/1.1 4"), begin)
            except ConnectionError:
                pass
        self.assertEqual(server.ask("/")[0].status, 200)

    def test_a_port_that_is_taken(self):
        self.shop.graph({"a": {"type": "test.text"}})
        server = self.serve("g.json")
        done = self.shop.retort("serve", "g.json", "--port", str(server.port), code=2)
        self.assertEqual(done.stderr, f"retort: port {server.port} of 127.0.0.1 cannot be had; another with --port N\n")


if __name__ == "__main__":
    unittest.main()
