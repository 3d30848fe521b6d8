"""Losses on partly annotated pictures, against arithmetic by hand."""

from __future__ import annotations

import math

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("monai")

from SegAssistLib.networks.exclusive import Exclusive  # noqa: E402
from SegAssistLib.training.losses import LogDiceBCELoss, union_logits  # noqa: E402


def test_log_dice_and_cross_entropy_are_as_by_hand():
    empty, full = [[-100.0, 0.0], [-100.0, -100.0]], [[0.0, 100.0], [-100.0, 100.0]]
    logits = torch.tensor([[full], [empty]])
    reference = torch.tensor([[[[1.0, 1.0], [0.0, 1.0]]], [[[0.0, 0.0], [0.0, 0.0]]]])
    of_batch = (2 * 2.5 + 1) / (2.5 + 0.5 + 3 + 1)
    of_picture = (2 * 2.5 + 1) / (2.5 + 3 + 1)  # the other one holds nothing
    expected = 2 * math.log(2) / 8 - 0.5 * (math.log(of_batch) + math.log(of_picture))
    assert LogDiceBCELoss()(logits, reference).item() == pytest.approx(expected)


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


def given(scores):
    """A network that answers the same whatever it is asked."""
    return Exclusive(torch.nn.Identity())(torch.tensor(scores, dtype=torch.float64).reshape(1, -1, 1, 1))


@pytest.mark.parametrize("scores", [(0.0, 0.0), (3.0, -1.5), (25.0, 20.0), (-40.0, -60.0), (1.0, 2.0, 3.0)])
def test_exclusive_labels_have_the_probabilities_of_a_softmax(scores):
    softmax = torch.softmax(torch.tensor([0.0, *scores], dtype=torch.float64), dim=0)
    logits = given(scores)
    assert torch.allclose(torch.sigmoid(logits).flatten(), softmax[1:], atol=1e-12)
    assert torch.sigmoid(union_logits(logits)).item() == pytest.approx(1 - softmax[0].item(), abs=2e-6)


@pytest.mark.parametrize("large", [0.0, 3.0, 40.0])
def test_the_union_of_labels_keeps_a_finite_gradient(large):
    scores = torch.tensor([large, -1.5]).reshape(1, 2, 1, 1).requires_grad_()
    union_logits(Exclusive(torch.nn.Identity())(scores)).sum().backward()
    assert torch.isfinite(scores.grad).all()


def test_the_union_of_absent_labels_keeps_a_finite_gradient():
    logits = torch.full((1, 2, 1, 1), -60.0, requires_grad=True)
    union_logits(logits).sum().backward()
    assert torch.isfinite(logits.grad).all()
