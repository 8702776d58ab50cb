"""The default preset of PFA-GAN on faces whose true ages are known, judged by networks that had no part in it."""

import numpy as np
import pytest

from experiments import _drawn_judges, ageing_ablation
from keras_facegan.data.images import to_float
from keras_facegan.models.pfa_gan import PFAGAN


@pytest.mark.slow
def test_true_age_moves_by_what_is_asked_and_the_person_stays():
    years, kept = _drawn_judges.age_judge(), _drawn_judges.attribute_judge()
    model = ageing_ablation.train(PFAGAN, {}, steps=0)
    faces = _drawn_judges.open_faces("test", 20_000)
    images, groups = to_float(faces.images[:]), model.groups.of(faces.columns["age"])
    judged = years.estimate_age(images)
    young = images[groups == 0][:400]
    path, before = model.age_path(young, 0), kept(young)
    for group in range(1, len(model.groups)):
        asked = judged[groups == group].mean() - judged[groups == 0].mean()
        moved = years.estimate_age(path[:, group]).mean() - years.estimate_age(young).mean()
        assert moved == pytest.approx(asked, abs=3.0)
        assert np.mean(kept(path[:, group]) == before) > 0.95
