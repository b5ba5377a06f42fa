# /// script
# dependencies = ["dlib-bin==20.0.1.post1", "opencv-contrib-python-headless==5.0.0.93", "numpy==2.4.6"]
# ///
"""Detectors of dlib and classifiers of OpenCV, trained on drawn squares."""

import sys
from pathlib import Path

import cv2
import dlib
import numpy as np

OUT = Path(sys.argv[1])

for seed in range(3):
    random = np.random.default_rng(seed)
    images, boxes, shapes = [], [], []
    for _ in range(6):
        image = random.integers(0, 90, (160, 160), dtype=np.uint8)
        left, top = (int(each) for each in random.integers(20, 60, 2))
        image[top : top + 80, left : left + 80] = 200
        image[top + 20 : top + 60, left + 20 : left + 60] = 60
        box = dlib.rectangle(left, top, left + 80, top + 80)
        images.append(np.dstack([image] * 3))
        boxes.append([box])
        corners = [dlib.point(left, top), dlib.point(left + 80, top), dlib.point(left + 40, top + 80)]
        shapes.append([dlib.full_object_detection(box, dlib.points(corners))])
    options = dlib.shape_predictor_training_options()
    options.tree_depth, options.cascade_depth, options.num_trees_per_cascade_level = 3, 4, 30
    options.oversampling_amount, options.num_threads = 3, 1
    dlib.train_shape_predictor(images, shapes, options).save(str(OUT / f"shape-{seed}.dat"))
    print("dlib", f"shape-{seed}.dat", sep="\t")
    settings = dlib.simple_object_detector_training_options()
    settings.num_threads = 1
    dlib.train_simple_object_detector(images, boxes, settings).save(str(OUT / f"detector-{seed}.svm"))
    print("dlib", f"detector-{seed}.svm", sep="\t")

    numbers = random.normal(size=(300, 8)).astype(np.float32)
    classes = (numbers[:, 0] * numbers[:, 1] > 0).astype(np.int32)
    table = cv2.ml.TrainData.create(numbers, cv2.ml.ROW_SAMPLE, classes)
    for name, model in (("forest", cv2.ml.RTrees.create()), ("svm", cv2.ml.SVM.create())):
        model.train(table)
        for ending in ("xml", "yml"):
            model.save(str(OUT / f"{name}-{seed}.{ending}"))
            print("opencv-ml", f"{name}-{seed}.{ending}", sep="\t")
