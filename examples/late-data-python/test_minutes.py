"""The unit tests of the job, which both versions pass."""
import unittest

import v1, v2


def rows(version, clicks):
    minutes = version.Minutes()
    given = [row for time, page in clicks for row in minutes.click(time * 1_000, page)]
    return [(start // 60_000, page, n) for start, page, n in given + minutes.close(float("inf"))]


class Minutes(unittest.TestCase):
    def check(self, clicks, expected):
        for version in (v1, v2):
            with self.subTest(version.__name__):
                self.assertEqual(rows(version, clicks), expected)

    def test_clicks_are_counted_by_minute_and_page(self):
        self.check([(1, "home"), (2, "pay"), (59, "home"), (60, "home")], [(0, "home", 2), (0, "pay", 1), (1, "home", 1)])

    def test_a_click_may_come_as_late_as_the_delay(self):
        self.check([(65, "home"), (55, "home")], [(0, "home", 1), (1, "home", 1)])

    def test_a_minute_is_given_out_once_the_watermark_has_passed_it(self):
        minutes = v2.Minutes()
        self.assertEqual(minutes.click(30_000, "home"), [])
        self.assertEqual(minutes.click(69_999, "home"), [])
        self.assertEqual(minutes.click(70_000, "home"), [(0, "home", 1)])

    def test_a_late_click_is_left_out(self):
        self.check([(30, "home"), (80, "home"), (31, "home")], [(0, "home", 1), (1, "home", 1)])


if __name__ == "__main__":
    unittest.main()
