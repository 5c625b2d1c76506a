"""Reference activations for one picture, with near-ties by the tolerance that potentials are held to.

    python3 bench/full-size/make_golden.py FOLDER PICTURE OUT --size 512x512

FOLDER is what `spikeseg convert` wrote. Needs the package spike2former (PYTHONPATH), whose own limit of 1e-5 suits networks
of a hundredth of the units: here potentials reach 800, and the order of a sum moves them by up to 2e-5 + 2e-6 max|v|.
"""
from spike2former import golden

official_layout = golden.official_layout


def layout_and_limit(name, x):
    """golden.record lays a neuron's potentials out just before it looks for near-ties among them."""
    if x.is_floating_point():
        golden.NEAR_TIE = 2e-5 + 2e-6 * float(x.abs().max())
    return official_layout(name, x)


if __name__ == "__main__":
    golden.official_layout = layout_and_limit
    golden.main()
