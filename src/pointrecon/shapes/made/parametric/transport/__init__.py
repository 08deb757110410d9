"""What drives, flies, floats or rolls."""
