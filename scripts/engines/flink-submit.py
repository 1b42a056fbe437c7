"""Submits a job to a Flink cluster, watches it through the cluster's REST interface, and ends as the job does.

    flink-submit.py URL COMMAND...

URL is the cluster's; COMMAND is `flink run` with all its arguments, and says the job's id. This ends with 0 when the job has
finished, and with 1 and the engine's own words when it has failed, or when it does nothing but restart.

SIGTERM cancels the job. Where the job is to be taken over (COUNTERPOINT_PHASE is `before`), it is stopped with a savepoint in
COUNTERPOINT_STATE instead; where it takes over (`after`), it starts with that one. Without one it starts with no state.

FLINK_SUBMIT_WAIT: the seconds in which a savepoint must be complete, a job must be stopped, and one that restarts must run again
for some time (120).
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

SUBMITTED = re.compile(r"JobID ([0-9a-f]{32})")
LOOK = 0.3
# One that runs for so many seconds without a restart does run.
STEADY = 10
# Who tells us to end waits a little longer.
GRACE = 4
OVER = {"FINISHED", "FAILED", "CANCELED"}


class Failed(Exception):
    """Says why there is no job, in words for the end of stderr."""


def main(url, command):
    wait = float(os.environ.get("FLINK_SUBMIT_WAIT", "120"))
    terminated = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: terminated.set())
    savepoint = Savepoint(os.environ.get("COUNTERPOINT_STATE"), os.environ.get("COUNTERPOINT_PHASE"))
    client = Client(savepoint.start(command))
    try:
        found = client.job(terminated)
        if found is None:
            if savepoint.is_due:
                raise Failed("it was told to end before the job was submitted, so there is no savepoint")
            return
        job = Job(url, found, wait)
        try:
            watch(job, savepoint, terminated)
        except Failed:
            job.abandon()
            raise
    finally:
        client.end()


def watch(job, savepoint, terminated):
    """Returns when the job has ended in good order."""
    began = since = last_ran = time.monotonic()
    running = None
    while True:
        state = job.state()
        if state == "FINISHED":
            return
        if state == "FAILED":
            raise Failed(f"the job failed: {job.exception()}")
        if state == "CANCELED":
            raise Failed("somebody else has cancelled the job")
        if terminated.wait(LOOK):
            if savepoint.is_due:
                savepoint.keep(job.stop(savepoint.folder))
            else:
                job.cancel()
            return
        now, run = time.monotonic(), job.run()
        if run is None or run != running:
            running, since = run, now
        elif now - since >= min(STEADY, job.wait / 3):
            last_ran = now
        if now - last_ran > job.wait:
            why = job.exception() or "there is none"
            job.cancel()
            ran = "never ran" if last_ran == began else "ran no more"
            raise Failed(f"the job {ran} in {job.wait:g} s, its last exception: {why}")


class Savepoint:
    """The state that is handed over: a folder, and in it a file with the savepoint's place."""

    def __init__(self, folder, phase):
        self.folder = pathlib.Path(folder) if folder else None
        self.is_due = bool(folder) and phase == "before"
        self.is_taken = bool(folder) and phase == "after"

    @property
    def place(self):
        return self.folder / "savepoint"

    def start(self, command):
        if not (self.is_taken and self.place.exists()):
            return command
        place = self.place.read_text()
        print(f"starts with the savepoint {place}", flush=True)
        at = command.index("run") + 1
        return [*command[:at], "--fromSavepoint", place, *command[at:]]

    def keep(self, place):
        self.place.write_text(place)


class Client:
    """Flink's own program, which submits the job and stays until the job has ended."""

    def __init__(self, command):
        # In a group of its own: SIGTERM is for us.
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        self.found = threading.Event()
        self.id = None
        threading.Thread(target=self.hear, daemon=True).start()

    def hear(self):
        for line in self.process.stdout:
            print(line, end="", flush=True)
            if not self.id and (match := SUBMITTED.search(line)):
                self.id = match[1]
                self.found.set()
        self.found.set()

    def job(self, terminated):
        """The job's id; nothing if we are ended before there is one."""
        while not self.found.wait(LOOK):
            # One that is being submitted now would run on without anybody who knows of it.
            if terminated.is_set() and not self.found.wait(GRACE):
                return None
        if self.id is None:
            raise Failed(f"the job was not submitted, Flink's client ended with {self.process.wait()}")
        return self.id

    def end(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Job:
    """A job of a cluster."""

    def __init__(self, url, job, wait):
        self.url, self.id, self.wait = url, job, wait

    def ask(self, path, method="GET", body=None):
        request = urllib.request.Request(f"{self.url}/jobs/{self.id}{path}", method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise Failed(f"the cluster refuses {method} {path}: {first_lines(error.read().decode(errors='replace'))}") from None
        except OSError as error:
            raise Failed(f"no cluster answers at {self.url}: {error}") from None
        return json.loads(text) if text else {}

    def state(self):
        return self.ask("/status")["status"]

    def run(self):
        """When it began to run, which changes with each restart; nothing while it doesn't.

        A job is called running while it still waits for its tasks.
        """
        seen = self.ask("")
        runs = seen["state"] == "RUNNING" and all(task["status"] in ("RUNNING", "FINISHED") for task in seen["vertices"])
        return seen["timestamps"]["RUNNING"] if runs else None

    def exception(self):
        """The last one that it has met, without where that was thrown."""
        found = self.ask("/exceptions").get("exceptionHistory", {}).get("entries", [])
        return first_lines(found[0]["stacktrace"]) if found else ""

    def cancel(self):
        self.ask("?mode=cancel", "PATCH")
        self.until_over()

    def abandon(self):
        """Cancels what nobody watches any more, if it can be."""
        try:
            self.ask("?mode=cancel", "PATCH")
        except Failed:
            pass

    def stop(self, folder):
        """Stops it with a savepoint, without closing any window. Returns where that is."""
        asked = self.ask("/stop", "POST", {"targetDirectory": folder.absolute().as_uri(), "drain": False})
        end = time.monotonic() + self.wait
        while True:
            found = self.ask(f"/savepoints/{asked['request-id']}")
            if found["status"]["id"] == "COMPLETED":
                break
            if time.monotonic() > end:
                raise Failed(f"the savepoint was not complete after {self.wait:g} s")
            time.sleep(LOOK)
        operation = found["operation"]
        if "location" not in operation:
            raise Failed(f"the savepoint failed: {first_lines(operation['failure-cause']['stack-trace'])}")
        self.until_over()
        return operation["location"]

    def until_over(self):
        end = time.monotonic() + self.wait
        while (state := self.state()) not in OVER:
            if time.monotonic() > end:
                raise Failed(f"the job is still {state.lower()} {self.wait:g} s after it was told to end")
            time.sleep(LOOK)


def first_lines(trace):
    """What was thrown, and by what that was caused."""
    lines = [line.strip() for line in trace.splitlines()]
    said = [line for line in lines if line and not line.startswith(("at ", "... "))]
    return " | ".join(said)[:1000]


if __name__ == "__main__":
    try:
        main(sys.argv[1].rstrip("/"), sys.argv[2:])
    except Failed as why:
        sys.exit(f"flink: {why}")
