from tests.boxes import cold, groups, plain, trapped

__all__ = ["cold", "groups", "plain", "trapped"]
