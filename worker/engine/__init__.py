"""Grade one submission: the only thing that the command line, the queue and a regrade call.

``engine``   one grading from start to end
``zygotes``  the warm processes of this machine, started when first needed
``sharing``  the warm processes of one process for the others of its machine
``facts``    what came over the wire, as values of the model
``sources``  the submitted files, which lines and names that a box tells are held to
"""

from worker.engine.engine import Engine, EngineSettings, own_zygotes
from worker.engine.sharing import Attached, Host

__all__ = ["Attached", "Engine", "EngineSettings", "Host", "own_zygotes"]
