"""Measured files: from whatever table a laboratory writes to fields and signals in SI."""

from .errors import DataError as DataError
from .measured import Measured as Measured
from .read import read_measured as read_measured
from .section import DataSection as DataSection
