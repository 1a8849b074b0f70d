'''The one way to speak. Tests listen to `heard` instead of reading a terminal.'''

import sys

heard: list[str] = []


def say(message: str, **facts: object) -> None:
    '''Tell the harbor master something.'''
    told = ' '.join(f'{name}={value}' for name, value in sorted(facts.items()))
    line = f'{message} {told}'.rstrip()
    heard.append(line)
    sys.stdout.write(line + '\n')


def warn(message: str, **facts: object) -> None:
    '''Tell the harbor master something that needs a look.'''
    say(f'! {message}', **facts)
