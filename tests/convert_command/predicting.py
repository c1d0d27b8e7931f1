"""What a trained twin itself says: `predicting.py TWIN FOLDER`, of pairs in FOLDER/pictures.npy."""

import sys
from pathlib import Path

import keras
import numpy as np

from tests.convert_command.training import L1Dist

model = keras.saving.load_model(sys.argv[1], custom_objects={"L1Dist": L1Dist})
folder = Path(sys.argv[2])
pictures = np.load(folder / "pictures.npy").astype(np.float32) / 255
np.save(folder / "answer.npy", model.predict([pictures[::2], pictures[1::2]], verbose=0).ravel())
