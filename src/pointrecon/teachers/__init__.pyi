from .loading import load_image_teacher as load_image_teacher
from .loading import load_text_teacher as load_text_teacher
from .protocol import ImageTeacher as ImageTeacher
from .protocol import TextTeacher as TextTeacher
from .teaching import Taught as Taught
from .teaching import teach as teach
from .templates import RELEASED_TEMPLATES as RELEASED_TEMPLATES
from .templates import text_class_matrix as text_class_matrix
