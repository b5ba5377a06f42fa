# /// script
# dependencies = [
#   "fasttext-wheel==0.9.2", "gensim==4.4.0", "python-crfsuite==0.9.12", "gguf==0.19.0", "safetensors==0.8.0",
#   "numpy==2.4.6", "spacy==3.8.18",
# ]
# ///
"""Models of language fitted to a made-up language, and containers of tensors."""

import json
import sys
from pathlib import Path

import fasttext
import gguf
import numpy as np
import pycrfsuite
import safetensors.numpy
import spacy
from gensim.models import FastText, Word2Vec
from spacy.training import Example

OUT = Path(sys.argv[1])


def label(kind: str, name: str, *more: str) -> str:
    print(kind, name, *more, sep="\t")
    return str(OUT / name)


for seed in range(3):
    random = np.random.default_rng(seed)
    syllables = ["ba", "do", "ki", "lu", "me", "no", "ra", "su", "ti", "wo"]
    words = ["".join(random.choice(syllables, random.integers(2, 5))) for _ in range(600)]
    sentences = [[str(word) for word in random.choice(words, 12)] for _ in range(500)]

    text = OUT / f"text-{seed}.txt"
    text.write_text("\n".join(f"__label__{len(line[0])} " + " ".join(line) for line in sentences))
    supervised = fasttext.train_supervised(str(text), dim=16, epoch=2, verbose=0, thread=1, bucket=2000, wordNgrams=2)
    supervised.save_model(label("fasttext", f"supervised-{seed}.bin"))
    supervised.quantize(retrain=False)
    supervised.save_model(label("fasttext", f"supervised-{seed}.ftz"))
    skipgram = fasttext.train_unsupervised(str(text), dim=16, epoch=1, minCount=1, verbose=0, thread=1, bucket=2000)
    skipgram.save_model(label("fasttext", f"skipgram-{seed}.bin"))

    vectors = Word2Vec(sentences, vector_size=32, min_count=1, workers=1, seed=seed, epochs=2)
    vectors.save(label("pickle", f"gensim-{seed}.model"))
    vectors.wv.save_word2vec_format(label("word2vec", f"vectors-{seed}.bin"), binary=True)
    vectors.wv.save_word2vec_format(label("word2vec-text", f"vectors-{seed}.vec"))
    with Path(label("glove", f"glove-{seed}.txt")).open("w") as glove:
        for word in vectors.wv.index_to_key:
            glove.write(word + "".join(f" {number:.6f}" for number in vectors.wv[word]) + "\n")
    FastText(sentences, vector_size=16, min_count=1, workers=1, seed=seed, epochs=1, bucket=500).save(
        label("pickle", f"gensim-fasttext-{seed}.model")
    )

    trainer = pycrfsuite.Trainer(verbose=False)
    for line in sentences[:100]:
        trainer.append([[f"end={word[-2:]}", f"start={word[:2]}"] for word in line], [word[0] for word in line])
    trainer.set_params({"max_iterations": 20})
    trainer.train(label("crfsuite", f"tagger-{seed}.crfsuite"))

    pipeline = spacy.blank("en")
    categories = pipeline.add_pipe("textcat")
    for name in ("long", "short"):
        categories.add_label(name)
    examples = [
        Example.from_dict(
            pipeline.make_doc(" ".join(line)),
            {"cats": {"long": float(len(line[0]) > 6), "short": float(len(line[0]) <= 6)}},
        )
        for line in sentences[:20]
    ]
    pipeline.initialize(lambda examples=examples: examples)
    pipeline.to_disk(OUT / f"spacy-{seed}")
    label("spacy", f"spacy-{seed}/textcat/model")

    tensors = {f"blk.{layer}.attn_q.weight": random.normal(size=(64, 64)).astype(np.float32) for layer in range(4)}
    writer = gguf.GGUFWriter(label("gguf", f"llama-{seed}.gguf"), "llama")
    writer.add_block_count(4)
    writer.add_context_length(128)
    writer.add_embedding_length(64)
    for name, numbers in tensors.items():
        writer.add_tensor(name, numbers if seed else numbers.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    folder = OUT / f"sharded-{seed}"
    folder.mkdir()
    places = {}
    for number, (name, numbers) in enumerate(tensors.items(), 1):
        shard = f"model-{number:05}-of-00004.safetensors"
        safetensors.numpy.save_file({name: numbers}, label("safetensors", f"sharded-{seed}/{shard}"))
        places[name] = shard
    index = {"metadata": {"total_size": 4 * 64 * 64 * 4}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    np.savez(label("npz", f"weights-{seed}.npz"), **tensors)
    np.savez_compressed(label("npz", f"weights-compressed-{seed}.npz"), **tensors)
