"""Method `closed`: the exact steady state in closed form, and the modes of a lumped device."""

from .one_contact import dephased_signal as dephased_signal
from .one_contact import dephased_signal_of as dephased_signal_of
from .one_contact import fallen_share as fallen_share
from .one_contact import prepared as prepared
from .one_contact import signal as signal
from .one_contact import signal_of as signal_of
from .one_contact import steady_state as steady_state
