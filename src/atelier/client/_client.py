"""The asynchronous client: all of the plain one, and pictures from words with the server's own model set."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Sequence
from dataclasses import replace

from atelier.client._files import Source, read_source
from atelier.client._pictures import Fitted, fit_mask, fit_picture, transparent_part
from atelier.client._plain_client import OnEvent, PlainClient, new_submission
from atelier.client._rejections import declarations
from atelier.client._result import ImageFile, Result
from atelier.errors import AnswerUnusable, ModelSetUnknown
from atelier.schemas.notices import Notice
from atelier.workflows.graph import Workflow
from atelier.workflows.image_edit import ImageEdit, image_edit
from atelier.workflows.image_to_image import ImageToImage, image_to_image
from atelier.workflows.inpaint import Inpaint, inpaint
from atelier.workflows.model_sets import LOADERS, MODEL_SETS, ModelSet, Task, choose, detect
from atelier.workflows.parts import Sampling
from atelier.workflows.text_to_image import TextToImage, text_to_image

#: Seeds that the client draws stay below this, so that a browser can show them exactly.
_SEEDS = 2**53


class AsyncComfyUIClient(PlainClient):
    """Sends workflows to one server and brings back what they make.

    Works against ComfyUI, ComfyUI behind ComfyUI-Login, Atelier's gateway and the embedded engine. Use it as
    an asynchronous context manager, or call `aclose()`; it connects when it is first needed.

    Args:
        base_url: The server's address, with a path if it lives under one.
        token: Sent as a bearer token in the header of every request. ComfyUI-Login's token is the first line
            of its `login/PASSWORD` file, the bcrypt hash itself.
        timeout: Seconds that a job may take from being sent to its end, waiting in the queue included; also
            the limit of one upload or download.
        poll_interval: Seconds between looks at a job while the WebSocket is not available.
        client_id: The WebSocket's name, for a server that assigns names. Two sockets of one name take each
            other's messages, so leave it out otherwise.
        request_timeout: Seconds that any other single request may take, its repetitions included.
        answer_limit: Bytes of an answer other than a file that are read at most.
        model_sets: The model sets to look for on the server, best first.
        tls: Whom to trust, such as a school's own authority; None for those whom the system trusts.

    Raises:
        UsageError: the address, the token or a number cannot be used.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8188",
        *,
        token: str | None = None,
        timeout: float = 120.0,
        poll_interval: float = 2.0,
        client_id: str | None = None,
        request_timeout: float = 30.0,
        answer_limit: int = 64 * 2**20,
        model_sets: Sequence[ModelSet] = MODEL_SETS,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(
            base_url,
            token=token,
            timeout=timeout,
            poll_interval=poll_interval,
            client_id=client_id,
            request_timeout=request_timeout,
            answer_limit=answer_limit,
            tls=tls,
        )
        self._model_sets = tuple(model_sets)

    async def generate_text2image(
        self,
        prompt: str,
        negative_prompt: str = "",
        *,
        width: int | None = None,
        height: int | None = None,
        steps: int | None = None,
        cfg: float | None = None,
        seed: int | None = None,
        sampler_name: str | None = None,
        scheduler: str | None = None,
        count: int = 1,
        timeout: float | None = None,
        on_event: OnEvent | None = None,
    ) -> Result:
        """Draw a prompt and return the result with its pictures.

        What is None follows the server's model set; a seed is drawn and told in the result.

        Args:
            prompt: What to draw.
            negative_prompt: What to avoid.
            width: Pixels.
            height: Pixels.
            steps: Steps of the sampler.
            cfg: Guidance; 1 switches it off.
            seed: 0 to 2^64 - 1.
            sampler_name: As the server's KSampler offers it.
            scheduler: As the server's KSampler offers it.
            count: Pictures in one batch.
            timeout: Seconds for the job; None for the client's.
            on_event: Called with each event.

        Raises:
            ModelSetUnknown: the server has no model set that can draw from words.
            ClientError: anything else that goes wrong on the way.
        """
        models = await self.model_set("text_to_image")
        sampling = _sampling(seed, steps, cfg, sampler_name, scheduler)
        request = TextToImage(
            prompt=prompt,
            negative_prompt=negative_prompt,
            width=width,
            height=height,
            count=count,
            sampling=sampling,
        )
        return await self._drawn(text_to_image(request, models), sampling, (), timeout, on_event)

    async def edit(
        self,
        image: Source,
        instruction: str,
        negative_prompt: str = "",
        *,
        steps: int | None = None,
        cfg: float | None = None,
        seed: int | None = None,
        sampler_name: str | None = None,
        scheduler: str | None = None,
        count: int = 1,
        timeout: float | None = None,
        on_event: OnEvent | None = None,
    ) -> Result:
        """Change a picture as an instruction says and leave the rest; the picture is fitted to the model.

        Args:
            image: A photograph or other picture: bytes, a path, or an open file.
            instruction: What to change, such as "make it night".
            negative_prompt: What to avoid.
            steps, cfg, seed, sampler_name, scheduler, count, timeout, on_event: As in `generate_text2image`.

        Raises:
            PictureUnreadable: the picture cannot be read.
            ModelSetUnknown: the server has no model set that can edit.
            ClientError: anything else that goes wrong on the way.
        """
        models = await self.model_set("image_edit")
        sampling = _sampling(seed, steps, cfg, sampler_name, scheduler)
        fitted, uploaded = await self._fit_and_upload(image, models)
        request = ImageEdit(
            instruction=instruction,
            image=uploaded.reference,
            negative_prompt=negative_prompt,
            count=count,
            sampling=sampling,
        )
        return await self._drawn(image_edit(request, models), sampling, _notices(fitted), timeout, on_event)

    async def redraw(
        self,
        image: Source,
        prompt: str,
        negative_prompt: str = "",
        *,
        denoise: float = 0.6,
        steps: int | None = None,
        cfg: float | None = None,
        seed: int | None = None,
        sampler_name: str | None = None,
        scheduler: str | None = None,
        count: int = 1,
        timeout: float | None = None,
        on_event: OnEvent | None = None,
    ) -> Result:
        """Draw a prompt over a picture (image to image); the picture is fitted to the model.

        Args:
            image: A photograph or other picture: bytes, a path, or an open file.
            prompt: What it shall become.
            negative_prompt: What to avoid.
            denoise: 0 to 1, how much may change: 0.3 keeps the layout, 0.6 mixes, 0.9 follows the prompt.
            steps, cfg, seed, sampler_name, scheduler, count, timeout, on_event: As in `generate_text2image`.

        Raises:
            PictureUnreadable: the picture cannot be read.
            ModelSetUnknown: the server has no model set that can do this.
            ClientError: anything else that goes wrong on the way.
        """
        models = await self.model_set("image_to_image")
        sampling = replace(_sampling(seed, steps, cfg, sampler_name, scheduler), denoise=denoise)
        fitted, uploaded = await self._fit_and_upload(image, models)
        request = ImageToImage(
            prompt=prompt,
            image=uploaded.reference,
            negative_prompt=negative_prompt,
            count=count,
            sampling=sampling,
        )
        return await self._drawn(
            image_to_image(request, models), sampling, _notices(fitted), timeout, on_event
        )

    async def inpaint(
        self,
        image: Source,
        mask: Source | None,
        prompt: str,
        negative_prompt: str = "",
        *,
        steps: int | None = None,
        cfg: float | None = None,
        seed: int | None = None,
        sampler_name: str | None = None,
        scheduler: str | None = None,
        count: int = 1,
        timeout: float | None = None,
        on_event: OnEvent | None = None,
    ) -> Result:
        """Fill the masked part of a picture; picture and mask are fitted to the model together.

        Args:
            image: A photograph or other picture: bytes, a path, or an open file.
            mask: A picture of the same shape, white where to paint; None: where the picture is transparent.
            prompt: What shall stand in the masked part.
            negative_prompt: What to avoid.
            steps, cfg, seed, sampler_name, scheduler, count, timeout, on_event: As in `generate_text2image`.

        Raises:
            PictureUnreadable: the picture or the mask cannot be read.
            UsageError: the mask has another shape or marks nothing, or without one nothing is transparent.
            ModelSetUnknown: the server has no model set that can inpaint.
            ClientError: anything else that goes wrong on the way.
        """
        models = await self.model_set("inpaint")
        sampling = _sampling(seed, steps, cfg, sampler_name, scheduler)
        # Read once: an open file cannot be read again.
        data = await read_source(image)
        marks = (
            await read_source(mask) if mask is not None else await asyncio.to_thread(transparent_part, data)
        )
        fitted, uploaded = await self._fit_and_upload(data, models)
        mask_png = await asyncio.to_thread(fit_mask, marks, fitted)
        uploaded_mask = await self.upload(mask_png, name=f"mask-of-{fitted.name}")
        request = Inpaint(
            prompt=prompt,
            image=uploaded.reference,
            mask=uploaded_mask.reference,
            negative_prompt=negative_prompt,
            count=count,
            sampling=sampling,
        )
        return await self._drawn(inpaint(request, models), sampling, _notices(fitted), timeout, on_event)

    async def fit(self, image: Source, models: ModelSet) -> Fitted:
        """Return a picture as a model set takes it: upright, RGB, in a size that it can draw.

        Raises:
            PictureUnreadable: it cannot be read.
        """
        return await asyncio.to_thread(fit_picture, await read_source(image), models)

    async def model_sets_found(self) -> tuple[ModelSet, ...]:
        """Return the model sets of which the server has every file, best first."""
        loaders = {class_type for class_type, _ in LOADERS.values()}
        return detect(await declarations(self._transport, loaders), self._model_sets)

    async def model_set(self, task: Task) -> ModelSet:
        """Return the best model set of the server for a task.

        Raises:
            ModelSetUnknown: it has none; the message names the files that were looked for.
        """
        models = choose(await self.model_sets_found(), task)
        if models is None:
            raise ModelSetUnknown(_looked_for(self.base_url, task, self._model_sets))
        return models

    # --- parts ----------------------------------------------------------------------------------------------

    async def _fit_and_upload(self, image: Source, models: ModelSet) -> tuple[Fitted, ImageFile]:
        fitted = await self.fit(image, models)
        return fitted, await self.upload(fitted.png, name=fitted.name)

    async def _drawn(
        self,
        workflow: Workflow,
        sampling: Sampling,
        notices: Sequence[Notice],
        timeout: float | None,
        on_event: OnEvent | None,
    ) -> Result:
        submission = new_submission(workflow, None, None, allow_partial=False)
        run = self._new_run(submission.job_id, submission, timeout, notices)
        result = await run.result(on_event=on_event)
        if not result.images:
            raise AnswerUnusable(
                f"Job {result.job_id} succeeded, and the server names no picture of it. "
                "Empty its cache with free() and try again."
            )
        pictures = await run.images()
        return replace(result, pictures=pictures, seed=sampling.seed)


def _sampling(
    seed: int | None,
    steps: int | None,
    cfg: float | None,
    sampler_name: str | None,
    scheduler: str | None,
) -> Sampling:
    return Sampling(
        seed=secrets.randbelow(_SEEDS) if seed is None else seed,
        steps=steps,
        cfg=cfg,
        sampler_name=sampler_name,
        scheduler=scheduler,
    )


def _notices(fitted: Fitted) -> tuple[Notice, ...]:
    """Return what the user should know about a picture's fitting; no node of the server's says it."""
    if not fitted.note:
        return ()
    return (Notice(code="size_adjusted", message=fitted.note, node_id=""),)


def _looked_for(base_url: str, task: Task, sets: Sequence[ModelSet]) -> str:
    able = [each for each in sets if task in each.tasks]
    wanted = "none, since no set can do this"
    if able:
        wanted = f"{able[0].title} ({', '.join(f'{file.folder}/{file.name}' for file in able[0].files)})"
    if len(able) > 1:
        wanted += f", and {len(able) - 1} others"
    return (
        f"{base_url} has no complete model set for {task.replace('_', ' ')}. Looked for {wanted}. "
        "Put the files of one set there and restart the server; docs/reference/workflows/model-sets.md names "
        "them all."
    )
