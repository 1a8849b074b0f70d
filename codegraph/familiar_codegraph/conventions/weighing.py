"""The statistics: how many independent votes occurrences are worth, and how sure a share is.

Occurrences in one file are alike, so that a file with a hundred of them is no hundred votes: with the correlation
`ALIKE` within a file, n occurrences are worth n / (1 + (n - 1) * ALIKE) votes (Kish's design effect, Survey Sampling,
1965). A share's lower bound is Wilson's (Journal of the American Statistical Association, 1927). How far a folder is
believed against the whole repository is measured too: `concentration` is the method of moments for the beta-binomial
(Kleinman, 1973): large when all folders do the same, small when each has its own way.
"""

import math
from collections.abc import Iterable

ALIKE = 0.6
Z = 1.2816
"""One-sided 90 %."""
MOST, LEAST = 100.0, 3.0
UNIT = 1_000_000
"""Votes are kept as whole millionths, so that adding and taking away is exact in any order."""


def worth(count: int) -> float:
    """Return how many independent votes `count` occurrences of one file are."""
    return count / (1 + (count - 1) * ALIKE) if count else 0.0


def wilson(share: float, votes: float, z: float = Z) -> float:
    """Return the lower bound of a share that was seen in `votes` votes; 0 without votes."""
    if votes <= 0:
        return 0.0
    share = min(max(share, 0.0), 1.0)
    square = z * z / votes
    middle = share + square / 2
    spread = z * math.sqrt(share * (1 - share) / votes + square / (4 * votes))
    return max(0.0, (middle - spread) / (1 + square))


def concentration(groups: Iterable[tuple[float, float]], share: float) -> float:
    """Return the strength, in votes, of the repository's `share` against a group's own.

    `groups` are (votes, share of the answer) of each group.
    """
    listed = [(votes, own) for votes, own in groups if votes > 0]
    total = sum(votes for votes, _ in listed)
    noise = share * (1 - share)
    if len(listed) < 2 or noise <= 0:
        return MOST
    seen = sum(votes * (own - share) ** 2 for votes, own in listed) / total
    expected = noise * (len(listed) - 1) / total
    between = seen - expected
    if between <= 0:
        return MOST
    return min(MOST, max(LEAST, noise / between - 1))


def recency(age_days: float) -> float:
    """Return the weight of a file by the age of its last change: halved every two years, a quarter at least."""
    return max(0.25, math.pow(0.5, max(age_days, 0.0) / 730))
