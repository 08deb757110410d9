"""Jobs: what a command does when it crosses several rooms. The command line and Python call the same functions."""
