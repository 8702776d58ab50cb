"""The base of every model that makes faces older or younger: age groups, and the way from one to another."""

import keras
import numpy as np
from keras import ops

from keras_facegan.errors import UserError
from keras_facegan.loading import load_helper
from keras_facegan.models._base import ZooModel
from keras_facegan.networks.age_groups import OLDEST, AgeGroups
from keras_facegan.networks.chunks import in_chunks
from keras_facegan.networks.pictures import check_pictures

DIRECTIONS = ("older", "younger")
# Rows of a preview.
SHOWN = 8
# Greatest age in years that can be asked for.
LATEST = 120


class AgeingModel(ZooModel):
    """Takes faces from one age group into another.

    A subclass calls `age_by`, sets `group_ages` and defines `age_step`; one with `has_gender` defines
    `estimate_gender`. Its groups stand along a way that begins with the youngest group, or with the oldest one in a
    model that makes faces younger; a `place` is a group's number along it.

    Attributes:
        groups: `AgeGroups`.
        group_ages: `GroupAges`, the mean ages of the training faces.
        older: Whether the way runs from young to old.
        both_ways: Whether faces go along it in both directions.
        age_network: Name of the weights, or run directory, of the age estimator that knows such faces; None in a
            model that estimates ages itself.
        has_gender: Whether the gender of a person changes the result.
    """

    reads = call_reads = ("image", "age")
    uses_held_out = True
    has_gender = both_ways = False

    def age_by(self, age_groups, age_network: str | None = None, older: bool = True):
        """Set the age groups and the direction.

        Args:
            age_groups: Oldest year of each group but the last.
            age_network: Name of the weights, or run directory, of an age estimator of the same groups; None in a model
                that has the ability `EstimatesAge` itself.
            older: Whether faces grow older, or the way of a model for both begins with the young.
        """
        self.groups, self.age_network, self.older = AgeGroups(age_groups), age_network, older

    def age_step(self, images: np.ndarray, start: np.ndarray, end: np.ndarray, gender: np.ndarray | None) -> np.ndarray:
        """Return pictures (n, H, W, C), not clipped, of faces taken from places (n,) to places (n,) along the way.

        Args:
            images: float32 (n, H, W, C), about [-1, 1].
            start: int32 (n,).
            end: int32 or float32 (n,) as `places_of` gives them, none smaller than its start unless the model goes
                both ways.
            gender: int32 (n,), 0 male, 1 female, or None for a model without.
        """
        raise TypeError(f"{type(self).__name__} must define age_step.")

    def place(self, group):
        """Return where groups stand along the way, and which groups stand at places: it is its own inverse."""
        return group if self.older else len(self.groups) - 1 - group

    def places_of(self, years: np.ndarray) -> np.ndarray:
        """Return where along the way ages in years (n,) are reached: at the places of their groups.

        A model that can stop between two groups gives float32 places between theirs.
        """
        return self.place(self.groups.of(years)).astype("int32")

    def changes(self, start, end):
        """Return whether faces at a place are changed on their way to another; the others stay as they are."""
        return start != end if self.both_ways else start < end

    def check_examples(self, examples):
        self.groups.check_all_present(examples.columns["age"], examples.name, "model.age_groups")

    def adapt(self, examples):
        """Take the mean age of each group from the training pictures."""
        ages = np.minimum(examples.columns["age"], OLDEST)
        groups = self.groups.of(ages)
        self.group_ages.means.assign([ages[groups == group].mean() for group in range(len(self.groups))])

    def estimator(self):
        """Load the frozen age estimator that knows such faces.

        Raises:
            UserError: It cannot be had, or has other age groups.
        """
        estimator = load_helper(self.age_network, "age_estimator")
        known, wanted = estimator.groups.thresholds, self.groups.thresholds
        if known != wanted:
            raise UserError(
                f"{self.age_network} has the age groups {list(known)}, model.age_groups are {list(wanted)}; "
                "train an age_estimator with model.age_groups equal to them."
            )
        return estimator

    def age(self, images, target_group=None, source_group=None, *, to=None, gender=None) -> np.ndarray:
        """Age faces.

        Args:
            images: float (n, side, side, 3) in [-1, 1], side that of the model.
            target_group: Group to arrive at, int or int array (n,), 0 the youngest.
            source_group: Group of the faces as they are, int or int array (n,); estimated when it is None.
            to: Age in years from 0 to 120 to arrive at, number or array (n,), in place of `target_group`. A model
                without steps between groups arrives at the group of these years.
            gender: 0 (male) or 1 (female), int or int array (n,), for a model that asks for it; estimated when it is
                None.

        Returns:
            float32 array (n, side, side, 3) in [-1, 1]; a face that is in its target group already comes back as it
            is.

        Raises:
            UserError: Pictures of another shape or range, no such group or age, both or neither of `target_group` and
                `to`, a target on the wrong side of the source, or a gender that the model does not ask for.
        """
        images = self._checked(images)
        if (target_group is None) == (to is None):
            raise UserError("age takes one of target_group (a number) and to (years).")
        if to is not None:
            years = self._years(to, len(images))
            target_group = self.groups.of(years)
        if source_group is None:
            estimator = self.estimator() if self.age_network else self
            source_group = self.groups.of(estimator.estimate_age(images))
        source, target = (self._groups(groups, len(images), name) for groups, name in (
            (source_group, "source_group"), (target_group, "target_group")
        ))  # fmt: skip
        start, end = self.place(source), self.place(target)
        backwards = np.flatnonzero(end < start)
        if len(backwards) and not self.both_ways:
            source, target = source[backwards[0]], target[backwards[0]]
            own, other = DIRECTIONS if self.older else DIRECTIONS[::-1]
            raise UserError(
                f"This model makes faces {own}: it cannot go from group {source} ({self.groups.names[source]}) to "
                f"group {target} ({self.groups.names[target]}). Use a model of direction `{other}`."
            )
        if to is not None:
            end = np.where(start == end, start, self.places_of(years))
        return np.clip(self._aged(images, start, end, self._gender(gender, images)), -1.0, 1.0)

    def age_path(self, images, source_group, *, gender=None) -> np.ndarray:
        """Age faces into every group from their own on, or into all in a model that goes both ways.

        Args:
            images: As for `age`.
            source_group: As for `age`, but not None.
            gender: As for `age`.

        Returns:
            float32 array (n, groups, side, side, 3) in [-1, 1] in the order of the way. The place of a face's own
            group holds the face itself, and so do those before it in a model that goes one way.
        """
        images = self._checked(images)
        start = self.place(self._groups(source_group, len(images), "source_group"))
        gender = self._gender(gender, images)
        path = [] if self.both_ways else [images]
        for place in range(len(path), len(self.groups)):
            path.append(self._next(path, images, start, place, gender))
        return np.clip(np.stack(path, axis=1), -1.0, 1.0)

    def _next(self, path, images, start, place, gender):
        """Return the faces at a place of the way, from those at the places before it."""
        start = start if self.both_ways else np.minimum(start, place)
        return self._aged(images, start, np.full_like(start, place), gender)

    def preview(self, images, columns):
        path = self.path_of_first_group(images, columns, SHOWN)
        return {"ages": path} if len(path) else {}

    def path_of_first_group(self, images, columns, most: int) -> np.ndarray:
        """Return `age_path` of the first faces that stand at the beginning of the way.

        Args:
            images: As for `validate`.
            columns: Labels by name, of which `age` float32 (n,) is read.
            most: Faces at most.
        """
        first = int(self.place(0))
        return self.age_path(images[np.flatnonzero(self.groups.of(columns["age"]) == first)[:most]], first)

    def _age_signature(self, draw, **labels):
        """Return the network and the examples of the exported signature `age`, for a model that draws faces anew.

        Args:
            draw: Callable from a dict of Keras tensors (image, source_group, target_group and the labels) to pictures.
            **labels: Number of the values of every further label of a face, by name.
        """
        names = ("source_group", "target_group", *labels)
        inputs = {name: keras.Input((), dtype="int32", name=name) for name in names}
        inputs["image"] = keras.Input(self.image_shape, name="image")
        stays = ops.reshape(ops.equal(inputs["source_group"], inputs["target_group"]), (-1, 1, 1, 1))
        network = keras.Model(inputs, {"images": ops.where(stays, inputs["image"], draw(inputs))})
        rows = np.arange(5, dtype="int32")
        examples = {
            "image": np.random.default_rng(0).uniform(-1, 1, (5, *self.image_shape)).astype("float32"),
            "source_group": np.zeros(5, "int32"),
            "target_group": rows % len(self.groups),
        }
        return network, examples | {name: rows % values for name, values in labels.items()}

    def _aged(self, images, start, end, gender):
        if gender is None:
            return in_chunks(lambda x, a, b: self.age_step(x, a, b, None), images, start, end)
        return in_chunks(self.age_step, images, start, end, gender)

    def _checked(self, images):
        images = check_pictures(images, self.image_shape)
        if images.shape[1:] != self.image_shape:
            raise UserError(f"images must be (n, {', '.join(map(str, self.image_shape))}), got {images.shape}.")
        return images

    def _years(self, years, count):
        years = np.asarray(years)
        wanted = f"one age in years from 0 to {LATEST}, or {count} of them"
        if years.shape not in ((), (count,)) or years.dtype.kind not in "iuf":
            raise UserError(f"to must be {wanted}, got {years.dtype} {years.shape}.")
        if not ((years >= 0) & (years <= LATEST)).all():
            raise UserError(f"to must be {wanted}, got {years.tolist()}.")
        return np.broadcast_to(years, (count,)).astype("float32")

    def _groups(self, groups, count, name):
        groups = np.asarray(groups)
        if groups.shape not in ((), (count,)) or groups.dtype.kind not in "iu":
            raise UserError(f"{name} must be one whole number or {count} of them, got {groups.dtype} {groups.shape}.")
        if groups.size and not (groups.min() >= 0 and groups.max() < len(self.groups)):
            named = ", ".join(f"{i}: {years}" for i, years in enumerate(self.groups.names))
            raise UserError(f"{name} must be 0 to {len(self.groups) - 1} ({named}), got {groups.tolist()}.")
        return np.broadcast_to(groups, (count,)).astype("int32")

    def _gender(self, gender, images):
        if gender is None:
            return self.estimate_gender(images) if self.has_gender else None
        if not self.has_gender:
            raise UserError(f"{self.name} ages all faces alike and takes no gender; leave it out.")
        gender, count = np.asarray(gender), len(images)
        if gender.shape not in ((), (count,)) or not np.isin(gender, (0, 1)).all():
            raise UserError(f"gender must be 0 (male) or 1 (female), or {count} of them, got {gender.tolist()}.")
        return np.broadcast_to(gender, (count,)).astype("int32")
