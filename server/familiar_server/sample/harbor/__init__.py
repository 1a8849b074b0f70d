'''A day in a small harbor.'''

from harbor import berths, clock, plan, report, ships, tariffs, tides, trouble, voice

__all__ = ['berths', 'clock', 'plan', 'report', 'ships', 'tariffs', 'tides', 'trouble', 'voice']
