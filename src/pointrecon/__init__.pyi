from .errors import InputError as InputError
from .evaluation.attention_analysis import attention as attention
from .evaluation.naming import zero_shot as zero_shot
from .evaluation.probing import probe as probe
from .evaluation.robustness_runs import robustness as robustness
from .experiments.ablation import ablate as ablate
from .experiments.demonstration import demo as demo
from .experiments.result_tables import results as results
from .models import convert as convert
from .models import create_model as create_model
from .models import load_model as load_model
from .models import save_model as save_model
from .reports import report as report
from .retrieval.embedding import embed as embed
from .shapes import import_benchmark as import_benchmark
from .shapes import import_shapes as import_shapes
from .shapes import make_shapes as make_shapes
from .shapes import open_table as open_table
from .shapes import read_shape as read_shape
from .shapes import render_pictures as render_pictures
from .teachers import teach as teach
from .training.pretraining import pretrain as pretrain
from .transfer.episodes import few_shot as few_shot
from .transfer.finetuning import finetune as finetune
from .transfer.part_labeling import label_parts as label_parts
from .transfer.part_segmentation import segment as segment

__version__: str
