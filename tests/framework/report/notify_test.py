"""`run --notify`: when the command is run, and what it is told."""
import unittest

from shop import Shop

SAVE = 'echo "$RETORT_EVENT|$RETORT_STATUS|$RETORT_NODE|$RETORT_TEXT|$RETORT_DONE done $RETORT_FAILED failed $RETORT_SKIPPED skipped|$RETORT_RUN" >> told'


class Notify(unittest.TestCase):
    def setUp(self):
        self.shop = Shop().__enter__()
        self.addCleanup(self.shop.__exit__)

    def told(self):
        lines = (self.shop.folder / "told").read_text().splitlines()
        run = self.shop.run_ids()[-1]
        self.assertTrue(all(line.endswith("|" + run) for line in lines), lines)
        return [line.rsplit("|", 1)[0] for line in lines]

    def test_the_end(self):
        self.shop.graph({"a": {"type": "test.text"}})
        done = self.shop.retort("run", "g.json", "--json", "--notify", SAVE + "; echo said")
        self.assertIn("said\n", done.stderr)
        self.assertNotIn("said", done.stdout)
        told = self.told()
        self.assertEqual(len(told), 1)
        self.assertRegex(told[0], r"^end\|done\|\|done in .*: g\.json\|1 done 0 failed 0 skipped$")

    def test_the_first_failure_and_the_end(self):
        self.shop.graph({"bad": {"type": "test.misbehave"}, "worse": {"type": "test.misbehave", "params": {"how": "exception"}},
                         "c": {"type": "test.copy", "inputs": {"from": "bad"}}})
        self.shop.retort("run", "g.json", "--slots", "1", "--notify", SAVE, code=1)
        told = self.told()
        self.assertEqual([line.split("|")[0] for line in told], ["failure", "end"])
        self.assertRegex(told[0], r"^failure\|running\|bad\|bad failed: the data are bad\|")
        self.assertRegex(told[1], r"^end\|failed\|\|failed in .*\|0 done 2 failed 1 skipped$")

    def test_a_stall_is_told_once_until_something_happens(self):
        self.shop.graph({"s": {"type": "test.sleep", "params": {"steps": 2, "milliseconds": 2500}}})
        self.shop.retort("run", "g.json", "--stall", "1", "--notify", SAVE)
        told = self.told()
        self.assertEqual([line.split("|")[0] for line in told], ["stall", "stall", "end"])
        self.assertRegex(told[0], r"^stall\|running\|\|nothing happened for 1.*; running: s\|")

    def test_a_command_that_fails_changes_nothing_and_is_said(self):
        self.shop.graph({"a": {"type": "test.text"}})
        done = self.shop.retort("run", "g.json", "--notify", "exit 3")
        self.assertIn("notify: exit 3: exit code 3\n", done.stderr)
        done = self.shop.retort("run", "g.json", "--notify", "kill -9 $$")
        self.assertIn("notify: kill -9 $$: ended by signal 9\n", done.stderr)

    def test_the_run_does_not_wait_for_a_slow_command(self):
        self.shop.graph({"bad": {"type": "test.misbehave"}, "s": {"type": "test.sleep", "params": {"steps": 5, "milliseconds": 100}}})
        self.shop.retort("run", "g.json", "--notify", '[ $RETORT_EVENT = end ] && exec touch over; sleep 3; [ -e over ] && touch late', code=1)
        self.assertTrue((self.shop.folder / "late").exists(), "the run waited before it went on, or did not wait at its end")


if __name__ == "__main__":
    unittest.main()
