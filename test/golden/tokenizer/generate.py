"""Golden token ids and chat renderings from Python's transformers.

    python generate.py ABACUS_FOLDER

ABACUS_FOLDER is what `writeAbacusFolder` (bench/pretrain/abacus-folder.ts) writes. Beside this script it writes
abacus.json, and byte-level/: a small tokenizer of Qwen's kind (byte-level BPE behind Qwen's split pattern), trained
here, with its own golden ids. Made with transformers 5.18.0, tokenizers 0.23.2.
"""
import json
import random
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoTokenizer

here = Path(__file__).parent
chats = [
    [{"role": "user", "content": "propose"}],
    [{"role": "system", "content": "reason"}, {"role": "user", "content": "12+7"}],
    [
        {"role": "user", "content": "larger of 3 and 4"},
        {"role": "assistant", "content": "\\boxed{4}"},
        {"role": "user", "content": " 1 "},
    ],
]


def golden(folder, texts):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    cases = []
    for text in texts:
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        cases.append({
            "text": text,
            "ids": ids,
            "decoded": tokenizer.decode(ids, clean_up_tokenization_spaces=False),
            "withoutSpecial": tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False),
        })
    rendered = [
        {
            "messages": chat,
            "addGenerationPrompt": prompt,
            "text": tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=prompt),
        }
        for chat in chats
        for prompt in (False, True)
    ]
    return {"vocabularySize": len(tokenizer), "cases": cases, "chats": rendered}


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=True, separators=(",", ":")) + "\n")


random.seed(7)
pieces = [*"0123456789+-*()=,:?. }abcxyz", "<question>", "</question>", "\\boxed{", "larger of ", "smaller of ",
          " and ", "propose", "<|user|>", "<|assistant|>", "<|end|>", "<|pad|>", "<unk>",
          "<", "larger", " an", "\\boxed", "<|us", "A", "\n", "\u00e9", "\U0001f600", "  "]
mixed = ["".join(random.choices(pieces, k=random.randint(1, 24))) for _ in range(200)]
fixed = ["", " ", "12+18-2=30,28", "<question>smaller of 3*4 and 15</question>\\boxed{12}", "larger of  and  and ",
         "proposepropose", "<question><question>", "a\u0301", "\ufffd"]
write(here / "abacus.json", golden(sys.argv[1], fixed + mixed))

folder = here / "byte-level"
folder.mkdir(exist_ok=True)
pattern = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+"
           r"|\s+(?!\S)|\s+")
tokenizer = Tokenizer(models.BPE(byte_fallback=False))
tokenizer.normalizer = normalizers.NFC()
tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Split(Regex(pattern), "isolated"),
    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
])
tokenizer.decoder = decoders.ByteLevel()
corpus = ["Reason step by step and put the final answer within \\boxed{}.", "What is the larger of twelve and seven?",
          "The sum of the first 100 integers is 5050, isn't it?", "question answer reason number integer step"] * 20
tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(
    vocab_size=400, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False)
                              for text in ("<|endoftext|>", "<|im_start|>", "<|im_end|>")])
tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
template = (
    "{%- for message in messages %}\n    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' "
    "+ '\\n' }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n"
)
write(folder / "tokenizer_config.json", {
    "tokenizer_class": "PreTrainedTokenizerFast", "chat_template": template, "clean_up_tokenization_spaces": False,
    "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>", "bos_token": None, "unk_token": None,
})
write(folder / "golden.json", golden(folder, [
    "", "Reason step by step, and put your answer within \\boxed{}.", "What isn't  12 + 345?\n\n  yes", "e\u0301 na\u00efve",
    "\u4f60\u597d, \U0001f600!", "<|im_start|>user\nhi<|im_end|>\n", " leading and trailing \t ", "$x^2 \\ge 1/2$", "I'LL we'Ve",
]))
