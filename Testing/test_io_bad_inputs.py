"""Every bad input ends in one clear sentence that names the file."""

from __future__ import annotations

import gzip
import wave

import cv2
import nibabel as nib
import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813
from damaged_nifti import make_singular
from dicom_phantom import write_classic_series, write_enhanced
from pydicom.encaps import encapsulate
from pydicom.uid import EnhancedUSVolumeStorage, JPEGExtended12Bit, RLELossless
from ultrasound_phantom import moving_disc, write_ultrasound

from SegAssistLib.errors import InputError
from SegAssistLib.io import check_values, list_series, read_image, read_mask, video

GREY = np.random.default_rng(0).integers(0, 200, (8, 9, 7)).astype(np.uint16)
AFFINE = np.diag((-0.7, -0.9, 3.3, 1))


def nifti(path, array=GREY, affine=AFFINE):
    nib.save(nib.Nifti1Image(array, affine), path)
    return path


def text_as_nifti(folder):
    path = folder / "scan.nii.gz"
    path.write_text("this is a letter, not a scan. " * 30)
    return path


def gzipped_text(folder):
    path = folder / "scan.nii.gz"
    path.write_bytes(gzip.compress(b"this is a letter, not a scan. " * 30))
    return path


def cut_off_gzip(folder):
    path = nifti(folder / "scan.nii.gz")
    path.write_bytes(path.read_bytes()[:-100])
    return path


def header_larger_than_data(folder):
    path = nifti(folder / "scan.nii")
    path.write_bytes(path.read_bytes()[:-100])
    return path


def cut_off_in_the_header(folder):
    path = nifti(folder / "scan.nii")
    path.write_bytes(path.read_bytes()[:200])
    return path


def damaged_gzip(folder):
    path = nifti(folder / "scan.nii.gz")
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 40] = bytes(40)
    path.write_bytes(raw)
    return path


def larger_than_memory(folder):
    header = nib.Nifti1Header()
    header.set_data_dtype(np.int16)
    header.set_data_shape((2000, 2000, 2000))
    path = folder / "scan.nii.gz"
    path.write_bytes(gzip.compress(header.binaryblock + bytes(1000)))
    return path


def many_volumes(folder):
    return nifti(folder / "scan.nii.gz", np.stack([GREY] * 5, axis=3))


def with_value(value):
    def make(folder):
        array = GREY.astype(np.float32)
        array[3, 3, 3] = value
        return nifti(folder / "scan.nii.gz", array)

    return make


def singular(folder):
    return make_singular(nifti(folder / "scan.nii"))


def colour_nifti(folder):
    colour = np.zeros(GREY.shape, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    colour["R"] = GREY
    return nifti(folder / "scan.nii.gz", colour)


def colour_nrrd(folder):
    path = folder / "scan.nrrd"
    sitk.WriteImage(sitk.GetImageFromArray(np.stack([GREY] * 3, axis=3), isVector=True), path)
    return path


def cut_off_itk(ending):
    def make(folder):
        path = folder / f"scan{ending}"
        sitk.WriteImage(sitk.GetImageFromArray(GREY), path)
        path.write_bytes(path.read_bytes()[:-100])
        return path

    return make


def text_as(ending):
    def make(folder):
        path = folder / f"scan{ending}"
        path.write_text("this is a letter, not a scan. " * 30)
        return path

    return make


def cut_off_picture(ending):
    def make(folder):
        path = folder / f"scan{ending}"
        raw = cv2.imencode(ending, np.random.default_rng(0).integers(0, 255, (90, 80, 3)).astype(np.uint8))[1]
        path.write_bytes(raw.tobytes()[:-300])
        return path

    return make


def several_pages(folder):
    path = folder / "scan.tif"
    cv2.imwritemulti(str(path), [GREY[..., 0], GREY[..., 1]])
    return path


def empty_file(folder):
    (folder / "scan.nii.gz").touch()
    return folder / "scan.nii.gz"


def folder_without_images(folder):
    (folder / "notes").mkdir()
    (folder / "notes" / "readme.txt").write_text("nothing here")
    return folder / "notes"


def series(change=None, *, drop=()):
    """A classic series whose second slice is changed, or with slices dropped."""

    def make(folder):
        files = write_classic_series(folder / "scan", GREY, AFFINE)
        for index in drop:
            files[index].unlink()
        if change is not None:
            dataset = pydicom.dcmread(files[1])
            change(dataset)
            dataset.save_as(files[1])
        return folder / "scan"

    return make


def without_position(dataset):
    del dataset.ImagePositionPatient


def other_orientation(dataset):
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]


def cut_off_slice(keep):
    def make(folder):
        path = write_classic_series(folder / "scan", GREY, AFFINE)[
            -1
        ]  # without it the rest is a regular stack
        path.write_bytes(path.read_bytes()[:keep])
        return folder / "scan"

    return make


def other_size(dataset):
    dataset.Rows, dataset.Columns = dataset.Columns * 2, dataset.Rows // 2


def other_spacing(dataset):
    dataset.PixelSpacing = [0.5, 0.5]


