"""Protection: figures that could give away a person are withheld before anything is published."""

from countersign.protection.minimum import default_minimum, withhold

__all__ = ["default_minimum", "withhold"]
