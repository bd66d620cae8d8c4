"""Nonmagnets: what a spin current does once it has crossed the barrier."""

from .base import AbstractNonmagnet as AbstractNonmagnet
from .lumped import Lumped as Lumped
