"""The scripts that print figures: their tables are complete. How good the figures are is not tested."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"


def run(script: str, *arguments: str | Path) -> None:
    subprocess.run([sys.executable, SCRIPTS / script, *map(str, arguments)], check=True, capture_output=True)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_simulated_clips_are_judged_beside_their_truth(tmp_path):
    pytest.importorskip("onnx")
    from tiny_bundle import write_bundle

    bundle = write_bundle(tmp_path, "vessel-ultrasound", {"artery": 0.3, "vein": 0.6})
    small = ["--clips", "2", "--frames", "8", "--size", "96", "--processes", "1", "--keep"]
    run("evaluate_compression.py", "--output", tmp_path / "figures", "--bundle", bundle, *small)

    healthy, thrombosed = rows_of(tmp_path / "figures" / "simulated.csv")
    assert (healthy["thrombosed"], thrombosed["thrombosed"]) == ("False", "True")
    assert float(healthy["true_change"]) > 90 > float(thrombosed["true_change"])
    for row in (healthy, thrombosed):
        assert row["undefined"] or float(row["seen_error"]) == pytest.approx(
            float(row["change"]) - float(row["true_change"])
        )
    groups = {row["group"]: row for row in rows_of(tmp_path / "figures" / "simulated_summary.csv")}
    assert set(groups) == {"healthy", "thrombosed", "look simulated", "all"}
    assert groups["all"]["clips"] == "2"
    assert (tmp_path / "figures" / "clips" / "clip001_curve.png").exists()


def test_networks_stand_in_one_table_with_their_intervals(tmp_path):
    pytest.importorskip("monai")
    definition = {"_target_": "SegAssistLib.networks.slim_unet.SlimUNet", "in_channels": 1, "out_channels": 2}
    recipe = {
        "network": definition,
        "schedule": {"steps": 10, "batch": 4},
        "planes": {"size": 256},
        "cases": ["a", "b"],
    }
    (tmp_path / "recipe.json").write_text(json.dumps(recipe))
    (tmp_path / "summary.csv").write_text(
        "source,channel,metric,mean,mean_low,mean_high\nusgra-seg,vessel,dice,0.75,0.7,0.8\n"
    )
    run("compare_networks.py", tmp_path, tmp_path, "--output", tmp_path / "networks.csv")
    first, second = rows_of(tmp_path / "networks.csv")
    assert first == second
    assert (first["network"], first["carotid Dice"]) == ("SlimUNet", "")
    assert [first[f"vessel Dice{which}"] for which in ("", " low", " high")] == ["0.75", "0.7", "0.8"]
