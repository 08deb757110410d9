"""Room pictures: drawing points and meshes."""
