"""The default preset of PFA-GAN on faces whose true ages are known, judged by networks that had no part in it."""

import numpy as np
import pytest

from experiments import _drawn_judges, ageing_ablation
from keras_facegan.data.images import to_float
from keras_facegan.models.pfa_gan import PFAGAN

YEARS = 3.0


@pytest.mark.slow
def test_true_age_arrives_where_it_is_asked_to_and_the_person_stays():
    years, kept = _drawn_judges.age_judge(), _drawn_judges.attribute_judge()
    model = ageing_ablation.train(PFAGAN, {}, steps=0)
    faces = _drawn_judges.open_faces("test", 20_000)
    images, ages = to_float(faces.images[:]), faces.columns["age"]
    groups, judged = model.groups.of(ages), years.estimate_age(images)
    young = images[groups == 0][:400]
    path, before = model.age_path(young, 0), kept(young)
    for group in range(1, len(model.groups)):
        # The age loss asks for the mean age of the group, the discriminator for faces like its real ones, whom the
        # judge calls younger than they are, for many of 45 look like 35: an aged face may be anything between.
        real, asked = judged[groups == group].mean(), ages[groups == group].mean()
        arrived, same = years.estimate_age(path[:, group]).mean(), np.mean(kept(path[:, group]) == before)
        print(f"real {real:.1f}, asked {asked:.1f}, arrived {arrived:.1f} years, attributes kept {same:.3f}")
        assert real - YEARS < arrived < asked + YEARS
        assert same > 0.95
