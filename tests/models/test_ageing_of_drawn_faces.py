"""PFA-GAN at the size of its default preset on faces whose true ages are known, judged by networks that had no part."""

import numpy as np
import pytest

from experiments import _drawn_judges, ageing_ablation
from keras_facegan.data.images import to_float
from keras_facegan.models.pfa_gan import PFAGAN

# The preset is a demonstration of minutes; exact ages want twice its steps, more of the age loss, and rates that decay.
STEPS, AGE_WEIGHT = 3000, 2e-4
DECAY = {"name": "cosine_decay", "initial_learning_rate": 5e-4, "decay_steps": STEPS, "alpha": 0.1}


@pytest.mark.slow
def test_true_age_moves_by_what_is_asked_and_the_person_stays():
    years, kept = _drawn_judges.age_judge(), _drawn_judges.attribute_judge()
    model = ageing_ablation.train(PFAGAN, {"age_weight": AGE_WEIGHT}, STEPS, learning_rate=DECAY)
    faces = _drawn_judges.open_faces("test", 20_000)
    images, groups = to_float(faces.images[:]), model.groups.of(faces.columns["age"])
    judged = years.estimate_age(images)
    young = images[groups == 0][:400]
    path, before = model.age_path(young, 0), kept(young)
    later = range(1, len(model.groups))
    # As far as real faces of the two groups are apart in the same judge's eyes.
    asked = [judged[groups == group].mean() - judged[groups == 0].mean() for group in later]
    moved = [years.estimate_age(path[:, group]).mean() - years.estimate_age(young).mean() for group in later]
    print(f"asked {np.round(asked, 1)}, moved {np.round(moved, 1)} years")
    assert moved == pytest.approx(asked, abs=3.0)
    assert all(np.mean(kept(path[:, group]) == before) > 0.95 for group in later)
