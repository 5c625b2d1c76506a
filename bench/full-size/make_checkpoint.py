"""A synthetic checkpoint of the released size: seeded random weights, batch-norm statistics that follow the data.

    python3 bench/full-size/make_checkpoint.py OUT.pth [--cityscapes] [--seed N] [--picture FILE]

Needs the package spike2former (PYTHONPATH). The file looks like one that MMEngine wrote. Trained on nothing: labels mean
nothing to a person, but neurons fire as in a trained network, so that every layer can be compared.
"""
import argparse
import collections

import spike2former  # noqa: F401  sets up threads, and must come before torch
import numpy as np
import torch
from PIL import Image
from spike2former.config import PRESETS
from spike2former.init import initialise, wake_attention
from spike2former.model import Spike2Former

SIZES = {"ade20k": (512, 512), "cityscapes": (512, 1024)}


def config(cityscapes):
    official = PRESETS["official"].with_(layer_scale=0.5)
    return official.with_(num_classes=19, enc_ffn=2048) if cityscapes else official


def picture(path, size, seed):
    height, width = size
    if path:
        pixels = np.asarray(Image.open(path).convert("RGB").resize((width, height), Image.BILINEAR))
    else:  # smooth blobs and edges, so that features differ from place to place
        noise = np.random.default_rng(seed).integers(0, 256, (height // 32, width // 32, 3), np.uint8)
        pixels = np.asarray(Image.fromarray(noise).resize((width, height), Image.BICUBIC))
    return torch.from_numpy(pixels.transpose(2, 0, 1).copy())[None]


@torch.no_grad()
def vary(model):
    """Biases and batch-norm gains that are not 0 and 1, so that a wrong fold shows; shifts that quieten the neurons."""
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.weight.uniform_(0.7, 1.3)
            module.bias.normal_(-0.25, 0.2)
        elif getattr(module, "bias", None) is not None and isinstance(module.bias, torch.Tensor):
            module.bias.normal_(0, 0.1)
    model.decode_head.cls_embed.weight.mul_(10)  # else one class wins everywhere
    return model


@torch.no_grad()
def calibrate(model, x):
    """Running statistics of one forward pass."""
    norms = [m for m in model.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    for norm in norms:
        norm.momentum = 1.0
    model.train()
    model(x)
    return model.eval()


@torch.no_grad()
def firing(model, x):
    from spike2former.neuron import SpikeRecorder

    with SpikeRecorder(model, keep=True) as recorder:
        model(x)
    rates = [float((ints > 0).float().mean()) for ints in recorder.kept.values()]
    silent = [name for name, rate in zip(recorder.kept, rates) if rate == 0]
    return rates, silent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out")
    parser.add_argument("--cityscapes", action="store_true", help="19 classes, wider encoder MLPs, 512 x 1024")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--picture", help="to calibrate on (default: a synthetic one)")
    args = parser.parse_args()

    size = SIZES["cityscapes" if args.cityscapes else "ade20k"]
    model = vary(initialise(Spike2Former(config(args.cityscapes)), args.seed))
    x = model.normalise(picture(args.picture, size, args.seed))
    wake_attention(model, x)
    calibrate(model, x)
    rates, silent = firing(model, x)

    classes = [f"synthetic {i}" for i in range(model.cfg.num_classes)]
    palette = np.random.default_rng(args.seed).integers(0, 256, (len(classes), 3)).tolist()
    state = collections.OrderedDict((name, tensor.contiguous()) for name, tensor in model.state_dict().items())
    torch.save({"meta": {"seed": args.seed, "dataset_meta": {"classes": classes, "palette": palette}},
                "state_dict": state}, args.out)
    count = sum(p.numel() for p in model.parameters())
    print(f"{args.out}: {len(state)} tensors, {count} parameters, {len(rates)} neuron layers; "
          f"non-zero {np.mean(rates):.3f} in the mean, {np.min(rates):.4f} to {np.max(rates):.4f}; "
          f"{len(silent)} silent {silent}")


if __name__ == "__main__":
    main()
