"""Evaluation: one confusion matrix over the labelled target images of the val split."""

import time

import numpy as np

from backend.db import images
from backend.domain.image_file import ImageSize, read_label_map
from backend.domain.vocabulary import Domain, Split
from models.inference import predict_logits
from models.metrics import confusion_matrix, scores_of
from worker.context import Context
from worker.network import read_tensor, round_network


def work(context: Context) -> None:
    """Go on from the images that earlier segments have counted."""
    with context.database.read() as session:
        round_, project = context.round_and_project(session)
        split = images.of_split(session, project.id, Domain.TARGET, Split.VAL, labelled=True)
    num_classes = len(project.classes)
    done = context.job.cursor.get("done", 0)
    confusion = np.array(
        context.job.cursor.get("confusion", np.zeros((num_classes, num_classes)).tolist()), dtype=np.int64
    )
    network = round_network(context, round_, project) if done < len(split) else None
    began, first = time.monotonic(), done
    while network is not None and done < len(split):
        image = split[done]
        logits = predict_logits(network, read_tensor(context.blobs, image))
        size = ImageSize(width=image.width, height=image.height)
        labels = context.blobs.get(image.label_key or "")
        truth = read_label_map(labels, name=image.name, size=size, num_classes=num_classes)
        prediction = logits.argmax(dim=0).cpu().numpy().astype(np.uint8)
        confusion += confusion_matrix(prediction, truth, num_classes=num_classes)
        done += 1
        pace = (time.monotonic() - began) / (done - first)
        context.report(
            done / len(split),
            f"Evaluating: image {done} of {len(split)}",
            remaining=pace * (len(split) - done),
            miou=scores_of(confusion).miou,
        )
        if done < len(split) and context.should_yield():
            with context.writing() as session:
                context.yield_segment(session, {"done": done, "confusion": confusion.tolist()})
            return
    with context.writing() as session:
        round_, _ = context.round_and_project(session)
        round_.num_evaluated = len(split)
        round_.confusion = confusion.tolist() if split else None
        round_.miou = scores_of(confusion).miou
        context.succeed(session, {"miou": round_.miou, "images": len(split)})
