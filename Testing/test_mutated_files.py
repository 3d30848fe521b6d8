"""Damaged files of every format: each is read or refused in one sentence, and nothing else is said."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import av
import cv2
import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813
from dicom_phantom import write_classic_series, write_enhanced
from pydicom.uid import DeflatedExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless
from ultrasound_phantom import moving_disc, region, write_ultrasound
from xray_files import write_xray

SEED = 23
EACH = 25  # mutations of each file
MEMORY = 4 << 30  # bytes of address space
GREY = np.random.default_rng(0).integers(0, 200, (24, 22, 5)).astype(np.int16)
AFFINE = np.diag((-0.7, -0.9, 3.3, 1))

# Reads the files that are named on stdin; a line for each that is neither read nor refused in one sentence.
READER = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
from pathlib import Path
from SegAssistLib.errors import InputError
from SegAssistLib.io import read_image
outcomes = {"read": 0, "refused": 0}
for line in sys.stdin:
    path = Path(line.rstrip())
    print("reads", path.name, flush=True)
    try:
        read_image(path)
        outcomes["read"] += 1
    except InputError as error:
        outcomes["refused"] += 1
        said = str(error)
        if path.stem not in said or "\\n" in said or "no one foresaw" in said or "Phantom" in said:
            print("BAD", path.name, said, flush=True)
    except BaseException as error:
        print("BAD", path.name, repr(error), flush=True)
print("END", outcomes["read"], outcomes["refused"])
"""


def write_seeds(folder: Path) -> list[Path]:
    """A small file of each format."""
    for name in ("head.nii", "head.nii.gz"):
        nib.save(nib.Nifti1Image(GREY, AFFINE), folder / name)
    for name in ("head.nrrd", "head.mha"):
        sitk.WriteImage(sitk.GetImageFromArray(GREY.T), str(folder / name), useCompression=True)
    picture = moving_disc()[0]
    for name in ("disc.png", "disc.jpg", "disc.tif"):
        cv2.imwrite(str(folder / name), np.dstack([picture, picture[::-1], picture]))
    for name, codec in (("clip.mp4", "libx264"), ("clip.avi", "mjpeg"), ("clip.mkv", "mpeg4")):
        write_clip(folder / name, codec)

    write_xray(folder / "thorax.dcm", picture, WindowCenter=90, WindowWidth=120, PixelSpacing=[0.2, 0.2])
    write_xray(folder / "thorax_jpeg.dcm", picture, jpeg=True)
    for stored in ("PALETTE COLOR", "YBR_FULL_422", "JPEG"):
        write_ultrasound(
            folder / f"film_{stored.split()[0].lower()}.dcm",
            moving_disc(),
            stored,
            FrameTimeVector=[0, 40, 40, 40, 40],
            SequenceOfUltrasoundRegions=[region((4, 4, 90, 60))],
        )
    write_enhanced(folder / "enhanced.dcm", GREY.astype(np.uint16), AFFINE)
    (slice_file,) = write_classic_series(folder / "series", GREY[:, :, :1].astype(np.uint16), AFFINE)
    dataset = pydicom.dcmread(slice_file.rename(folder / "slice.dcm"))
    dataset.compress(RLELossless)
    dataset.save_as(folder / "slice_rle.dcm")
    dataset.decompress()
    for name, syntax in (("implicit", ImplicitVRLittleEndian), ("deflated", DeflatedExplicitVRLittleEndian)):
        dataset.file_meta.TransferSyntaxUID = syntax
        dataset.save_as(folder / f"slice_{name}.dcm")
    return sorted(path for path in folder.iterdir() if path.is_file())


def write_clip(path: Path, codec: str) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height = moving_disc().shape[:0:-1]
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for picture in moving_disc():
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="gray")))
        container.mux(stream.encode())


def mutated(raw: bytes, dice: random.Random) -> bytes:
    """Cut off, or with bytes changed, mostly in the header."""
    if dice.random() < 0.15:
        return raw[: dice.randrange(1, len(raw))]
    changed = bytearray(raw)
    reach = len(raw) if dice.random() < 0.3 else min(len(raw), 1200)
    for _ in range(dice.choice((1, 1, 2, 6))):
        place, length = dice.randrange(reach), dice.choice((1, 2, 4))
        other = dice.randrange(reach)
        new = dice.choice(
            (
                bytes(length),
                b"\xff" * length,
                dice.randbytes(length),
                raw[other : other + length],
                b"9,5\\"[:length],
            )
        )
        changed[place : place + length] = new[: len(changed) - place]
    return bytes(changed)


def test_a_damaged_file_is_read_or_refused_in_one_sentence(tmp_path):
    pytest.importorskip("resource")  # POSIX only
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    dice = random.Random(SEED)
    files = []
    for seed in write_seeds(seeds):
        files.append(seed)
        for number in range(EACH):
            file = tmp_path / f"{seed.name.split('.')[0]}_{number}{seed.name[seed.name.index('.') :]}"
            file.write_bytes(mutated(seed.read_bytes(), dice))
            files.append(file)
    ended = subprocess.run(
        [sys.executable, "-c", READER, str(MEMORY)],
        input="\n".join(map(str, files)),
        capture_output=True,
        text=True,
        errors="replace",
    )
    *said, end = ended.stdout.splitlines()
    assert [line for line in said if line.startswith("BAD")] == []
    assert end.startswith("END"), said[-1:]
    Path("/tmp/mut_err").write_text(ended.stderr)
    assert ended.stderr == ""
    read, refused = map(int, end.split()[1:])
    assert read + refused == len(files)
    assert min(read, refused) > len(files) / 5  # the damage is neither too little nor too much
