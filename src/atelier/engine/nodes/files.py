"""Nodes that read and write picture files: LoadImage, LoadImageMask, SaveImage, PreviewImage."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import random
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from atelier.engine.context import NodeContext
from atelier.engine.folders import Folders, FolderType
from atelier.engine.node import NodeClass, NodeResult, Output, combo, socket, text
from atelier.engine.numbered_files import Prefix
from atelier.engine.picture_files import Channel, read_channel, read_picture
from atelier.engine.pictures import eight_bit, encode_png
from atelier.engine.values import Image, Mask
from atelier.errors import DirectoryUnusable, FileOutside, NodeInputInvalid

#: zlib levels of ComfyUI's PNG files: results are kept, previews are thrown away.
OUTPUT_COMPRESSION, PREVIEW_COMPRESSION = 4, 1


def picture_names(folders: Folders) -> Sequence[str]:
    """Return the names in `input` that end like a picture's, as LoadImage offers them."""
    return [name for name in folders.input_names() if _is_picture(name)]


def _is_picture(name: str) -> bool:
    kind, _ = mimetypes.guess_type(name, strict=False)
    return name.endswith(".webp") or (kind or "").startswith("image/")


def load_image(context: NodeContext, *, image: str) -> tuple[Image, Mask]:
    """Return a file's frames and the masks that its alpha channel gives."""
    picture = read_picture(_existing(context.folders, image))
    if picture.truncated:
        _tell_truncated(context, image)
    return picture.image, picture.mask


def load_image_mask(context: NodeContext, *, image: str, channel: Channel) -> tuple[Mask]:
    """Return one channel of a file as a mask."""
    mask, truncated = read_channel(_existing(context.folders, image), channel)
    if truncated:
        _tell_truncated(context, image)
    return (mask,)


def _existing(folders: Folders, name: str) -> Path:
    path = folders.annotated(name)
    if not path.is_file():
        raise NodeInputInvalid(f"There is no picture '{name}' any more. Upload it again.")
    return path


def _tell_truncated(context: NodeContext, name: str) -> None:
    context.notice("picture_truncated", f"The file '{name}' ends early; what is missing is left empty.", name)


def file_exists(folders: Folders, values: Mapping[str, Any]) -> str | None:
    """Return ComfyUI's words for a name without a file, or with one outside the engine's folders."""
    if "image" not in values:
        return None
    name = values["image"]
    try:
        found = isinstance(name, str) and folders.annotated(name).is_file()
    except (FileOutside, OSError):
        found = False
    return None if found else f"Invalid image file: {name}"


def content_hash(folders: Folders, values: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the file that `image` names.

    Raises:
        OSError: there is no such file any more.
        FileOutside: it is none of the engine's files.
    """
    with folders.annotated(values["image"]).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_image(context: NodeContext, *, images: Image, filename_prefix: str = "ComfyUI") -> NodeResult:
    """Write each picture of the batch into `output` and name the files."""
    return _save(context, images, "output", filename_prefix, OUTPUT_COMPRESSION)


def preview_image(context: NodeContext, *, images: Image) -> NodeResult:
    """Write each picture of the batch into `temp` under a name that browsers have not cached."""
    letters = "".join(random.choices(string.ascii_lowercase, k=5))
    return _save(context, images, "temp", f"ComfyUI_temp_{letters}", PREVIEW_COMPRESSION)


def _save(
    context: NodeContext, images: Image, folder: FolderType, filename_prefix: str, compress_level: int
) -> NodeResult:
    height, width = images.shape[1:3]
    prefix = Prefix.parse(filename_prefix, width=width, height=height)
    directory = _directory(context.folders, folder, prefix)
    texts = {"prompt": json.dumps(context.prompt)}
    texts |= {name: json.dumps(value) for name, value in context.extra_pnginfo.items()}
    saved: list[dict[str, str]] = []
    number = 0
    for batch_number, picture in enumerate(eight_bit(images)):
        context.check_interrupted()
        data = encode_png(picture, texts=texts, compress_level=compress_level)
        try:
            name, number = context.folders.numbered.write(
                directory, prefix.stem(batch_number), data, least=number + 1
            )
        except OSError as error:
            raise DirectoryUnusable(
                f"The picture could not be written into the {folder} folder: {error.strerror or error}. "
                "Free some space, or choose another filename_prefix."
            ) from error
        saved.append({"filename": name, "subfolder": prefix.subfolder, "type": folder})
    return NodeResult(ui={"images": saved})


def _directory(folders: Folders, folder: FolderType, prefix: Prefix) -> Path:
    try:
        first = folders.path(f"{prefix.name}_00001_.png", type=folder, subfolder=prefix.subfolder)
    except FileOutside as error:
        raise FileOutside(
            f"Saving image outside the output folder is not allowed: {error} Set filename_prefix to a name, "
            "or to a name in a sub-folder such as 'sketches/fox'."
        ) from error
    directory = first.parent
    try:
        if not directory.is_dir():
            directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DirectoryUnusable(
            f"The sub-folder '{prefix.subfolder}' cannot be made in the {folder} folder: "
            f"{error.strerror or error}. Choose another filename_prefix."
        ) from error
    return directory


_METADATA = {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO"}

NODES: tuple[NodeClass, ...] = (
    NodeClass(
        name="LoadImage",
        display_name="Load Image",
        category="image",
        inputs=(combo("image", picture_names, image_upload=True),),
        outputs=(Output(type="IMAGE", name="IMAGE"), Output(type="MASK", name="MASK")),
        run=load_image,
        validated=("image",),
        validate=file_exists,
        fingerprint=content_hash,
    ),
    NodeClass(
        name="LoadImageMask",
        display_name="Load Image (as Mask)",
        category="mask",
        inputs=(
            combo("image", Folders.input_names, image_upload=True),
            combo("channel", ("alpha", "red", "green", "blue")),
        ),
        outputs=(Output(type="MASK", name="MASK"),),
        run=load_image_mask,
        validated=("image",),
        validate=file_exists,
        fingerprint=content_hash,
    ),
    NodeClass(
        name="SaveImage",
        display_name="Save Image",
        category="image",
        inputs=(socket("images", "IMAGE"), text("filename_prefix", default="ComfyUI")),
        outputs=(),
        run=save_image,
        output_node=True,
        hidden=_METADATA,
    ),
    NodeClass(
        name="PreviewImage",
        display_name="Preview Image",
        category="image",
        inputs=(socket("images", "IMAGE"),),
        outputs=(),
        run=preview_image,
        output_node=True,
        hidden=_METADATA,
    ),
)
