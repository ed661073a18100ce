"""Proof of hidden tests: known mistakes are made on purpose, and must cost points; right forms must not.

``order``    what an assignment wants to be tried (``proof/proof.toml``), and the hand-ins made of it
``judging``  what became of them: what survives, what loses a point by mistake, how close it was
"""
