"""Room table: storage of shapes, and the one door to them."""
