"""The messages as Rasa's YAML: nothing is lost on the way, and Rasa's own commands read it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from nlu import server
from nlu.export import as_yaml, write_yaml
from nlu.messages import load, parse_text


def test_every_message_comes_back_with_its_entities_and_labels() -> None:
    messages = load()
    data = yaml.safe_load(as_yaml(messages))
    found = {
        (example["text"], block["intent"], tuple(example["metadata"]["needs"]), example["metadata"]["urgent"])
        for block in data["nlu"]
        for example in block["examples"]
    }
    back = {(*parse_text(text), intent, needs, urgent) for text, intent, needs, urgent in found}
    assert back == {(m.text, m.spans, m.intent, m.needs, m.urgent) for m in messages}


def test_the_intent_may_be_named_otherwise() -> None:
    data = yaml.safe_load(as_yaml(load()[:5], lambda message: f"x+{message.intent}"))
    assert all(block["intent"].startswith("x+") for block in data["nlu"])


@pytest.mark.rasa
def test_rasas_own_test_command_passes(rasa_python: Path, model: Path, tmp_path: Path) -> None:
    write_yaml(load()[:200], tmp_path / "test.yml")
    command = [str(rasa_python), "-W", "ignore", "-m", "nlu.launcher", "test", "nlu", "--no-plot"]
    command += ["--nlu", str(tmp_path / "test.yml"), "--model", str(model), "--out", str(tmp_path / "results")]
    done = subprocess.run(
        command, cwd=tmp_path, env=server.environment(tmp_path), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads((tmp_path / "results" / "intent_report.json").read_text())
    assert sum(row["support"] for name, row in report.items() if " avg" not in name and name != "accuracy") == 200
