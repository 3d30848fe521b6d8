"""Losses on partly annotated pictures, against arithmetic by hand."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("monai")

from SegAssistLib.training.losses import LogDiceBCELoss, union_logits  # noqa: E402


def test_log_dice_and_cross_entropy_are_as_by_hand():
    logits = torch.tensor([[[[0.0, 100.0], [-100.0, 100.0]]]])
    reference = torch.tensor([[[[1.0, 1.0], [0.0, 1.0]]]])
    dice = (2 * 2.5 + 1) / (2.5 + 3 + 1)
    assert LogDiceBCELoss()(logits, reference).item() == pytest.approx(math.log(2) / 4 - math.log(dice))


def test_what_nobody_annotated_teaches_nothing():
    logits = torch.randn(2, 2, 8, 8, requires_grad=True)
    reference = (torch.rand(2, 2, 8, 8) > 0.5).float()
    reference[:, 1] = -1
    reference[0, 0, :4] = -1
    LogDiceBCELoss()(logits, reference).backward()
    assert torch.all(logits.grad[reference < 0] == 0)
    assert torch.all(logits.grad[reference >= 0] != 0)
    nothing = torch.full_like(reference, -1)
    assert LogDiceBCELoss()(logits, nothing).item() == 0


@pytest.mark.parametrize("large", [0.0, 3.0, 40.0])
def test_the_union_is_there_when_any_label_is(large):
    logits = torch.tensor([large, -1.5], dtype=torch.float64).reshape(1, 2, 1, 1).requires_grad_()
    union = union_logits(logits)
    expected = 1 - (1 - torch.sigmoid(logits)).prod()
    assert torch.sigmoid(union).item() == pytest.approx(expected.item(), abs=1e-9)
    union.sum().backward()
    assert torch.isfinite(logits.grad).all()


def test_the_union_of_absent_labels_keeps_a_finite_gradient():
    logits = torch.full((1, 2, 1, 1), -60.0, requires_grad=True)
    union_logits(logits).sum().backward()
    assert torch.isfinite(logits.grad).all()
