"""Names the files only number: classes, WordNet ids, and the parts of ShapeNetPart."""

MODELNET40 = (
    *("airplane", "bathtub", "bed", "bench", "bookshelf", "bottle", "bowl", "car", "chair", "cone", "cup", "curtain"),
    *("desk", "door", "dresser", "flower_pot", "glass_box", "guitar", "keyboard", "lamp", "laptop", "mantel"),
    *("monitor", "night_stand", "person", "piano", "plant", "radio", "range_hood", "sink", "sofa", "stairs", "stool"),
    *("table", "tent", "toilet", "tv_stand", "vase", "wardrobe", "xbox"),
)
MODELNET10 = (
    *("bathtub", "bed", "chair", "desk", "dresser", "monitor", "night_stand", "sofa", "table", "toilet"),
)  # fmt: skip
SCANOBJECTNN = (
    *("bag", "bin", "box", "cabinet", "chair", "desk", "display", "door", "shelf", "table"),
    *("bed", "pillow", "sink", "sofa", "toilet"),
)
SHAPENET55 = {
    "02691156": "airplane", "02747177": "trash bin", "02773838": "bag", "02801938": "basket", "02808440": "bathtub",
    "02818832": "bed", "02828884": "bench", "02843684": "birdhouse", "02871439": "bookshelf", "02876657": "bottle",
    "02880940": "bowl", "02924116": "bus", "02933112": "cabinet", "02942699": "camera", "02946921": "can",
    "02954340": "cap", "02958343": "car", "02992529": "cellphone", "03001627": "chair", "03046257": "clock",
    "03085013": "keyboard", "03207941": "dishwasher", "03211117": "display", "03261776": "earphone",
    "03325088": "faucet", "03337140": "file cabinet", "03467517": "guitar", "03513137": "helmet", "03593526": "jar",
    "03624134": "knife", "03636649": "lamp", "03642806": "laptop", "03691459": "loudspeaker", "03710193": "mailbox",
    "03759954": "microphone", "03761084": "microwaves", "03790512": "motorbike", "03797390": "mug",
    "03928116": "piano", "03938244": "pillow", "03948459": "pistol", "03991062": "flowerpot", "04004475": "printer",
    "04074963": "remote", "04090263": "rifle", "04099429": "rocket", "04225987": "skateboard", "04256520": "sofa",
    "04330267": "stove", "04379243": "table", "04401088": "telephone", "04460130": "tower", "04468005": "train",
    "04530566": "watercraft", "04554684": "washer",
}  # fmt: skip

# Category -> (WordNet id, its parts in the order of the labels 0 to 49). The files number the parts; the names are
# those in common use.
SHAPENETPART = {
    "Airplane": ("02691156", ("body", "wing", "tail", "engine")),
    "Bag": ("02773838", ("handle", "body")),
    "Cap": ("02954340", ("crown", "visor")),
    "Car": ("02958343", ("roof", "hood", "wheel", "body")),
    "Chair": ("03001627", ("back", "seat", "leg", "arm")),
    "Earphone": ("03261776", ("earcup", "headband", "wire")),
    "Guitar": ("03467517", ("head", "neck", "body")),
    "Knife": ("03624134", ("blade", "handle")),
    "Lamp": ("03636649", ("base", "shade", "bracket", "stem")),
    "Laptop": ("03642806", ("keyboard", "screen")),
    "Motorbike": ("03790512", ("tank", "seat", "wheel", "handlebar", "light", "frame")),
    "Mug": ("03797390", ("handle", "cup")),
    "Pistol": ("03948459", ("barrel", "handle", "trigger")),
    "Rocket": ("04099429", ("body", "fin", "nose")),
    "Skateboard": ("04225987", ("wheel", "deck", "belt")),
    "Table": ("04379243", ("top", "leg", "drawer")),
}


def shapenetpart_parts() -> list[str]:
    """The 50 part names, ``Category/part``, in the order of the labels."""
    return [f"{category}/{part}" for category, (_, parts) in SHAPENETPART.items() for part in parts]
