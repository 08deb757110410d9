"""ReCon++ models fine-tuned: to classify, to tell parts, in few-shot folds; released ones with a head classify."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from labeled import settings, sticks
from parted import parted
from parted import settings as part_settings
from plus_layout import plus_state
from plus_models import plus_model
from pointrecon import classify, finetune, label_parts, load_model, segment
from pointrecon.errors import InputError, Stopped
from pointrecon.evaluation import load_records
from pointrecon.models import Head, ReconPlusModel, save_model
from pointrecon.models.facts import weights_hash
from pointrecon.reports import report
from pointrecon.shapes import ShapeArrays
from pointrecon.training.batches import Batch
from pointrecon.training.classify_task import ClassifyTask
from pointrecon.training.head_settings import Classification
from pointrecon.training.loop_settings import Optimization
from pointrecon.training.optimizer import make_optimizer
from pointrecon.training.segment_task import SegmentTask
from pointrecon.transfer import few_shot
from pointrecon.transfer.transfer_way import with_head
from repeated_runs import assert_same_weights, same

CAUSAL = {"masking": "causal", "channels": 3, "stop_gradient": True, "points": 48, "patches": 12}
HEAD = Head("mlp3", ["a", "b", "c"])


def colored_sticks() -> ShapeArrays:
    """Clouds of one form, whose classes differ in color alone."""
    shapes = sticks()
    points = np.random.default_rng(1).uniform(-0.5, 0.5, shapes.points.shape)
    color = np.full((*shapes.label.shape, 64, 3), 20)
    color[np.arange(len(shapes)), :, shapes.label] = 230
    return ShapeArrays.from_points(
        points, color=color, label=shapes.label, split=shapes.split, classes=shapes.meta.classes, up="y"
    )


def batch(made: ReconPlusModel) -> Batch:
    draw = torch.Generator().manual_seed(5)
    points = made.prepare(torch.rand(6, 64, made.config.channels, generator=draw))
    part = torch.randint(3, points.shape[:2], generator=draw)
    return Batch(points, {}, {}, torch.full((6,), -1), torch.tensor([0, 1, 2, 0, 1, 2]), part)


@pytest.mark.parametrize("kind", ["openshape", "openshape_1k", "hybrid", "scaled"])
def test_the_model_to_fine_tune_keeps_what_its_source_learned(kind: str) -> None:
    more = {"openshape": {}, "openshape_1k": CAUSAL, "hybrid": {**CAUSAL, "image_queries": 10, "text_queries": 1}}
    source = plus_model(**more.get(kind, {**CAUSAL, "layer_scale": True}))
    made = with_head(source, HEAD, seed=1, decoder_depth=source.config.decoder_depth)
    own, before = made.state_dict(), source.state_dict()
    new = {name for name in own if name not in before}
    assert {name.split(".")[0] for name in new} == {"head", "encoder"}
    assert [name for name in new if name.startswith("encoder.")] == ["encoder.class_query"]
    assert {name for name in before if name not in own} == {n for n in before if n.startswith("projections.")}
    assert all(torch.equal(own[name], before[name]) for name in own if name not in new)
    assert (made.config.kind, made.config.stop_gradient) == ("transfer", False)
    count = source.config.image_queries + source.config.text_queries
    clouds = batch(source).points
    encoding = made.eval().encode(clouds)
    assert torch.equal(encoding.queries[:, :count], source.encode(clouds).queries)  # the class query is nobody's key
    images = encoding.queries[:, : source.config.image_queries].amax(1)
    assert made.head_input(encoding).shape == (6, 4 * 24)
    assert torch.equal(made.head_input(encoding)[:, 24:48], images)
    again = with_head(made, Head("linear", ["d", "e"]), seed=2)  # a classifier's own class query goes on
    assert torch.equal(again.state_dict()["encoder.class_query"], own["encoder.class_query"])
    plain = with_head(source, HEAD, layer_scale=False)
    assert not any(".scale" in name or "_scale" in name for name in plain.state_dict())
    scratch = with_head(source, HEAD, seed=1, from_scratch=True).state_dict()
    assert not torch.equal(scratch["encoder.queries"], before["encoder.queries"])


@pytest.mark.parametrize("kind", ["openshape", "causal"])
def test_both_streams_learn(kind: str) -> None:
    source = plus_model(**(CAUSAL if kind == "causal" else {}))
    causal = kind == "causal"
    made = with_head(source, HEAD, seed=1, drop_path=0.0, decoder_depth=int(causal)).train()
    task = ClassifyTask(made, how=Classification(rebuild_weight=3.0 if causal else None))
    losses = task(batch(made), torch.Generator().manual_seed(0))
    assert set(losses) == {"classification", *["reconstruction"] * causal}
    torch.stack(list(losses.values())).sum().backward()
    unmoved = {"model.encoder.embed.lift.bias", "model.encoder.embed.join.bias"}  # batch norms take them away again
    biases = ("head.0.bias", "head.4.bias")
    for name, parameter in task.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.any() or name in unmoved or name.endswith(biases), name
    if causal:
        made.zero_grad()
        task(batch(made), torch.Generator().manual_seed(0))["reconstruction"].backward()
        queries = {n for n, p in made.named_parameters() if p.grad is not None and p.grad.any() and "query" in n}
        assert not queries


def test_rebuilding_is_the_published_loss_and_weighs_no_class() -> None:
    made = with_head(plus_model(**CAUSAL), HEAD, drop_path=0.0, decoder_depth=1).eval()
    one, three = (ClassifyTask(made, how=Classification(rebuild_weight=weight)).eval() for weight in (1.0, 3.0))
    told = batch(made)
    first, second = one(told), three(told)
    assert torch.allclose(3 * first["reconstruction"], second["reconstruction"])
    patches = made.cut(told.points)
    rebuilt = made.rebuild(patches)
    assert rebuilt.patches is not None
    gaps = torch.cdist(rebuilt.patches.flatten(0, 1), patches.points.flatten(0, 1))
    near, far = gaps.amin(2), gaps.amin(1)
    wanted = near.square().mean() + far.square().mean() + (near.mean() + far.mean()) / 2
    assert torch.allclose(first["reconstruction"], wanted, rtol=1e-4)
    how = Classification(rebuild_weight=1.0, class_weights="balanced")
    heavy = ClassifyTask(made, how=how, counts=[10, 1, 1]).eval()(told)
    assert torch.equal(heavy["reconstruction"], first["reconstruction"])
    assert heavy["classification"] != first["classification"]


def test_the_head_and_the_class_query_learn_faster_and_decay() -> None:
    made = with_head(plus_model(**CAUSAL), HEAD, decoder_depth=1)
    task = ClassifyTask(made)
    groups = make_optimizer(task, Optimization(), task.learning_rate_factor, task.decays).param_groups
    found = {id(p): (group["factor"], group["weight_decay"] > 0) for group in groups for p in group["params"]}
    told = {name: found[id(p)] for name, p in made.named_parameters()}
    assert {value for name, value in told.items() if name.startswith("head.")} == {(10.0, True)}
    assert told["encoder.class_query"] == (10.0, True)
    for name in ("queries", "start", "start_position", "blocks.0.cross.q.weight"):
        assert told[f"encoder.{name}"] == (1.0, True)
    assert told["encoder.blocks.0.local.norm1.weight"] == told["decoder.blocks.0.mlp.fc1.bias"] == (1.0, False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("plus")
    sticks().save(place / "sticks.npz")
    save_model(plus_model(**CAUSAL), place / "causal")
    return place


@pytest.fixture(scope="module")
def whole(place: Path) -> Path:
    finetune(place / "causal", place / "sticks.npz", place / "whole", **settings(votes=2, train={"epochs": 4}))
    return place / "whole"


def test_a_causal_model_learns_to_classify(place: Path, whole: Path) -> None:
    first, voted = load_records(whole / "results" / "finetune.json")
    assert (first.task, voted.task) == ("finetune/full", "finetune/full/votes2")
    assert first.metrics["accuracy"] > 0.9
    assert any("rebuilds patches, too, with the weight 3" in note for note in first.notes)
    made = load_model(whole / "model")
    assert isinstance(made, ReconPlusModel)
    assert (made.config.kind, made.config.decoder_depth, made.facts.method) == ("transfer", 1, "finetune/full")
    assert made.facts.origin == weights_hash(load_model(place / "causal"))
    assert len(classify(whole, place / "sticks.npz", split="test", progress=False)) == 18
    page = report(whole, progress=False).read_text()
    assert "3 image queries" in page


def test_a_stopped_run_goes_on_to_the_same_result(place: Path, whole: Path) -> None:
    with pytest.raises(Stopped):
        finetune(
            place / "causal",
            place / "sticks.npz",
            place / "run",
            **settings(votes=2, train={"epochs": 4, "stop_after": 5}),
        )
    result = finetune(out=place / "run", resume=True, train={"stop_after": 0})
    assert_same_weights(whole, place / "run")
    for ours, theirs in zip(result, load_records(whole / "results" / "finetune.json"), strict=True):
        assert ours.metrics == same(theirs.metrics, 0.12)


def test_a_colored_model_learns_what_colors_alone_tell(tmp_path: Path) -> None:
    result = finetune(plus_model(), colored_sticks(), tmp_path / "run", **settings(classify={"draw": "farthest"}))
    assert result.mean() > 0.9
    made = load_model(tmp_path / "run")
    assert (made.config.decoder_depth, made.config.channels) == (0, 6)
    with pytest.raises(InputError, match=r"classify.rebuild_weight rebuilds patches with the decoder of a causal"):
        finetune(plus_model(), colored_sticks(), tmp_path / "b", **settings(classify={"rebuild_weight": 3.0}))
    assert not (tmp_path / "b").exists()


def test_frozen_modes_change_the_head_alone(place: Path, tmp_path: Path) -> None:
    result = finetune(place / "causal", place / "sticks.npz", tmp_path / "run", **settings(mode="linear"))
    before, after = load_model(place / "causal").state_dict(), load_model(result.model).state_dict()
    assert all(torch.equal(before[name], after[name]) for name in after if name in before)
    assert "decoder.norm.weight" not in after
    with pytest.raises(InputError, match="which this is not; leave it out"):
        finetune(
            place / "causal", place / "sticks.npz", tmp_path / "b",
            **settings(mode="linear", classify={"rebuild_weight": 3.0}),
        )  # fmt: skip


def test_a_size_of_recon_plus_begins_from_scratch(place: Path, tmp_path: Path) -> None:
    how = settings(train={"epochs": 1}, points=64, patches=8)
    result = finetune("plus-nano", place / "sticks.npz", tmp_path / "run", from_scratch=True, **how)
    made = load_model(result.model)
    assert isinstance(made, ReconPlusModel)
    assert (made.config.masking, made.config.decoder_depth, made.config.size) == ("causal", 2, "plus-nano")
    assert result.records[0].weights == "untrained"
    with pytest.raises(InputError, match="plus-nano"):
        finetune("plus-nano", place / "sticks.npz", tmp_path / "b", **how)


def test_few_shot_trains_them(place: Path) -> None:
    how = {"way": 3, "shot": 4, "queries": 4, "folds": 1, "progress": False, "epochs": 12, "learning_rate": 2e-3}
    found = few_shot(place / "causal", place / "sticks.npz", batch_size=6, encode={"device": "cpu"}, **how)
    assert found.mean() > 0.5


@pytest.mark.parametrize("kind", ["causal", "colored"])
def test_parts_are_told(tmp_path: Path, kind: str) -> None:
    source = plus_model(**(CAUSAL if kind == "causal" else {}))
    data = parted()
    if kind == "colored":
        data = replace(data, color=np.random.default_rng(2).integers(0, 256, data.points.shape, dtype=np.uint8))
    result = segment(source, data, tmp_path / "run", **part_settings(train={"epochs": 8}))
    assert result.mean("instance_miou") > 0.5
    made = load_model(result.model)
    assert isinstance(made, ReconPlusModel)
    assert (made.config.kind, made.config.class_query, made.decoder) == ("segmentation", False, None)
    found = label_parts(result.model, data, split="test")
    assert found.part.shape == (16, 64)


def test_the_part_head_reads_every_patch_of_a_row_where_it_stands() -> None:
    made = with_head(plus_model(**CAUSAL), Head("parts", ["x", "y", "z"], 2), seed=0).eval()
    patches = made.cut(batch(made).points)
    whole = [tokens for _, tokens in made.encoder.layers(patches, whole=True)]
    usual = [tokens for _, tokens in made.encoder.layers(patches)]
    assert whole[-1].shape[1] == usual[-1].shape[1] + 1
    assert torch.allclose(whole[-1][:, :-1], usual[-1], atol=1e-6)  # nothing before it knows of one more
    moved = patches._replace(points=patches.points.clone())
    moved.points[:, -1] *= 2
    told, again = (made.label_points(p, batch(made).points) for p in (patches, moved))
    assert not torch.allclose(told, again)


def test_a_segmenters_unused_norm_does_not_learn() -> None:
    made = with_head(plus_model(), Head("parts", ["x", "y", "z"], 3), drop_path=0.0).train()
    task = SegmentTask(made)
    task(batch(made), torch.Generator().manual_seed(0))["segmentation"].backward()
    assert all(p.grad is not None for p in task.parameters() if p.requires_grad)


def test_a_released_fine_tuned_file_classifies(tmp_path: Path) -> None:
    torch.save({"base_model": plus_state("transfer_small_scan", width=48, blocks=2)}, tmp_path / "best.pth")
    classes = load_model(tmp_path / "best.pth").config.head.classes
    found = classify(tmp_path / "best.pth", sticks(6), progress=False)
    assert set(found.names) == set(classes)
    assert len(found.id) == 6
