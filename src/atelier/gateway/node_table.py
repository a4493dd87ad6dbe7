"""Which node classes a role may use: every class of ComfyUI 0.3.64 in a group, with the reason.

What stands in no group is refused: classes of newer versions until somebody has looked at them, and custom
nodes until an admin allows them by name, as nobody can tell what they do.
Source: the classes are those of `GET /object_info`, ComfyUI 0.3.64, without the paid ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from atelier.storage.account import Role
from atelier.workflows.object_info import NodeType

_EVERYBODY = frozenset(Role)
_STAFF = frozenset({Role.TEACHER, Role.ADMIN})
_ADMINS = frozenset({Role.ADMIN})
_STUDENTS = frozenset({Role.STUDENT})
_NOBODY: frozenset[Role] = frozenset()

#: Why a class that calls comfy.org's paid services is for nobody.
_PAID = "calls a paid service, for which the gateway keeps no keys"


@dataclass(frozen=True, kw_only=True)
class NodeGroup:
    """Classes that are allowed, or left out, for one reason."""

    title: str
    #: What such a node does, as the end of a sentence that begins with its name.
    reason: str
    #: The roles that may use them.
    roles: frozenset[Role]
    #: The roles to which not even the configuration can allow them.
    never: frozenset[Role]
    classes: frozenset[str]


def _names(text: str) -> frozenset[str]:
    return frozenset(each.strip() for each in text.split(","))


GROUPS: tuple[NodeGroup, ...] = (
    NodeGroup(
        title="Loaders of models",
        reason="loads weights that the engine lists",
        roles=_EVERYBODY,
        never=_NOBODY,
        classes=_names(
            """
            CLIPLoader, CLIPVisionLoader, CheckpointLoaderSimple, ControlNetLoader,
            DiffControlNetLoader, DualCLIPLoader, GLIGENLoader, HypernetworkLoader, LoraLoader,
            LoraLoaderModelOnly, ModelPatchLoader, PhotoMakerLoader, QuadrupleCLIPLoader,
            SetUnionControlNetType, StyleModelLoader, TripleCLIPLoader, UNETLoader,
            UpscaleModelLoader, VAELoader, unCLIPCheckpointLoader
            """
        ),
    ),
    NodeGroup(
        title="Texts and pictures as guidance",
        reason="says what a picture shows",
        roles=_EVERYBODY,
        never=_NOBODY,
        classes=_names(
            """
            CLIPAttentionMultiply, CLIPSetLastLayer, CLIPTextEncode, CLIPTextEncodeControlnet,
            CLIPTextEncodeFlux, CLIPTextEncodeHiDream, CLIPTextEncodeHunyuanDiT,
            CLIPTextEncodeLumina2, CLIPTextEncodePixArtAlpha, CLIPTextEncodeSD3, CLIPTextEncodeSDXL,
            CLIPTextEncodeSDXLRefiner, CLIPVisionEncode, CombineHooks2, CombineHooks4, CombineHooks8,
            ConditioningAverage, ConditioningCombine, ConditioningConcat, ConditioningSetArea,
            ConditioningSetAreaPercentage, ConditioningSetAreaStrength, ConditioningSetDefaultCombine,
            ConditioningSetMask, ConditioningSetProperties, ConditioningSetPropertiesAndCombine,
            ConditioningSetTimestepRange, ConditioningTimestepsRange, ConditioningZeroOut,
            ControlNetApply, ControlNetApplyAdvanced, ControlNetApplySD3,
            ControlNetInpaintingAliMamaApply, CreateHookKeyframe, CreateHookKeyframesFromFloats,
            CreateHookKeyframesInterpolated, CreateHookLora, CreateHookLoraModelOnly,
            FluxDisableGuidance, FluxGuidance, FluxKontextMultiReferenceLatentMethod,
            GLIGENTextBoxApply, HunyuanRefinerLatent, InpaintModelConditioning,
            InstructPixToPixConditioning, LotusConditioning, PairConditioningCombine,
            PairConditioningSetDefaultCombine, PairConditioningSetProperties,
            PairConditioningSetPropertiesAndCombine, PhotoMakerEncode, ReferenceLatent,
            SD_4XUpscale_Conditioning, SetClipHooks, SetHookKeyframes,
            StableCascade_StageB_Conditioning, StyleModelApply, T5TokenizerOptions,
            TextEncodeQwenImageEdit, TextEncodeQwenImageEditPlus, unCLIPConditioning
            """
        ),
    ),
    NodeGroup(
        title="Settings of models",
        reason="changes how a model draws, in memory",
        roles=_EVERYBODY,
        never=_NOBODY,
        classes=_names(
            """
            CFGNorm, CFGZeroStar, ChromaRadianceOptions, DifferentialDiffusion, EasyCache,
            Epsilon Scaling, FreSca, FreeU, FreeU_V2, HyperTile, LazyCache, Mahiro, ModelComputeDtype,
            ModelSamplingAuraFlow, ModelSamplingContinuousEDM, ModelSamplingContinuousV,
            ModelSamplingDiscrete, ModelSamplingFlux, ModelSamplingSD3, ModelSamplingStableCascade,
            PatchModelAddDownscale, PerpNeg, PerturbedAttentionGuidance, QwenImageDiffsynthControlnet,
            RenormCFG, RescaleCFG, SelfAttentionGuidance, SkipLayerGuidanceDiT,
            SkipLayerGuidanceDiTSimple, SkipLayerGuidanceSD3, TCFG, TomePatchModel,
            UNetCrossAttentionMultiply, UNetSelfAttentionMultiply, USOStyleReference
            """
        ),
    ),
    NodeGroup(
        title="Sampling",
        reason="draws",
        roles=_EVERYBODY,
        never=_NOBODY,
        classes=_names(
            """
            APG, AddNoise, AlignYourStepsScheduler, BasicGuider, BasicScheduler,
            BetaSamplingScheduler, CFGGuider, DisableNoise, DualCFGGuider, ExponentialScheduler,
            ExtendIntermediateSigmas, FlipSigmas, GITSScheduler, KSampler, KSamplerAdvanced,
            KSamplerSelect, KarrasScheduler, LaplaceScheduler, OptimalStepsScheduler, PerpNegGuider,
            PolyexponentialScheduler, RandomNoise, SDTurboScheduler, SamplerCustom,
            SamplerCustomAdvanced, SamplerDPMPP_2M_SDE, SamplerDPMPP_2S_Ancestral,
            SamplerDPMPP_3M_SDE, SamplerDPMPP_SDE, SamplerER_SDE, SamplerEulerAncestral,
            SamplerEulerAncestralCFGPP, SamplerEulerCFGpp, SamplerLCMUpscale, SamplerLMS,
            SamplerSASolver, SamplingPercentToSigma, SetFirstSigma, SplitSigmas, SplitSigmasDenoise,
            VPScheduler
            """
        ),
    ),
    NodeGroup(
        title="Latents",
        reason="works on latents in memory",
        roles=_EVERYBODY,
        never=_NOBODY,
        classes=_names(
            """
            EmptyChromaRadianceLatentImage, EmptyHunyuanImageLatent, EmptyLatentImage,
            EmptySD3LatentImage, LatentAdd, LatentApplyOperation, LatentApplyOperationCFG,
            LatentBatch, LatentBatchSeedBehavior, LatentBlend, LatentComposite, LatentCompositeMasked,
            LatentConcat, LatentCrop, LatentCut, LatentFlip, LatentFromBatch, LatentInterpolate,
            LatentMultiply, LatentOperationSharpen, LatentOperationTonemapReinhard, LatentRotate,
            LatentSubtract, LatentUpscale, LatentUpscaleBy, RebatchLatents, RepeatLatentBatch,
            SetLatentNoiseMask, StableCascade_EmptyLatentImage, StableCascade_StageC_VAEEncode,
            StableCascade_SuperResolutionControlnet, VAEDecode, VAEDecodeTiled, VAEEncode,
            VAEEncodeForInpaint, VAEEncodeTiled
            """
        ),
    ),
    NodeGroup(
        title="Images and masks",
        reason="works on pictures in memory, or reads a picture of the account",
        roles=_EVERYBODY,
        never=_NOBODY,
        classes=_names(
            """
            Canny, CropMask, EmptyImage, FeatherMask, FluxKontextImageScale, GetImageSize, GrowMask,
            ImageAddNoise, ImageBatch, ImageBlend, ImageBlur, ImageColorToMask, ImageCompositeMasked,
            ImageCrop, ImageFlip, ImageFromBatch, ImageInvert, ImagePadForOutpaint, ImageQuantize,
            ImageRGBToYUV, ImageRotate, ImageScale, ImageScaleBy, ImageScaleToMaxDimension,
            ImageScaleToTotalPixels, ImageSharpen, ImageStitch, ImageToMask, ImageUpscaleWithModel,
            ImageYUVToRGB, InvertMask, JoinImageWithAlpha, LoadImage, LoadImageMask, LoadImageOutput,
            MaskComposite, MaskToImage, Morphology, PorterDuffImageComposite, RebatchImages,
            RepeatImageBatch, ResizeAndPadImage, SolidMask, SplitImageWithAlpha, ThresholdMask
            """
        ),
    ),
    NodeGroup(
        title="Results",
        reason="keeps or shows pictures as files of the account",
        roles=_EVERYBODY,
        never=_NOBODY,
        classes=_names(
            """
            MaskPreview, PreviewAny, PreviewImage, SaveAnimatedPNG, SaveAnimatedWEBP, SaveImage
            """
        ),
    ),
    NodeGroup(
        title="Values and short texts",
        reason="gives a value",
        roles=_EVERYBODY,
        never=_NOBODY,
        classes=_names(
            """
            CaseConverter, PrimitiveBoolean, PrimitiveFloat, PrimitiveInt, PrimitiveString,
            PrimitiveStringMultiline, StringCompare, StringContains, StringLength, StringSubstring,
            StringTrim
            """
        ),
    ),
    NodeGroup(
        title="Texts that grow",
        reason="can double a text with each node, until the engine has no memory left",
        roles=_STAFF,
        never=_NOBODY,
        classes=_names(
            """
            StringConcatenate, StringReplace
            """
        ),
    ),
    NodeGroup(
        title="Patterns",
        reason="searches with a pattern, which can keep the engine busy for ever",
        roles=_STAFF,
        never=_NOBODY,
        classes=_names(
            """
            RegexExtract, RegexMatch, RegexReplace
            """
        ),
    ),
    NodeGroup(
        title="Open-ended sampling",
        reason="samples for as long as its tolerances make it",
        roles=_STAFF,
        never=_NOBODY,
        classes=_names(
            """
            SamplerDPMAdaptative
            """
        ),
    ),
    NodeGroup(
        title="Merging of models",
        reason="keeps several models in the memory of the engine at once",
        roles=_STAFF,
        never=_NOBODY,
        classes=_names(
            """
            CLIPMergeAdd, CLIPMergeSimple, CLIPMergeSubtract, CreateHookModelAsLora,
            CreateHookModelAsLoraModelOnly, ModelMergeAdd, ModelMergeAuraflow, ModelMergeBlocks,
            ModelMergeCosmos14B, ModelMergeCosmos7B, ModelMergeCosmosPredict2_14B,
            ModelMergeCosmosPredict2_2B, ModelMergeFlux1, ModelMergeLTXV, ModelMergeMochiPreview,
            ModelMergeQwenImage, ModelMergeSD1, ModelMergeSD2, ModelMergeSD35_Large, ModelMergeSD3_2B,
            ModelMergeSDXL, ModelMergeSimple, ModelMergeSubtract, ModelMergeWAN2_1
            """
        ),
    ),
    NodeGroup(
        title="Video",
        reason="makes clips, for which an engine works minutes, and no pictures",
        roles=_ADMINS,
        never=_NOBODY,
        classes=_names(
            """
            ConditioningSetAreaPercentageVideo, ContextWindowsManual, CosmosImageToVideoLatent,
            CosmosPredict2ImageToVideoLatent, CreateVideo, EmptyCosmosLatentVideo,
            EmptyHunyuanLatentVideo, EmptyLTXVLatentVideo, EmptyMochiLatentVideo, GetVideoComponents,
            HunyuanImageToVideo, ImageOnlyCheckpointLoader, LTXVAddGuide, LTXVConditioning,
            LTXVCropGuides, LTXVImgToVideo, LTXVPreprocess, LTXVScheduler, LoadVideo,
            ModelSamplingLTXV, SVD_img2vid_Conditioning, SaveVideo, SaveWEBM,
            TextEncodeHunyuanVideo_ImageToVideo, TrimVideoLatent, UNetTemporalAttentionMultiply,
            VideoLinearCFGGuidance, VideoTriangleCFGGuidance, Wan22FunControlToVideo,
            Wan22ImageToVideoLatent, WanAnimateToVideo, WanCameraEmbedding, WanCameraImageToVideo,
            WanContextWindowsManual, WanFirstLastFrameToVideo, WanFunControlToVideo,
            WanFunInpaintToVideo, WanHuMoImageToVideo, WanImageToVideo, WanPhantomSubjectToVideo,
            WanSoundImageToVideo, WanSoundImageToVideoExtend, WanTrackToVideo, WanVaceToVideo
            """
        ),
    ),
    NodeGroup(
        title="Audio",
        reason="makes sounds and no pictures",
        roles=_ADMINS,
        never=_NOBODY,
        classes=_names(
            """
            AudioAdjustVolume, AudioConcat, AudioEncoderEncode, AudioEncoderLoader, AudioMerge,
            ConditioningStableAudio, EmptyAceStepLatentAudio, EmptyAudio, EmptyLatentAudio, LoadAudio,
            PreviewAudio, SaveAudio, SaveAudioMP3, SaveAudioOpus, SplitAudioChannels,
            TextEncodeAceStepAudio, TrimAudioDuration, VAEDecodeAudio, VAEEncodeAudio
            """
        ),
    ),
    NodeGroup(
        title="Views and shapes",
        reason="makes shapes, or dozens of views at once",
        roles=_ADMINS,
        never=_NOBODY,
        classes=_names(
            """
            EmptyLatentHunyuan3Dv2, Hunyuan3Dv2Conditioning, Hunyuan3Dv2ConditioningMultiView,
            SV3D_Conditioning, SaveGLB, StableZero123_Conditioning,
            StableZero123_Conditioning_Batched, VAEDecodeHunyuan3D, VoxelToMesh, VoxelToMeshBasic
            """
        ),
    ),
    NodeGroup(
        title="Old loaders",
        reason="reads configurations beside the weights, and has a successor",
        roles=_ADMINS,
        never=_NOBODY,
        classes=_names(
            """
            CheckpointLoader, DiffusersLoader
            """
        ),
    ),
    NodeGroup(
        title="Pictures by socket",
        reason="sends its pictures through a socket, where nobody keeps them",
        roles=_NOBODY,
        never=_NOBODY,
        classes=_names(
            """
            SaveImageWebsocket
            """
        ),
    ),
    NodeGroup(
        title="Drawings",
        reason="keeps SVG, which can carry scripts",
        roles=_NOBODY,
        never=_STUDENTS,
        classes=_names(
            """
            SaveSVGNode
            """
        ),
    ),
    NodeGroup(
        title="Latents as files",
        reason="reads and writes files that are no pictures, in folders that all accounts share",
        roles=_NOBODY,
        never=_STUDENTS,
        classes=_names(
            """
            LoadLatent, SaveLatent
            """
        ),
    ),
    NodeGroup(
        title="Captures and shapes from the page",
        reason="reads files under names that the page makes up",
        roles=_NOBODY,
        never=_STUDENTS,
        classes=_names(
            """
            Load3D, Load3DAnimation, Preview3D, Preview3DAnimation, RecordAudio, WebcamCapture
            """
        ),
    ),
    NodeGroup(
        title="Training",
        reason="reads whole folders of the engine, and trains on it",
        roles=_NOBODY,
        never=_STUDENTS,
        classes=_names(
            """
            LoadImageSetFromFolderNode, LoadImageTextSetFromFolderNode, LoraModelLoader,
            LossGraphNode, TrainLoraNode
            """
        ),
    ),
    NodeGroup(
        title="Weights as files",
        reason="writes weights into the folders of the engine",
        roles=_NOBODY,
        never=_STUDENTS,
        classes=_names(
            """
            CLIPSave, CheckpointSave, ImageOnlyCheckpointSave, LoraSave, ModelSave, SaveLoRANode,
            VAESave
            """
        ),
    ),
    NodeGroup(
        title="Code",
        reason="compiles code on the engine",
        roles=_NOBODY,
        never=_STUDENTS,
        classes=_names(
            """
            TorchCompileModel
            """
        ),
    ),
)

_GROUP_OF: Mapping[str, NodeGroup] = MappingProxyType(
    {name: group for group in GROUPS for name in group.classes}
)


def group_of(class_name: str) -> NodeGroup | None:
    """Return the group of a class; None for one that the table does not know."""
    return _GROUP_OF.get(class_name)


def never_for(role: Role, class_name: str) -> str | None:
    """Return why the configuration cannot allow a class to a role; None where it can."""
    group = _GROUP_OF.get(class_name)
    return group.reason if group is not None and role in group.never else None


def refused_for(role: Role, type: NodeType) -> str | None:
    """Return what keeps a role from a class, as the end of a sentence; None for nothing."""
    if is_paid(type):
        return _PAID
    group = _GROUP_OF.get(type.name)
    if group is None:
        if type.native:
            return "is newer than the table of node classes that this version of Atelier has"
        return "is a custom node, and no admin has allowed it by name"
    return None if role in group.roles else group.reason


def is_paid(type: NodeType) -> bool:
    """Return whether a class calls comfy.org's paid services."""
    return type.api_node or type.python_module.startswith("comfy_api_nodes")