def moved_aside(dataset):
    dataset.ImagePositionPatient = [30, 40, dataset.ImagePositionPatient[2]]


def without_pixels(dataset):
    del dataset.PixelData


def cut_off_pixels(dataset):
    dataset.PixelData = dataset.PixelData[:-10]


def colour_slices(dataset):
    dataset.PhotometricInterpretation = "RGB"
    dataset.SamplesPerPixel = 3


def unknown_compression(dataset):
    dataset.PixelData = encapsulate([b"\xff\xd8 not a picture \xff\xd9"])
    dataset.file_meta.TransferSyntaxUID = JPEGExtended12Bit
    dataset["PixelData"].VR = "OB"


def two_echoes(folder):
    uid = pydicom.uid.generate_uid()
    write_classic_series(folder / "scan", GREY, AFFINE, series_uid=uid, number=1)
    write_classic_series(folder / "scan", GREY, AFFINE, series_uid=uid, number=2)
    return folder / "scan"


def stack_without_positions(**elements):
    def make(folder):
        path = write_enhanced(folder / "stack.dcm", GREY, AFFINE)
        dataset = pydicom.dcmread(path)
        del dataset.PerFrameFunctionalGroupsSequence
        for keyword, value in elements.items():
            setattr(dataset, keyword, value)
        dataset.save_as(path)
        return path

    return make


def film_without_its_last_frame(compression):
    def make(folder):
        path = write_ultrasound(folder / "film.dcm", moving_disc())
        dataset = pydicom.dcmread(path)
        if compression:
            dataset.compress(compression)
        dataset.NumberOfFrames = 6
        dataset.save_as(path)
        return path

    return make


def two_films(folder):
    uid = pydicom.uid.generate_uid()
    for name in ("a", "b"):
        write_ultrasound(folder / f"{name}.dcm", moving_disc(), SeriesInstanceUID=uid)
    return folder


def clip(change=lambda raw: raw, count=5, ending=".mp4"):
    """A video, its bytes changed; noise makes every frame a long one."""

    def make(folder):
        noise = np.random.default_rng(0).integers(0, 255, (count, 64, 96, 3)).astype(np.uint8)
        path = folder / f"clip{ending}"
        video.write(path, noise, np.arange(count) / 25)
        path.write_bytes(change(path.read_bytes()))
        return path

    return make


def overwritten(raw):
    """Frames in the middle replaced by zeros."""
    start = raw.index(b"mdat") + 4
    third = (len(raw) - start) // 3
    return raw[: start + third] + bytes(third) + raw[start + 2 * third :]


