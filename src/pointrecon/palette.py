"""Colors and markers of every figure, chosen so that color-blind eyes tell them apart."""

# Middle lightness, so that they read on a light and on a dark page; told apart also with color-blind eyes.
COLORS = ("#355acc", "#e2564f", "#42b381", "#944a79", "#8e9efc", "#899921", "#ca85af", "#8366bb")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")  # for lines on paper, where colors may be lost
GRAY = "#8c95a1"
