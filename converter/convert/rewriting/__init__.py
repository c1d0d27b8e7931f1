"""Changes of a tower that leave what it computes as it is."""
