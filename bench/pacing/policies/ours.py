"""The project's own decision, exactly as the service makes it: the product has it."""

from dialer.laboratory.playing import Ours

__all__ = ["Ours"]
