"""Tables printed in papers, which the statistics of agreement must reproduce."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from review_app.agreement.raters.counts import Counts, of_codes


def grid(*rows: str) -> npt.NDArray[np.float64]:
    """A grid of one-digit ratings, one text per rater; "." = did not rate. Returned with one row per unit."""
    return np.array([[np.nan if one == "." else float(one) for one in row] for row in rows]).T


def counts(of: npt.NDArray[np.float64], categories: list[int]) -> Counts:
    """Counts of a grid with one row per unit and one column per rater."""
    unit, rater = np.nonzero(~np.isnan(of))
    return of_codes(unit, np.searchsorted(categories, of[unit, rater]), categories)


def long(of: npt.NDArray[np.float64]) -> pd.DataFrame:
    """The long table of a grid: unit, rater, value."""
    unit, rater = np.nonzero(~np.isnan(of))
    return pd.DataFrame({"unit": unit, "rater": [f"r{i}" for i in rater], "value": of[unit, rater]})


KRIPPENDORFF = grid("123321412...", "1233224125.3", ".3332342251.", "12332441251.")
"""Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, section C."""

GWET = grid("123321412...", "1233224125..", ".33323422513", "12332441251.")
"""Gwet (2014), "raw 4 raters": the same ratings, except that the last unit was rated by the third rater."""

_DIAGNOSES = """444444 222555 233335 555555 222444 113333 333355 113334 114444 555555 144444 124444 222333 144444 224445
333335 111455 111112 224444 133555 555555 244444 224555 114444 144445 222224 111155 224444 133333 555555"""
FLEISS = np.array([[row.count(label) for label in "12345"] for row in _DIAGNOSES.split()])
"""Fleiss (1971), Psychol. Bull. 76, 378: 30 patients, 6 diagnoses each of 5 kinds."""

SHROUT_FLEISS = np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
"""Shrout & Fleiss (1979), table 2: 6 targets, 4 judges."""

COHEN = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
"""Cohen (1960), Educ. Psychol. Meas. 20, 37, as counts of 200."""

_ANAESTHETISTS = """1111111 3334334 1122122 2223121 2223222 2223322 1222111 3333433 2222223 2322223 4444444 2223343
1111111 2223212 1211111 1112111 1111111 1111111 2222221 2221322 2222222 2222221 2223222 2212222 1111111 1111111 2322222
1111111 1111111 1121121 1111111 3333233 1111111 2222222 2223232 4334343 2212232 2323233 3333432 1111111 1111111 1212111
2322222 1211111 2222222"""
DAWID_SKENE = np.array([[int(one) - 1 for one in row] for row in _ANAESTHETISTS.split()])
"""Dawid & Skene (1979), table 1: 45 patients; the first anaesthetist assessed each three times (columns 0-2)."""