def video_of_no_frame(folder):
    import av

    with av.open(str(folder / "clip.avi"), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuvj420p"
        container.start_encoding()
    return folder / "clip.avi"


def film_of_two_sizes(folder):
    """Motion JPEG whose third picture is smaller, as some frame grabbers write."""
    import av

    path = folder / "clip.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.height, stream.width, stream.pix_fmt = 64, 96, "yuvj420p"
        for number, size in enumerate([(64, 96), (64, 96), (48, 80)]):
            packet = av.Packet(cv2.imencode(".jpg", np.zeros((*size, 3), np.uint8))[1].tobytes())
            packet.stream, packet.pts, packet.dts = stream, number, number
            packet.is_keyframe = True
            container.mux(packet)
    return path


def sound_alone(folder):
    with wave.open(str(folder / "sound.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(1600))
    return (folder / "sound.wav").rename(folder / "clip.avi")


def pictures(*sizes):
    def make(folder):
        for number, size in enumerate(sizes):
            pixels = np.random.default_rng(number).integers(0, 255, size).astype(np.uint8)
            (folder / f"{number}.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
        return folder

    return make


def pictures_one_damaged(folder):
    pictures((9, 8), (9, 8))(folder)
    (folder / "1.png").write_bytes(b"")
    return folder


def enhanced_without_positions(folder):
    path = write_enhanced(folder / "scan.dcm", GREY, AFFINE)
    dataset = pydicom.dcmread(path)
    del dataset.PerFrameFunctionalGroupsSequence[3].PlanePositionSequence
    dataset.save_as(path)
    return path


BAD = {
    "missing": (lambda folder: folder / "nowhere.nii.gz", "does not exist"),
    "zero bytes": (empty_file, "is empty"),
    "unknown ending": (text_as(".docx"), "no known kind"),
    "no ending": (text_as(""), "no known kind"),
    "text as .nii.gz": (text_as_nifti, "not a NIfTI"),
    "gzipped text as .nii.gz": (gzipped_text, "not a NIfTI"),
    "cut off .nii.gz": (cut_off_gzip, "cut off"),
    "header larger than data": (header_larger_than_data, "cut off"),
    "cut off in the header": (cut_off_in_the_header, "cut off"),
    "damaged gzip": (damaged_gzip, "damaged"),
    "many volumes": (many_volumes, "5 volumes"),
    "all zero": (lambda folder: nifti(folder / "scan.nii.gz", GREY * 0), "blank"),
    "constant": (lambda folder: nifti(folder / "scan.nii.gz", GREY * 0 + 7), "blank"),
    "NaN": (with_value(np.nan), "NaN"),
    "infinity": (with_value(-np.inf), "infinity"),
    "larger than memory": (larger_than_memory, "too large"),
    "singular affine": (singular, "affine"),
    "colour NIfTI": (colour_nifti, "colour"),
    "colour NRRD": (colour_nrrd, "colour"),
    "cut off NRRD": (cut_off_itk(".nrrd"), "cannot be read"),
    "cut off MetaImage": (cut_off_itk(".mha"), "cannot be read"),
    "text as .nrrd": (text_as(".nrrd"), "cannot be read"),
    "text as .mha": (text_as(".mha"), "cannot be read"),
    "text as .dcm": (text_as(".dcm"), "not a DICOM"),
    "text as .png": (text_as(".png"), "not a picture"),
    "cut off PNG": (cut_off_picture(".png"), "cut off"),
    "cut off JPEG": (cut_off_picture(".jpg"), "cut off"),
    "several pages": (several_pages, "several pages"),
    "folder without images": (folder_without_images, "no DICOM images"),
    "missing slice": (series(drop=[3]), "slice is missing"),
    "missing second slice": (series(drop=[1]), "slice is missing"),
    "mixed orientations": (series(other_orientation), "orientations"),
    "mixed sizes": (series(other_size), "sizes"),
    "mixed pixel sizes": (series(other_spacing), "pixel sizes"),
    "slice moved aside": (series(moved_aside), "straight stack"),
    "slice without position": (series(without_position), "does not say where"),
    "slice without pixels": (series(without_pixels), "no pixels"),
    "slice cut off": (series(cut_off_pixels), "cut off"),
    "last slice empty": (cut_off_slice(0), "damaged or cut-off"),
    "last slice cut off in its header": (cut_off_slice(700), "damaged or cut-off"),
    "colour slices": (series(colour_slices), "colour"),
    "unknown compression": (series(unknown_compression), "cannot be decoded"),
    "two echoes": (two_echoes, "same position"),
    "stack without positions": (stack_without_positions(), "without positions"),
    "3D ultrasound": (
        stack_without_positions(Modality="US", SOPClassUID=EnhancedUSVolumeStorage),
        "without positions",
    ),
    "film without its last frame": (film_without_its_last_frame(None), "cut off"),
    "compressed film without its last frame": (film_without_its_last_frame(RLELossless), "6 frames"),
    "two films in one series": (two_films, "choose one of its files"),
    "text as .mp4": (text_as(".mp4"), "no video"),
    "video without an end": (clip(lambda raw: raw[: len(raw) * 2 // 3]), "cut off or damaged"),
    "video overwritten in the middle": (clip(overwritten), "damaged"),
    "video of one frame": (clip(count=1), "single frame"),
    "video of no frame": (video_of_no_frame, "no frames"),
    "video of two sizes": (film_of_two_sizes, "change their size"),
    "sound alone": (sound_alone, "no pictures"),
    "folder of one picture": (pictures((9, 8)), "single picture"),
    "folder of pictures of two sizes": (pictures((9, 8), (9, 8), (8, 9)), "change their size"),
    "folder with a damaged picture": (pictures_one_damaged, "damaged"),
    "enhanced without positions": (enhanced_without_positions, "does not say where"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.filterwarnings("ignore")
def test_a_bad_input_is_refused_in_one_sentence_that_names_it(tmp_path, case, capfd):
    make, cause = BAD[case]
    path = make(tmp_path)
    capfd.readouterr()
    with pytest.raises(InputError, match=cause) as refusal:
        read_image(path)
    message = str(refusal.value)
    assert str(path) in message
    assert "\n" not in message
    assert "Phantom" not in message  # the patient's name
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("values", [[0, 1.5], [-1, 1], [0, 256], [0, np.nan], [0, np.inf]])
def test_a_mask_holds_whole_numbers_from_0_to_255(tmp_path, values):
    array = np.resize(np.array(values, np.float32), (4, 4, 4))
    with pytest.raises(InputError, match="not a mask"):
        read_mask(nifti(tmp_path / "mask.nii.gz", array))


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.float32])
def test_an_empty_mask_is_a_mask(tmp_path, dtype):
    mask = read_mask(nifti(tmp_path / "mask.nii.gz", np.zeros((4, 5, 6), dtype)))
    assert mask.array.dtype == np.uint8
    assert mask.array.shape == (4, 5, 6)
    assert not mask.array.any()


def test_a_series_can_only_be_listed_in_a_folder(tmp_path):
    with pytest.raises(InputError, match="not a folder"):
        list_series(tmp_path / "nowhere")


@pytest.mark.parametrize("place", [0, -1])
def test_one_bad_voxel_anywhere_is_found(place):
    array = np.random.default_rng(0).random((128, 128, 40), dtype=np.float32)
    array.ravel()[place] = np.nan
    with pytest.raises(InputError, match="NaN"):
        check_values(array, "scan")


@pytest.mark.parametrize("place", [0, -1])
def test_a_scan_with_one_bright_voxel_is_not_blank(place):
    array = np.zeros((128, 128, 40), np.int16)
    array.ravel()[place] = 1
    check_values(array, "scan")
