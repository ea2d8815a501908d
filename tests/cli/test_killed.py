# SPDX-License-Identifier: MIT
"""The driver is stopped in mid-campaign, gently, twice, or by SIGKILL: nothing of it stays."""
import os
import signal
import subprocess

import pytest

from support import BOUND_S, CURFEW, marked_processes, wait_until

# Eight executions at once, some of which would never end by themselves.
CAMPAIGN = ["run", "--real", "--seed=1", "--time=1h", "--deadline=1h", "--jobs=8", "--keep-going"]
SCENARIOS = ["bad-ignore", "bad-skip", "everything", "bad-ignore"]


class Campaign:
    """A running campaign whose processes and files can be told by its TMPDIR."""

    def __init__(self, directory, *arguments):
        self.directory = directory
        self.process = subprocess.Popen([CURFEW, *CAMPAIGN, *arguments], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, "TMPDIR": str(directory)})

    def others(self):
        return [pid for pid in marked_processes(str(self.directory)) if pid != self.process.pid]

    def wait_for_failure(self):
        for line in self.process.stdout:
            if line.startswith("FAIL owing"):
                return
        pytest.fail("the campaign ended before it was to")

    def end(self):
        """The status, and what was printed since."""
        out, err = self.process.communicate(timeout=BOUND_S)
        return self.process.returncode, out, err


@pytest.fixture
def campaign(tmp_path):
    started = Campaign(tmp_path, *SCENARIOS)
    started.wait_for_failure()
    wait_until(lambda: len(started.others()) >= 3, "executions and the warden")
    yield started
    if started.process.poll() is None:
        started.process.kill()
    started.process.communicate()
    wait_until(lambda: started.others() == [], "the end of all processes of the campaign")


def test_sigkill_leaves_no_process_and_no_file(campaign):
    campaign.process.kill()
    assert campaign.end()[0] == -signal.SIGKILL
    wait_until(lambda: campaign.others() == [], "the end of all processes")
    wait_until(lambda: list(campaign.directory.iterdir()) == [], "the end of the scratch directory")


def test_sigkill_finds_who_left_the_session(tmp_path):
    daemon = "setsid sleep 1000 & exec sleep 1000"
    campaign = Campaign(tmp_path, "--signals=none", "--", "sh", "-c", daemon)

    def sessions():
        return {os.getsid(pid) for pid in campaign.others()}
    wait_until(lambda: len(sessions()) > 16, "eight executions, each with a daemon, and the warden")
    campaign.process.kill()
    assert campaign.end()[0] == -signal.SIGKILL
    wait_until(lambda: campaign.others() == [], "the end of all processes")
    wait_until(lambda: list(tmp_path.iterdir()) == [], "the end of the scratch directory")


@pytest.mark.parametrize("signo", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_one_signal_prints_the_table_and_ends_by_that_signal(campaign, signo):
    campaign.process.send_signal(signo)
    status, out, _ = campaign.end()
    assert status == -signo
    # Whoever waited for the driver waited for all: there is nothing left at this moment.
    assert campaign.others() == []
    assert list(campaign.directory.iterdir()) == []
    assert "bad-skip" in out and "\ninterrupted, owing: " in out


def test_second_int_forces_and_leaves_nothing(campaign):
    campaign.process.send_signal(signal.SIGINT)
    campaign.process.send_signal(signal.SIGINT)
    # The two may arrive as one, and the end after the first is quick; all three are right.
    assert campaign.end()[0] in (-signal.SIGINT, 128 + signal.SIGINT)
    wait_until(lambda: campaign.others() == [], "the end of all processes")
    wait_until(lambda: list(campaign.directory.iterdir()) == [], "the end of the scratch directory")


def test_ignored_hup_stays_ignored(tmp_path):
    campaign = subprocess.Popen([CURFEW, *CAMPAIGN, *SCENARIOS], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                text=True, env={**os.environ, "TMPDIR": str(tmp_path)},
                                preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    for line in campaign.stdout:
        if line.startswith("FAIL owing"):
            break
    campaign.send_signal(signal.SIGHUP)
    campaign.send_signal(signal.SIGTERM)
    campaign.communicate(timeout=BOUND_S)
    assert campaign.returncode == -signal.SIGTERM


def test_output_pipe_ends_with_the_driver(campaign):
    # The warden and the executions hold no copy of our stdout: else this read would wait for them.
    os.kill(campaign.process.pid, signal.SIGKILL)
    campaign.process.stdout.read()
    campaign.process.stderr.read()
    assert campaign.end()[0] == -signal.SIGKILL
