"""People, animals, plants, and figures like them."""
