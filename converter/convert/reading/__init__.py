"""Takes trained Keras files apart without the code that made them: config and weights are read, nothing is run."""
