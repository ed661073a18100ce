"""Grade one submission: the only thing that the command line, the queue and a regrade call.

``engine``   one grading from start to end
``zygotes``  the warm processes of this machine, started when first needed
``facts``    what came over the wire, as values of the model
"""

from worker.engine.engine import Engine, EngineSettings

__all__ = ["Engine", "EngineSettings"]
