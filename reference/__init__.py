"""The truth about the mathematics: forward passes, gradients and how two tensors are compared.

Imports torch and nothing of ours. Everything here is a value in, a value out.
"""
