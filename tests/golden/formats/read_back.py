"""Read exported files with the libraries they are for, and print what these see. Runs in those libraries' environment:

python read_back.py FOLDER
"""

import json
import os
import sys
from pathlib import Path

folder = Path(sys.argv[1])


def huggingface():
    import datasets

    found = datasets.load_dataset(str(folder / "huggingface"))
    return {name: sorted(found[name]["example_id"]) for name in found}


def inspect():
    from inspect_ai.dataset import json_dataset

    found = json_dataset(str(folder / "inspect.jsonl"))
    return {sample.id: [sample.target, [message.text for message in sample.input]] for sample in found}


def deepeval():
    from deepeval.dataset import EvaluationDataset, Golden

    rows = json.loads((folder / "deepeval.json").read_text(encoding="utf-8"))
    found = EvaluationDataset(goldens=[Golden(**row) for row in rows])
    return {golden.name: [golden.input, golden.expected_output, golden.context] for golden in found.goldens}


def langfuse():
    from langfuse.api import CreateDatasetItemRequest

    lines = (folder / "langfuse.jsonl").read_text(encoding="utf-8").split("\n")
    found = [CreateDatasetItemRequest(**json.loads(line)) for line in lines if line]
    return {item.id: [item.dataset_name, item.expected_output] for item in found}


def openai_evals():
    os.environ["OPENAI_API_KEY"] = "none"  # wanted on import; nothing is asked
    from evals.api import DummyCompletionFn
    from evals.elsuite.basic.match import Match

    samples = str(folder / "openai-evals.jsonl")
    found = Match([DummyCompletionFn()], eval_registry_path=folder, samples_jsonl=samples).get_samples()
    return {sample["id"]: [sample["ideal"], [message["content"] for message in sample["input"]]] for sample in found}


json.dump({one.__name__: one() for one in (huggingface, inspect, deepeval, langfuse, openai_evals)}, sys.stdout)
