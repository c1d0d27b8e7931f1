"""What a trained model itself says: `predicting.py MODEL twin|tower FOLDER`, over FOLDER/pictures.npy."""

import sys
from pathlib import Path

import keras
import numpy as np

from tests.convert_command.training import L1Dist

model = keras.saving.load_model(sys.argv[1], custom_objects={"L1Dist": L1Dist})
folder = Path(sys.argv[3])
pictures = np.load(folder / "pictures.npy").astype(np.float32) / 255
fed = pictures if sys.argv[2] == "tower" else [pictures[::2], pictures[1::2]]
np.save(folder / "answer.npy", model.predict(fed, verbose=0).squeeze(-1 if sys.argv[2] == "twin" else ()))
