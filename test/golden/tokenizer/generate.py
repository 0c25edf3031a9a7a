"""Golden token ids and chat renderings from Python's transformers.

    python generate.py ABACUS_FOLDER

ABACUS_FOLDER is what `writeAbacusFolder` (bench/pretrain/abacus-folder.ts) writes. Beside this script it writes
abacus.json, and qwen/ and llama3/: small tokenizers of those kinds (byte-level BPE behind their split patterns), trained
here, with golden ids of their own. Made with transformers 5.18.0, tokenizers 0.23.2.
"""
import json
import random
import sys
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
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
        with_special = tokenizer(text, add_special_tokens=True)["input_ids"]
        cases.append({
            **({"idsWithSpecial": with_special} if with_special != ids else {}),
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


# -- byte-level BPE of Qwen's and of Llama 3's kind

contraction = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
rest = r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
split_patterns = {
    "qwen": rf"{contraction}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}|{rest}",
    "llama3": rf"{contraction}|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}{{1,3}}|{rest}",
}
special = {
    "qwen": ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|box_start|>"],
    "llama3": ["<|begin_of_text|>", "<|end_of_text|>", "<|reserved_special_token_0|>", "<|start_header_id|>",
               "<|end_header_id|>", "<|eot_id|>"],
}
# Qwen3 has words of its own that are added and not special: they stay where special tokens are left out.
added = {"qwen": ["<think>", "</think>", "<tool_call>"], "llama3": []}
corpus = [
    "Reason step by step and put the final answer within \\boxed{}.", "What is the larger of twelve and seven?",
    "The sum of the first 100 integers is 5050, isn't it?", "question answer reason number integer step",
    "def add(a, b):\n    return a + b\n\n\nfor i in range(10):\n        print(add(i, 1000))\n",
    "\u4f60\u597d\uff0c\u4e16\u754c\u3002\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002 "
    "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440! \u0928\u092e\u0938\u094d\u0924\u0947",
    "na\u00efve caf\u00e9 \U0001f600 \U0001f468\u200d\U0001f469\u200d\U0001f467 \u2211 \u2265 \u221a2",
] * 20

hard = [
    "", " ", "  ", "   x", "x   ", "\n", "\r\n\r\n", "a\r\nb\rc\n", "\t\tif x:\n\t\t\tpass", " \n \n", "a \n b", "    indented\n      more",
    "Reason step by step, and put your answer within \\boxed{}.", "What isn't  12 + 345?\n\n  yes", "I'LL we'Ve IT'S don't y'all '\u017f'\u017f",
    "0 1 12 123 1234 12345 1234567890 3.14159 1,000,000 0x1F 1e-9", "\u0663\u0664\u0665 \u2163 \u00bd \u00b2 \u4e00\u4e8c\u4e09 \uff11\uff12\uff13",
    "e\u0301 \u00e9 na\u00efve nai\u0308ve \u212b \u00c5 A\u030a \ufb01 \u1100\u1161\u11a8 \uac01 \u0958 \u0915\u093c \u1e9b\u0323 \u2126 q\u0307\u0323",
    "\u4f60\u597d, \U0001f600! \u3053\u3093\u306b\u3061\u306f \u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35 \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 \ud55c\uad6d\uc5b4 \u0928\u092e\u0938\u094d\u0924\u0947",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466 \U0001f3f3\ufe0f\u200d\U0001f308 \U0001f1e9\U0001f1ea \U0001f44d\U0001f3fd 1\ufe0f\u20e3 \u2764\ufe0f",
    "\u00a0\u2003\u3000\u200b\ufeff\u0085\u2028\u180e x\u00a0y\u2003z\u3000w\u0085v\ufeffu", "\x00\x01\x1f\x7f\u00ad\u0378\U0010ffff\ufffd",
    "<html>&amp;</html> {\"a\": [1, 2.5, null]} // comment\n#include <x.h>\n$x^2 \\ge 1/2$ a_b-c;d", "...!!!???---===>>> $$$ \u2014\u201cq\u201d\u2026",
    " leading and trailing \t ", "\U0001d54f\U00020000\U0001f600x", "a\u0300\u0301\u0302b", "\u0130i\u0131I \u00df\u1e9e \u03c2\u03c3",
]


def byte_level(kind):
    """Behind the split pattern of its kind; Qwen composes (NFC), Llama 3 adds a BOS and takes whole words first."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=False, ignore_merges=kind == "llama3"))
    if kind == "qwen":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(split_patterns[kind]), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(
        vocab_size=480, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in special[kind]])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in added[kind]])
    if kind == "llama3":
        bos = special[kind][0]
        tokenizer.post_processor = processors.Sequence([
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single=f"{bos} $A", pair=f"{bos} $A {bos}:1 $B:1", special_tokens=[(bos, tokenizer.token_to_id(bos))]),
        ])
    return tokenizer


def mixtures(kind):
    """Pieces of everything hard in any order, some cut in the middle, and every special and added token among them."""
    own = special[kind] + added[kind]
    pieces = own + own + [piece for text in hard for piece in text.split(" ")] + [" ", "  ", "\n", "\n\n", "\t", "7", "'s"]
    texts = ["".join(random.choices(pieces, k=random.randint(2, 12))) for _ in range(60)]
    return own + [f" {token} " for token in own] + [token[:-1] for token in own] + ["".join(own)] + texts


template = (
    "{%- for message in messages %}\n    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>' "
    "+ '\\n' }}\n{%- endfor %}\n{%- if add_generation_prompt %}\n    {{- '<|im_start|>assistant\\n' }}\n{%- endif %}\n"
)
for kind, bos, eos, pad in [("qwen", None, "<|im_end|>", "<|endoftext|>"),
                            ("llama3", "<|begin_of_text|>", "<|eot_id|>", "<|end_of_text|>")]:
    folder = here / kind
    folder.mkdir(exist_ok=True)
    byte_level(kind).save(str(folder / "tokenizer.json"), pretty=False)
    write(folder / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "chat_template": template, "clean_up_tokenization_spaces": False,
        "bos_token": bos, "eos_token": eos, "pad_token": pad, "unk_token": None,
    })
    write(folder / "golden.json", golden(folder, hard + mixtures(kind)))
