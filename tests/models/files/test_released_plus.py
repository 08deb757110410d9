"""Released ReCon++ checkpoints: every kind is recognized and fits our model by name, and becomes a model folder."""

import json
from pathlib import Path

import pytest
import torch

from plus_layout import KINDS, plus_shapes, plus_state, seeded_inputs, seeded_weights
from pointrecon.cli.main import main
from pointrecon.errors import InputError
from pointrecon.models import PlusConfig, ReconModel, ReconPlusModel, load_model
from pointrecon.models.files.released import check_size, released_state
from pointrecon.models.files.released_plus import plus_config, renamed_plus

MILLIONS = {
    **{"small_openshape": 51.4, "small_openshape_1k": 51.2, "transfer_small_scan": 50.7},
    **{"base_openshape": 201.5, "base_openshape_1k": 207.0, "transfer_base_scan": 205.8},
    **{"large_openshape": 658.9, "large_openshape_1k": 664.7, "transfer_large_scan": 663.2, "giant_openshape": 2120.5},
}  # METHOD-PLUS section 1; without the norm that is used nowhere, which changes no digit


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_fits_name_by_name(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        torch.nn.Linear, "reset_parameters", lambda layer: None
    )  # nothing is stored here: half the time
    path, told = Path(kind), KINDS[kind]["settings"]
    shapes = plus_shapes(kind)
    on_meta = {f"module.{name}": torch.empty(shape, device="meta") for name, shape in shapes.items()}
    ours = renamed_plus(released_state(on_meta, path), path)
    assert len(ours) == sum(not name.removeprefix("model.").startswith("norm.") for name in shapes)  # one to one
    config = plus_config(ours, path)
    check_size(config, ours, path)  # refuses a name or shape that is missing, superfluous or other

    for name in ("points", "patches", "patch_size", "channels", "width", "heads", "drop_path"):
        assert getattr(config, name) == told[name], name
    assert [config.image_queries, config.text_queries] == told["queries"]
    assert config.stop_gradient is told["stop_grad"]
    assert config.masking == {"rand": "random", "causal": "causal"}[told["mask"]]
    transfer = "transfer" in kind or kind.endswith("_post")
    assert config.kind == ("transfer" if transfer else kind.split("_", 1)[1])
    assert config.size == next(size for size in ("small", "base", "large", "giant") if size in kind)
    assert config.layer_scale is (config.size == "small" and not transfer)
    assert config.embedding == ("small" if config.size == "small" or config.kind == "openshape" else "large")
    assert set(config.teachers) == (set() if transfer else {"image", "text"})
    if kind in MILLIONS:
        counted = ("running_mean", "running_var", "num_batches_tracked")  # which nobody learns
        count = sum(value.numel() for name, value in ours.items() if not name.endswith(counted))
        assert round(count / 1e6, 1) == MILLIONS[kind]


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A narrow zero-shot model, as the released training writes it."""
    state = {f"module.{name}": value for name, value in plus_state("small_openshape", width=48, blocks=1).items()}
    adam = {"state": {0: {"exp_avg": torch.zeros(2)}}, "param_groups": [{"lr": 0.1}]}
    content = {"base_model": state, "optimizer": adam, "epoch": 7, "best_lvis_acc": torch.tensor(53.2)}
    torch.save(content, tmp_path / "best_lvis.pth")
    return tmp_path / "best_lvis.pth"


def test_a_released_file_becomes_a_folder_with_the_same_outputs(checkpoint: Path, tmp_path: Path) -> None:
    few = {"points": 200, "patches": 24}
    model = load_model(checkpoint, **few)
    assert isinstance(model, ReconPlusModel)
    assert not model.training
    assert all(parameter.requires_grad for parameter in model.parameters())
    out = tmp_path / "folder"
    assert main(["convert", str(checkpoint), str(out), "--points", "200", "--patches", "24"]) == 0
    again = load_model(out)
    assert isinstance(again, ReconPlusModel)
    assert again.config == model.config
    clouds = torch.from_numpy(seeded_inputs.coloured(seeded_weights.clouds(2, 200, 3), 4))
    for feature in model.feature_widths():
        assert torch.equal(model.features(clouds, feature), again.features(clouds, feature))

    told = json.loads((out / "config.json").read_text())
    assert told["family"] == "recon++"
    assert told["kind"] == "openshape"
    assert told["input"]["colors"].startswith("0 to 1")
    assert told["model"]["teachers"]["text"]["name"] == "laion/CLIP-ViT-bigG-14-laion2B-39B-b160k"
    card = (out / "README.md").read_text()
    for words in ("# ReCon++ custom", "200 points", "with colors", "queries for 13 images, 3 texts", "best_lvis.pth"):
        assert words in card


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"module.model.global_query": torch.zeros(1, 12, 48)}, "has 12 queries; released"),
        ({"module.fc.weight": torch.zeros(2)}, "has 1 tensors that no released ReCon"),
        ({"module.model.encoder.blocks.local_blocks.0.attn.qkv.bias": torch.zeros(3)}, "has the shape"),
        ({"module.model.encoder.ln_f2.bias": None}, "lacks the tensor 'encoder.query_norm.bias'"),
        ({"module.model.embed.first_conv.0.weight": None}, "lacks encoder.embed.lift.weight"),
        ({"module.model.decoder.blocks.x.norm1.bias": torch.zeros(48)}, "no released ReCon"),
    ],
)
def test_other_files_are_refused_in_one_sentence(change: dict, words: str, checkpoint: Path) -> None:
    state = torch.load(checkpoint)["base_model"] | change
    torch.save({"base_model": {name: value for name, value in state.items() if value is not None}}, checkpoint)
    with pytest.raises(InputError, match=words.replace("+", r"\+")) as caught:
        load_model(checkpoint)
    assert "\n" not in str(caught.value)


def test_a_folder_of_an_unknown_family_or_setting_is_refused(checkpoint: Path, tmp_path: Path) -> None:
    out = tmp_path / "folder"
    main(["convert", str(checkpoint), str(out)])
    whole = (out / "config.json").read_text()
    for old, new, words in (
        ('"recon++"', '"recon3"', "of a family that this version does not know"),
        ('"channels": 6', '"channels": 4', "channels is 4"),
        ('"masking": "random"', '"masking": "causal"', "lacks the tensor 'encoder.start'"),
    ):
        assert old in whole
        (out / "config.json").write_text(whole.replace(old, new))
        with pytest.raises(InputError, match=words):
            load_model(out)


def test_a_recon_file_is_still_a_recon_model() -> None:
    assert isinstance(load_model("made-nano"), ReconModel)
    assert PlusConfig().kind == "openshape"
