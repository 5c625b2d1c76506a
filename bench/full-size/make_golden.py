"""Reference activations for one picture, with near-ties by the tolerance that a potential is held to.

    python3 bench/full-size/make_golden.py FOLDER PICTURE OUT --size 512x512

FOLDER is what `spikeseg convert` wrote. Needs the package spike2former (PYTHONPATH), whose own limit of 1e-5 is for networks
a hundred times smaller: the sums here have up to 4608 terms.
"""
import spike2former.golden

spike2former.golden.NEAR_TIE = 2e-5

if __name__ == "__main__":
    spike2former.golden.main()
