# /// script
# dependencies = ["tensorflow-cpu==2.21.0", "keras==3.15.1", "h5py==3.14.0"]
# ///
"""Keras and TensorFlow models of random numbers in each form that TensorFlow writes."""

import sys
from pathlib import Path

import keras
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

OUT = Path(sys.argv[1])


def label(kind: str, name: str, *more: str) -> str:
    print(kind, name, *more, sep="\t")
    return str(OUT / name)


def network(seed: int) -> keras.Model:
    keras.utils.set_random_seed(seed)
    layers = [
        keras.layers.Input((16, 16, 3)),
        keras.layers.Conv2D(16, 3, activation="relu"),
        keras.layers.BatchNormalization(),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="tanh"),
        keras.layers.Dense(10),
    ]
    return keras.Sequential(layers)


for seed in range(3):
    model = network(seed)
    model.save(label("keras-v3", f"network-{seed}.keras"))
    model.save(label("keras-hdf5", f"network-{seed}.h5"))
    model.save_weights(label("keras-hdf5", f"network-{seed}.weights.h5"))
    model.export(str(OUT / f"saved-{seed}"), verbose=False)
    label("tf-saved-model", f"saved-{seed}/saved_model.pb")
    label("tf-checkpoint", f"saved-{seed}/variables/variables.index")
    label("tf-checkpoint", f"saved-{seed}/variables/variables.data-00000-of-00001", "headerless")
    tf.train.Checkpoint(model=model).write(str(OUT / f"checkpoint-{seed}" / "ckpt"))
    label("tf-checkpoint", f"checkpoint-{seed}/ckpt.index")
    label("tf-checkpoint", f"checkpoint-{seed}/ckpt.data-00000-of-00001", "headerless")
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    Path(label("tflite", f"network-{seed}.tflite")).write_bytes(converter.convert())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    Path(label("tflite", f"network-quantized-{seed}.tflite")).write_bytes(converter.convert())
    concrete = tf.function(model).get_concrete_function(tf.TensorSpec((1, 16, 16, 3)))
    frozen = convert_variables_to_constants_v2(concrete).graph.as_graph_def()
    Path(label("tf-frozen-graph", f"frozen-{seed}.pb")).write_bytes(frozen.SerializeToString())
