"""All that the tests need of TensorFlow, in one process: tflite-runtime, which other tests use, cannot share it."""

import sys
from pathlib import Path

import keras
import numpy as np

from converter.convert.quantize import float32
from converter.pretrained import sources
from converter.towers import resnet29, twin

folder = Path(sys.argv[1])
crops = np.load(folder / "crops.npy").astype(np.float32)
tower = resnet29.build(sources.FACE.path())
embeddings = tower.predict(crops, verbose=0)

twin.euclidean(tower).save(folder / "twin.keras")
loaded = keras.saving.load_model(folder / "twin.keras")
distances = loaded.predict([crops, crops[::-1]], verbose=0)

one = resnet29.build(sources.FACE.path(), batch_size=1)
(folder / "float.tflite").write_bytes(float32(one))
np.savez(folder / "found.npz", embeddings=embeddings, distances=distances, parameters=tower.count_params())
