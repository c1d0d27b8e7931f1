"""What becomes of a twin's head."""

import numpy as np
import pytest

from converter.convert.reading.distance import by_name, measured, plain
from converter.convert.reading.faults import ModelUnclear, ModelUnsupported
from edge.vision.card import Cosine, Euclidean, WeightedL1

from .checking import TWIN, device_scores, folded

pytestmark = pytest.mark.convert


@pytest.fixture
def read_twin(tmp_path, noise):
    """Saves and reads a twin, and checks its scores against its own output; the answer is what was read."""
    from converter.convert.keras_file import Hints, read

    def check(model, ending="keras", **hints):
        model.save(tmp_path / f"twin.{ending}")
        found = read(tmp_path / f"twin.{ending}", Hints(**hints))
        first, second = (found.tower.predict_on_batch(rows) for rows in (noise, noise[::-1]))
        output = np.ravel(model.predict_on_batch([noise, noise[::-1]]))
        if found.twin_score:
            np.testing.assert_allclose(found.twin_score(first, second), output, atol=TWIN)
        if found.head.slope is not None:
            np.testing.assert_allclose(device_scores(found, first, second), output, atol=TWIN)
        return found

    return check


@pytest.mark.parametrize("ending", ["keras", "h5"])
@pytest.mark.parametrize("name", ["l1", "euclidean", "cosine", "summed", "mean", "merging layers"])
def test_operations_are_recognised_by_what_they_compute(read_twin, ending, name):
    from keras import layers, ops

    from . import twins

    joins = {
        "l1": twins.l1,
        "euclidean": twins.euclidean,
        "cosine": lambda a, b: layers.Dot(axes=1, normalize=True)([a, b]),
        "summed": lambda a, b: ops.sum(twins.l1(a, b), axis=1, keepdims=True),
        "mean": lambda a, b: ops.mean(twins.l1(a, b), axis=1, keepdims=True),
        "merging layers": lambda a, b: ops.abs(layers.Subtract()([a, b])),
    }
    head = read_twin(twins.twin(joins[name]), ending).head
    kinds = {"euclidean": Euclidean, "cosine": Cosine}
    assert isinstance(head.distance, kinds.get(name, WeightedL1))
    assert head.slope > 0


def test_a_batch_norm_between_distance_and_score_is_folded(read_twin):
    from keras import layers

    from . import twins

    def head(joined):
        return layers.Dense(1, activation="sigmoid")(layers.BatchNormalization()(joined))

    for join in (twins.euclidean, twins.l1):
        assert read_twin(twins.shuffled(twins.twin(join, head))).head.slope > 0


def test_a_twin_that_tells_how_different_pictures_are_is_turned_round(read_twin, noise):
    from keras import layers

    from . import twins

    def head(joined):
        return layers.Dense(1, activation="sigmoid", kernel_initializer="ones")(joined)

    for join in (twins.euclidean, twins.l1):
        model = twins.twin(join, head)
        found = read_twin(model)
        assert found.head.reversed
        assert "how different" in found.found
        first, second = (found.tower.predict_on_batch(rows) for rows in (noise, noise[::-1]))
        output = np.ravel(model.predict_on_batch([noise, noise[::-1]]))
        np.testing.assert_allclose(folded(found.head, first, second), 1 - output, atol=TWIN)


def test_a_twin_without_trained_layer_gives_its_distance_alone(read_twin):
    from . import twins

    for join, kind in ((twins.euclidean, Euclidean), (twins.squared, Euclidean)):
        head = read_twin(twins.twin(join, head=lambda joined: joined)).head
        assert isinstance(head.distance, kind)
        assert (head.slope, head.intercept) == (None, None)


def test_a_product_of_embeddings_of_length_1_is_a_cosine(read_twin):
    from keras import layers

    from . import twins

    of = twins.tower(last=layers.UnitNormalization())
    found = read_twin(twins.twin(lambda a, b: layers.Dot(axes=1)([a, b]), of=of))
    assert isinstance(found.head.distance, Cosine)
    found = read_twin(twins.twin(twins.squared, of=of))
    assert isinstance(found.head.distance, Cosine)


def test_a_squared_distance_with_a_trained_layer_is_refused_and_may_be_left_out(read_twin):
    from . import twins

    with pytest.raises(ModelUnsupported, match=r"squared distance has no counterpart.*--distance euclidean"):
        read_twin(twins.twin(twins.squared))
    found = read_twin(twins.twin(twins.squared), distance="euclidean")
    assert found.head.slope is None
    assert "left out for --distance euclidean" in found.found


def test_a_deep_head_is_refused_by_what_it_is_made_of(read_twin):
    from keras import layers

    from . import twins

    def head(joined):
        return layers.Dense(1, activation="sigmoid")(layers.Dense(8, activation="relu")(joined))

    with pytest.raises(ModelUnsupported, match=r"Dense\(8, relu\) then Dense\(1, sigmoid\), which is more than"):
        read_twin(twins.twin(twins.l1, head))
    assert read_twin(twins.twin(twins.l1, head), distance="l1").head.slope is None


def test_what_is_no_distance_is_refused_by_what_it_is_made_of(read_twin):
    from keras import layers

    from . import twins

    joined = twins.twin(lambda a, b: layers.Concatenate()([a, b]))
    with pytest.raises(ModelUnsupported, match="joins two embeddings by Concatenate"):
        read_twin(joined)
    assert isinstance(read_twin(joined, distance="cosine").head.distance, Cosine)


def test_a_lambda_is_not_run_but_asked_for(read_twin):
    from keras import layers

    from . import lambdas, twins

    def model():
        return twins.twin(lambda a, b: layers.Lambda(lambdas.difference)([a, b]))

    with pytest.raises(ModelUnclear, match=r"\(Lambda\), which is code and is not run.*--distance l1.*--trust-code"):
        read_twin(model())
    with pytest.raises(ModelUnclear, match="takes 16 numbers, and euclidean of 16 gives 1; give another"):
        read_twin(model(), distance="euclidean")
    assert isinstance(read_twin(model(), distance="l1").head.distance, WeightedL1)
    trusted = read_twin(model(), trust_code=True)
    assert isinstance(trusted.head.distance, WeightedL1)
    assert "was trusted" in trusted.found


@pytest.mark.parametrize("kind", ["l1", "squared", "euclidean", "cosine"])
@pytest.mark.parametrize("width", [2, 128, 4096])
def test_each_distance_is_told_from_the_others(kind, width):
    found = measured(lambda a, b: plain(kind, a, b, elementwise=False) * -2 + 1, width, unit_length=False)
    assert (found.kind, found.elementwise) == (kind, False)
    assert (found.scale, found.offset) == pytest.approx((-2, 1), abs=1e-3)


def test_what_is_none_of_them_is_not_recognised():
    assert measured(lambda a, b: np.exp(-np.abs(a - b).sum(axis=1)), 16, unit_length=False) is None
    assert measured(lambda a, b: np.ones(len(a)), 16, unit_length=False) is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        *[
            ("L1Dist", "l1"),
            ("L1_Distance_layer", "l1"),
            ("ManhattanDistance", "l1"),
            ("euclidean_distance", "euclidean"),
        ],
        *[("SquaredEuclidean", "squared"), ("CosineSimilarity", "cosine")],
    ],
)
def test_names_of_layers_tell_what_they_measure(name, kind):
    assert by_name([name]).kind == kind
    assert by_name(["DistanceLayer"]) is None
