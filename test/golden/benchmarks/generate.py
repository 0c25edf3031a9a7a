"""Writes a small file in the layout of each public benchmark: column names and types as published, questions invented.

python generate.py    (versions in ../README.md)
"""

import csv
import json
import pathlib

import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent


def path(name):
    target = HERE / name
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def parquet(name, columns, compression="snappy"):
    pq.write_table(pa.table(columns), path(name), compression=compression)


def jsonl(name, rows):
    path(name).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


texts = pa.list_(pa.string())

parquet(
    "gsm8k/main/test-00000-of-00001.parquet",
    {
        "question": ["Mia packs 12 boxes of 90 nails. How many nails?", "Half of 9 apples?"],
        "answer": ["12 * 90 = <<12*90=1080>>1080\n#### 1,080", "9 / 2 = <<9/2=4.5>>4.5\n#### 4.5"],
    },
)
jsonl(
    "math-500/test.jsonl",
    [
        {
            "problem": "What is $\\frac{1}{3}+\\frac{1}{6}$?",
            "solution": "It is $\\boxed{\\frac{1}{2}}$.",
            "answer": "\\frac{1}{2}",
            "subject": "Prealgebra",
            "level": 2,
            "unique_id": "test/prealgebra/1.json",
        },
        {
            "problem": "Solve $x^2=4$.\u2028All of it.",
            "solution": "$\\boxed{\\pm 2}$",
            "answer": "2, -2",
            "subject": "Algebra",
            "level": 1,
            "unique_id": "test/algebra/7.json",
        },
    ],
)
parquet(
    "amc23/data/test-00000-of-00001.parquet",
    {
        "id": pa.array([0, 1], pa.int64()),
        "question": ["How many primes are below 100?", "What is $3^3$?"],
        "answer": pa.array([25.0, 27.0], pa.float64()),
        "url": ["https://example.org/1", "https://example.org/2"],
    },
)
for year, name in ((2024, "aime24"), (2025, "aime25")):
    parquet(
        f"{name}/data/train-00000-of-00001.parquet",
        {
            "id": pa.array([60, 61], pa.int64()),
            "problem": ["Find the remainder of $7^{10}$ by 1000.", "How many divisors has 720?"],
            "solution": ["It is 249.", "Thirty."],
            "answer": ["249", "030"],
            "url": ["https://example.org/1", "https://example.org/2"],
            "year": [str(year), str(year)],
        },
        "zstd" if year == 2025 else "snappy",
    )
parquet(
    "minerva/data/test-00000-of-00001.parquet",
    {
        "problem": ["A mass of 2 kg falls 5 m. Its energy in J, with g = 10?"],
        "answer": ["100"],
        "solution": ["\\boxed{100}"],
    },
)
parquet(
    "olympiadbench/data/test-00000-of-00001.parquet",
    {
        "id": pa.array([1606, 1607], pa.int64()),
        "question": ["Find all real $x$ with $x^2=9$.", "Find $2^5$."],
        "final_answer": pa.array([["3", "-3"], ["$32$"]], texts),
        "subfield": ["Algebra", "Number Theory"],
    },
)
with open(path("gpqa-diamond/gpqa_diamond.csv"), "w", newline="", encoding="utf-8") as file:
    writer = csv.DictWriter(
        file,
        [
            "Pre-Revision Question",
            "Question",
            "Correct Answer",
            "Incorrect Answer 1",
            "Incorrect Answer 2",
            "Incorrect Answer 3",
            "Record ID",
            "High-level domain",
            "Subdomain",
        ],
    )
    writer.writeheader()
    for place in range(6):
        writer.writerow(
            {
                "Pre-Revision Question": "older",
                "Question": f'Which number, "said\nso", follows {place}, exactly?',
                "Correct Answer": f"{place + 1}\n",
                "Incorrect Answer 1": f"{place + 2}",
                "Incorrect Answer 2": f"{place + 3}",
                "Incorrect Answer 3": f"{place + 4}",
                "Record ID": f"rec{place}",
                "High-level domain": "Physics",
                "Subdomain": "Counting",
            }
        )
parquet(
    "mmlu-pro/data/test-00000-of-00001.parquet",
    {
        "question_id": pa.array([70, 71], pa.int64()),
        "question": ["Which is even?", "Which is a colour?"],
        "options": pa.array([["1", "2", "3"], ["red", "ten", "far", "near", "up", "by", "in", "on", "at", "to"]], texts),
        "answer": ["B", "A"],
        "answer_index": pa.array([1, 0], pa.int64()),
        "cot_content": ["", ""],
        "category": ["math", "other"],
        "src": ["made up", "made up"],
    },
)
jsonl(
    "supergpqa/SuperGPQA-all.jsonl",
    [
        {
            "uuid": "0f",
            "question": "Which is a metal?",
            "options": ["iron", "wood", "air"],
            "answer": "iron",
            "answer_letter": "A",
            "discipline": "Engineering",
            "field": "Materials",
            "subfield": "Metals",
            "difficulty": "easy",
            "is_calculation": False,
        }
    ],
)
jsonl("bbeh/train.jsonl", [{"question": "Is the statement true?", "answer": "Proved", "task": "boardgame qa"}])
