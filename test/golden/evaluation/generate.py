"""Writes statistics.json: what SciPy, statsmodels and scikit-learn say about paired right-or-wrong answers.

python generate.py    (versions in ../README.md)
"""

import json
import pathlib
from math import comb
from fractions import Fraction

import numpy as np
from scipy.stats import binomtest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.contingency_tables import mcnemar

HERE = pathlib.Path(__file__).parent

tests = []
for better, worse in [(0, 0), (1, 0), (5, 5), (3, 11), (19, 9), (40, 12), (700, 640), (1200, 1100)]:
    value = mcnemar([[10, better], [worse, 10]], exact=True).pvalue
    if better + worse > 0:
        assert abs(value - binomtest(better, better + worse, 0.5).pvalue) < 1e-9
    tests.append({"better": better, "worse": worse, "pValue": float(min(1.0, np.nan_to_num(value, nan=1.0)))})

kappas = []
for both_right, only_rule, only_judge, both_wrong in [(20, 5, 10, 15), (540, 6, 21, 303), (1, 0, 0, 1), (0, 4, 3, 0), (7, 0, 3, 0)]:
    rule = [1] * (both_right + only_rule) + [0] * (only_judge + both_wrong)
    judge = [1] * both_right + [0] * only_rule + [1] * only_judge + [0] * both_wrong
    kappas.append(
        {
            "bothRight": both_right,
            "onlyRule": only_rule,
            "onlyJudge": only_judge,
            "bothWrong": both_wrong,
            "kappa": float(cohen_kappa_score(rule, judge)),
        }
    )

passes = [
    {"n": n, "c": c, "k": k, "value": float(1 - Fraction(comb(n - c, k), comb(n, k)))}
    for n, c, k in [(10, 3, 1), (32, 1, 8), (200, 17, 100), (1000, 1, 999), (1024, 5, 512), (8, 0, 4), (8, 8, 8)]
]

(HERE / "statistics.json").write_text(json.dumps({"mcnemar": tests, "kappa": kappas, "passAtK": passes}, indent=1) + "\n")
