"When a picture is edited, the sound that belongs to it changes to match"
from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.2.0"

# Written by hand: nbdev_export rewrites the line of the version and leaves the rest.
# Names are loaded when they are asked for (PEP 562), so that `import deltav2a` and the command answer at once, without torch
if TYPE_CHECKING:
    from .core.audio import load_audio, save_audio
    from .core.core import Clip, Control
    from .core.image import load_image
    from .edit.pipeline import DeltaV2A
    from .edit.prior import select_rules
    from .generate.pipeline import RegionToSound
    from .generate.region_pipeline import RegionToAudio

_HOME = {
    'DeltaV2A': 'edit.pipeline',
    'RegionToAudio': 'generate.region_pipeline',
    'RegionToSound': 'generate.pipeline',
    'Clip': 'core.core',
    'Control': 'core.core',
    'load_audio': 'core.audio',
    'save_audio': 'core.audio',
    'load_image': 'core.image',
    'select_rules': 'edit.prior',
}

__all__ = ['DeltaV2A', 'RegionToAudio', 'RegionToSound', 'Clip', 'Control',
           'load_audio', 'save_audio', 'load_image', 'select_rules']

def __getattr__(name: str):
    if name not in _HOME: raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
    globals()[name] = value = getattr(import_module(f'.{_HOME[name]}', __name__), name) # The next time it is simply there
    return value

def __dir__(): return sorted({*globals(), *_HOME})
