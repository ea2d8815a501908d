# SPDX-License-Identifier: MIT
"""The workflow files parse, run the tree's own scripts, and keep what a nightly campaign found."""
import os
import pathlib

import pytest

yaml = pytest.importorskip("yaml", reason="no python3-yaml here")
SOURCE = pathlib.Path(os.environ["CURFEW_SOURCE_DIR"])


def load(path):
    return yaml.safe_load((SOURCE / path).read_text())


def commands(job):
    return [step.get("run", "") for step in job["steps"]] if "steps" in job else job["script"]


def test_github_runs_all_tests_on_each_push():
    workflow = load(".github/workflows/tests.yml")
    triggers = workflow[True]  # YAML 1.1 reads the key `on` as a boolean
    assert "push" in triggers and "pull_request" in triggers
    assert any(".ci/run" in command for job in workflow["jobs"].values() for command in commands(job))


def test_github_keeps_what_the_nightly_campaign_found():
    workflow = load(".github/workflows/nightly.yml")
    assert "schedule" in workflow[True]
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert any("--save=" in step.get("run", "") for step in steps)
    kept = [step for step in steps if "upload-artifact" in step.get("uses", "")]
    assert kept and all(step["if"] == "always()" for step in kept)


def test_gitlab_template_has_both_jobs():
    pipeline = load(".gitlab-ci.yml")
    assert any(".ci/run" in command for command in pipeline["tests"]["script"])
    nightly = pipeline["nightly"]
    assert any("--save=" in command for command in nightly["script"])
    assert nightly["artifacts"]["when"] == "always"
    assert any("schedule" in rule["if"] for rule in nightly["rules"])


@pytest.mark.parametrize("path", [".github/workflows/tests.yml", ".github/workflows/nightly.yml", ".gitlab-ci.yml"])
def test_scripts_that_are_called_exist(path):
    text = (SOURCE / path).read_text()
    called = [word for word in text.replace('"', " ").split() if word.startswith(("scripts/", ".ci/"))]
    assert called
    for word in called:
        assert os.access(SOURCE / word, os.X_OK), word
