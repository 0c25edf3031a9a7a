"""Writes bleu.json and clusters.json: what NLTK and scikit-learn say about pairs and batches of questions.

python generate.py    (versions in README.md)
"""

import json
import pathlib
import random

import numpy as np
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from sklearn.cluster import AgglomerativeClustering

HERE = pathlib.Path(__file__).parent
SMOOTH = SmoothingFunction().method1
WORDS = "find the value of x if a train leaves at noon with and or sum product area circle prime number".split()


def bleu(reference, hypothesis):
    return float(sentence_bleu([reference], hypothesis, smoothing_function=SMOOTH))


def question(rng, length):
    return [rng.choice(WORDS) for _ in range(length)]


def variant(rng, words, changes):
    words = list(words)
    for _ in range(changes):
        kind = rng.randrange(3)
        at = rng.randrange(len(words) + (kind == 1))
        if kind == 0:
            words[at] = rng.choice(WORDS)
        elif kind == 1:
            words.insert(at, rng.choice(WORDS))
        elif len(words) > 1:
            del words[at]
    return words


def distances(batch):
    n = len(batch)
    d = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1, n):
            d[i, j] = d[j, i] = 1 - bleu(batch[j], batch[i])
    return d


def partition(batch, threshold):
    model = AgglomerativeClustering(
        n_clusters=None, metric="precomputed", linkage="average", distance_threshold=threshold
    )
    numbers = {}
    return [numbers.setdefault(label, len(numbers)) for label in model.fit_predict(distances(batch)).tolist()]


def bleu_cases(rng):
    pairs = [("", "a"), ("a", ""), ("", ""), ("a", "a"), ("a b", "a b"), ("a b c", "a b c"), ("a b c d", "a b c d")]
    pairs += [("a a a a", "a a"), ("a a", "a a a a"), ("What is 12 + 34 ?", "What is 56 + 78 ?"), ("a b", "b a")]
    pairs = [(h.split(), r.split()) for h, r in pairs]
    for _ in range(150):
        base = question(rng, rng.randint(1, 40))
        pairs.append((base, variant(rng, base, rng.randint(0, 12))))
        pairs.append((question(rng, rng.randint(1, 40)), question(rng, rng.randint(1, 40))))
    return [{"hypothesis": " ".join(h), "reference": " ".join(r), "bleu": bleu(r, h)} for h, r in pairs]


def cluster_cases(rng):
    cases = []
    for size, templates, changes, length in [(2, 1, 0, 8), (30, 4, 3, 12), (80, 12, 6, 25), (120, 9, 10, 30), (90, 5, 2, 5)]:
        bases = [question(rng, length) for _ in range(templates)]
        batch = [variant(rng, rng.choice(bases), rng.randint(0, changes)) for _ in range(size)]
        cases += [(batch, t) for t in (0.2, 0.5, 0.8)]
    # Few distinct questions, many copies: distances tie everywhere.
    tied = [rng.choice([["a", "b", "c", "d", "e"], ["a", "b", "c", "d", "f"], ["a", "b", "c", "g", "e"], ["a"], ["b"]]) for _ in range(60)]
    numbers = [list(f"{rng.randint(1, 99)}+{rng.randint(1, 99)}-{rng.randint(1, 9)}") for _ in range(120)]
    cases += [(batch, t) for batch in (tied, numbers) for t in (0.3, 0.5, 0.7)]
    return [
        {"threshold": t, "questions": [" ".join(q) for q in batch], "labels": partition(batch, t)} for batch, t in cases
    ]


if __name__ == "__main__":
    rng = random.Random(20250806)
    (HERE / "bleu.json").write_text(json.dumps(bleu_cases(rng), indent=0) + "\n")
    (HERE / "clusters.json").write_text(json.dumps(cluster_cases(rng), indent=0) + "\n")
