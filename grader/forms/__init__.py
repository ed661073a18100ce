"""The structs of the JSON interface."""
