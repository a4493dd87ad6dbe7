"""The class names that each node pack provides, with `; ` between them.

Written by `python -m scripts.record_node_packs`; node_packs.py names the sources.
"""

from __future__ import annotations

CLASS_NAMES: dict[str, str] = {
    "ComfyUI-QwenImageWanBridge": """\
HunyuanVideoCLIPLoader; HunyuanVideoEmptyLatent; HunyuanVideoPromptExpander; HunyuanVideoTextEncoder
HunyuanVideoVisionLoader; LLMOutputParser; PromptKeyFilter; QwenDebugController; QwenDebugLatents
QwenEliGenEntityControl; QwenEliGenMaskPainter; QwenImageBatch; QwenImageDiTLoaderWrapper
QwenImageEncodeWrapper; QwenImageModelWithEdit; QwenImageSamplerNode; QwenImageSamplerWithEdit
QwenImageVAELoaderWrapper; QwenInpaintSampler; QwenLowresFixNode; QwenMaskProcessor
QwenModelManagerWrapper; QwenProcessedToEmbedding; QwenProcessorWrapper; QwenSmartCrop
QwenSpatialTokenGenerator; QwenTemplateBuilder; QwenTemplateConnector; QwenToChronoEditBridge
QwenToWanFirstFrameLatent; QwenToWanImageSaver; QwenToWanLatentSaver; QwenTokenAnalyzer; QwenTokenDebugger
QwenVLCLIPLoader; QwenVLEmptyLatent; QwenVLImageToLatent; QwenVLTextEncoder; QwenVLTextEncoderAdvanced
QwenVLTextEncoderLoaderWrapper; TemplateInfluenceAnalyzer; ZImageEmptyLatent; ZImageTextEncoder
ZImageTextEncoderSimple; ZImageTurnBuilder; ZImageWanVAEDecode""",
    "ComfyUI-Impact-Pack": """\
AddMask; AnyPipeToBasic; BasicPipeToDetailerPipe; BasicPipeToDetailerPipeSDXL; BboxDetectorCombined_v2
BboxDetectorSEGS; BitwiseAndMask; BitwiseAndMaskForEach; CLIPSegDetectorProvider; CfgScheduleHookProvider
CombineRegionalPrompts; CoreMLDetailerHookProvider; DenoiseScheduleHookProvider
DenoiseSchedulerDetailerHookProvider; DetailerForEach; DetailerForEachDebug; DetailerForEachDebugPipe
DetailerForEachPipe; DetailerForEachPipeForAnimateDiff; DetailerHookCombine; DetailerPipeToBasicPipe
EditBasicPipe; EditDetailerPipe; EditDetailerPipeSDXL; EmptySegs; FaceDetailer; FaceDetailerPipe
FromBasicPipe; FromBasicPipe_v2; FromDetailerPipe; FromDetailerPipeSDXL; FromDetailerPipe_v2
GITSSchedulerFuncProvider; ImageListToImageBatch; ImageMaskSwitch; ImageReceiver; ImageSender
ImpactAssembleSEGS; ImpactBoolean; ImpactCombineConditionings; ImpactCompare; ImpactConcatConditionings
ImpactConditionalBranch; ImpactConditionalBranchSelMode; ImpactConditionalStopIteration
ImpactControlBridge; ImpactControlNetApplyAdvancedSEGS; ImpactControlNetApplySEGS
ImpactControlNetClearSEGS; ImpactConvertDataType; ImpactCount_Elts_in_SEGS; ImpactDecomposeSEGS
ImpactDilateMask; ImpactDilateMaskInSEGS; ImpactDilate_Mask_SEG_ELT; ImpactDummyInput; ImpactEdit_SEG_ELT
ImpactExecutionOrderController; ImpactFlattenMask; ImpactFloat; ImpactFrom_SEG_ELT
ImpactFrom_SEG_ELT_bbox; ImpactFrom_SEG_ELT_crop_region; ImpactGaussianBlurMask
ImpactGaussianBlurMaskInSEGS; ImpactHFTransformersClassifierProvider; ImpactIPAdapterApplySEGS
ImpactIfNone; ImpactImageBatchToImageList; ImpactImageInfo; ImpactInt; ImpactInversedSwitch
ImpactIsNotEmptySEGS; ImpactKSamplerAdvancedBasicPipe; ImpactKSamplerBasicPipe; ImpactLatentInfo
ImpactLogger; ImpactLogicalOperators; ImpactMakeAnyList; ImpactMakeImageBatch; ImpactMakeImageList
ImpactMakeMaskBatch; ImpactMakeMaskList; ImpactMakeTileSEGS; ImpactMinMax; ImpactNeg
ImpactNegativeConditioningPlaceholder; ImpactNodeSetMuteState; ImpactQueueTrigger
ImpactQueueTriggerCountdown; ImpactRemoteBoolean; ImpactRemoteInt; ImpactSEGSClassify; ImpactSEGSConcat
ImpactSEGSLabelAssign; ImpactSEGSLabelFilter; ImpactSEGSMerge; ImpactSEGSOrderedFilter; ImpactSEGSPicker
ImpactSEGSRangeFilter; ImpactSEGSToMaskBatch; ImpactSEGSToMaskList; ImpactScaleBy_BBOX_SEG_ELT
ImpactSchedulerAdapter; ImpactSegsAndMask; ImpactSegsAndMaskForEach; ImpactSetWidgetValue
ImpactSimpleDetectorSEGS; ImpactSimpleDetectorSEGSPipe; ImpactSimpleDetectorSEGS_for_AD; ImpactSleep
ImpactStringSelector; ImpactSwitch; ImpactValueReceiver; ImpactValueSender; ImpactWildcardEncode
ImpactWildcardProcessor; IterativeImageUpscale; IterativeLatentUpscale; KSamplerAdvancedProvider
KSamplerProvider; LatentPixelScale; LatentReceiver; LatentSender; LatentSwitch; MaskDetailerPipe
MaskListToMaskBatch; MaskToSEGS; MaskToSEGS_for_AnimateDiff; MasksToMaskList; MediaPipeFaceMeshToSEGS
NoiseInjectionDetailerHookProvider; NoiseInjectionHookProvider; ONNXDetectorProvider; ONNXDetectorSEGS
PixelKSampleHookCombine; PixelKSampleUpscalerProvider; PixelKSampleUpscalerProviderPipe
PixelTiledKSampleUpscalerProvider; PixelTiledKSampleUpscalerProviderPipe; PreviewBridge
PreviewBridgeLatent; PreviewDetailerHookProvider; ReencodeLatent; ReencodeLatentPipe; RegionalPrompt
RegionalSampler; RegionalSamplerAdvanced; RemoveImageFromSEGS; RemoveNoiseMask; SAMDetectorCombined
SAMDetectorSegmented; SAMLoader; SEGSDetailer; SEGSDetailerForAnimateDiff
SEGSLabelFilterDetailerHookProvider; SEGSOrderedFilterDetailerHookProvider; SEGSPaste; SEGSPreview
SEGSPreviewCNet; SEGSRangeFilterDetailerHookProvider; SEGSSwitch; SEGSToImageList; SEGSUpscaler
SEGSUpscalerPipe; SegmDetectorCombined_v2; SegmDetectorSEGS; SegsToCombinedMask; SetDefaultImageForSEGS
StepsScheduleHookProvider; StringListToString; SubtractMask; SubtractMaskForEach; TiledKSamplerProvider
ToBasicPipe; ToBinaryMask; ToDetailerPipe; ToDetailerPipeSDXL; TwoAdvancedSamplersForMask
TwoSamplersForMask; TwoSamplersForMaskUpscalerProvider; TwoSamplersForMaskUpscalerProviderPipe
UnsamplerDetailerHookProvider; UnsamplerHookProvider; VariationNoiseDetailerHookProvider
WildcardPromptFromString""",
    "ComfyUI-Impact-Subpack": """\
UltralyticsDetectorProvider""",
    "ComfyUI-Inspire-Pack": """\
AnimeLineArt_Preprocessor_Provider_for_SEGS //Inspire; ApplyLBW //Inspire
ApplyRegionalIPAdapters //Inspire; BindImageListPromptList //Inspire; CLIPTextEncodeWithWeight //Inspire
CacheBackendData //Inspire; CacheBackendDataList //Inspire; CacheBackendDataNumberKey //Inspire
CacheBackendDataNumberKeyList //Inspire; Canny_Preprocessor_Provider_for_SEGS //Inspire
ChangeImageBatchSize //Inspire; ChangeLatentBatchSize //Inspire; CheckpointLoaderSimpleShared //Inspire
ColorMapToMasks //Inspire; ColorMaskToDepthMask //Inspire; Color_Preprocessor_Provider_for_SEGS //Inspire
CompositeNoise //Inspire; ConcatConditioningsWithMultiplier //Inspire; ConditioningStretch //Inspire
ConditioningUpscale //Inspire; DWPreprocessor_Provider_for_SEGS //Inspire; DropItems //Inspire
FakeScribblePreprocessor_Provider_for_SEGS //Inspire; FloatRange //Inspire; ForeachListBegin //Inspire
ForeachListEnd //Inspire; FromIPAdapterPipe //Inspire; GlobalSampler //Inspire; GlobalSeed //Inspire
HEDPreprocessor_Provider_for_SEGS //Inspire; HyperTile //Inspire; IPAdapterModelHelper //Inspire
ImageBatchSplitter //Inspire; InpaintPreprocessor_Provider_for_SEGS //Inspire; IsCached //Inspire
KSampler //Inspire; KSamplerAdvanced //Inspire; KSamplerAdvancedPipe //Inspire
KSamplerAdvancedProgress //Inspire; KSamplerPipe //Inspire; KSamplerProgress //Inspire
LatentBatchSplitter //Inspire; LeRes_DepthMap_Preprocessor_Provider_for_SEGS //Inspire
LineArt_Preprocessor_Provider_for_SEGS //Inspire; ListCounter //Inspire
LoadDiffusionModelShared //Inspire; LoadImage //Inspire; LoadImageListFromDir //Inspire
LoadImagesFromDir //Inspire; LoadLBW //Inspire; LoadPromptsFromDir //Inspire
LoadPromptsFromFile //Inspire; LoadSinglePromptFromFile //Inspire; LoadTextEncoderShared //Inspire
LoraBlockInfo //Inspire; LoraLoaderBlockWeight //Inspire; MakeBasicPipe //Inspire; MakeLBW //Inspire
Manga2Anime_LineArt_Preprocessor_Provider_for_SEGS //Inspire; MediaPipeFaceMeshDetectorProvider //Inspire
MediaPipe_FaceMesh_Preprocessor_Provider_for_SEGS //Inspire
MeshGraphormerDepthMapPreprocessorProvider_for_SEGS //Inspire
MiDaS_DepthMap_Preprocessor_Provider_for_SEGS //Inspire; OpenPose_Preprocessor_Provider_for_SEGS //Inspire
PromptBuilder //Inspire; PromptExtractor //Inspire; RGB_HexToHSV //Inspire
RandomGeneratorForList //Inspire; RandomNoise //Inspire; RegionalCFG //Inspire
RegionalConditioningColorMask //Inspire; RegionalConditioningSimple //Inspire
RegionalIPAdapterColorMask //Inspire; RegionalIPAdapterEncodedColorMask //Inspire
RegionalIPAdapterEncodedMask //Inspire; RegionalIPAdapterMask //Inspire; RegionalPromptColorMask //Inspire
RegionalPromptSimple //Inspire; RegionalSeedExplorerColorMask //Inspire
RegionalSeedExplorerMask //Inspire; RemoveBackendData //Inspire; RemoveBackendDataNumberKey //Inspire
RemoveControlNet //Inspire; RemoveControlNetFromRegionalPrompts //Inspire; RetrieveBackendData //Inspire
RetrieveBackendDataNumberKey //Inspire; SaveLBW //Inspire; ScheduledCFGGuider //Inspire
ScheduledPerpNegCFGGuider //Inspire; SeedExplorer //Inspire; SeedLogger //Inspire; SelectNthMask //Inspire
ShowCachedInfo //Inspire; StableCascade_CheckpointLoader //Inspire
TilePreprocessor_Provider_for_SEGS //Inspire; ToIPAdapterPipe //Inspire; UnzipPrompt //Inspire
WildcardEncode //Inspire; WorklistToItemList //Inspire; XY Input: Lora Block Weight //Inspire
ZipPrompt //Inspire""",
    "ComfyUI-KJNodes": """\
AddLabel; AddNoiseToTrackPath; AppendInstanceDiffusionTracking; AppendStringsToList
ApplyRifleXRoPE_HunuyanVideo; ApplyRifleXRoPE_WanVideo; AudioConcatenate; BBOXToBoundingBoxKJ
BOOLConstant; BatchCLIPSeg; BatchCropFromMask; BatchCropFromMaskAdvanced; BatchUncrop; BatchUncropAdvanced
BboxToInt; BboxVisualize; BlockifyMask; CFGZeroStarAndInit; CameraPoseVisualizer; CheckpointLoaderKJ
CheckpointPerturbWeights; ColorMatch; ColorMatchV2; ColorToMask; CondPassThrough; ConditioningMultiCombine
ConditioningSetMaskAndCombine; ConditioningSetMaskAndCombine3; ConditioningSetMaskAndCombine4
ConditioningSetMaskAndCombine5; ConsolidateMasksKJ; ContextWindowsVisualizerKJ; CreateAudioMask
CreateFadeMask; CreateFadeMaskAdvanced; CreateFluidMask; CreateGradientFromCoords; CreateGradientMask
CreateInstanceDiffusionTracking; CreateMagicMask; CreateShapeImageOnPath; CreateShapeMask
CreateShapeMaskOnPath; CreateTextMask; CreateTextOnPath; CreateVoronoiMask; CrossFadeImages
CrossFadeImagesMulti; CustomControlNetWeightsFluxFromList; CustomSigmas; CutAndDragOnPath
DecodeAndSaveVideo; DiTBlockLoraLoader; DifferentialDiffusionAdvanced; DiffusionModelLoaderKJ
DiffusionModelSelector; DownloadAndLoadCLIPSeg; DrawInstanceDiffusionTracking; DrawMaskOnImage; DummyOut
EmptyLatentImageCustomPresets; EmptyLatentImagePresets; EncodeVideoComponents; EndRecordCUDAMemoryHistory
FastPreview; FastPreviewBatch; FilterZeroMasksAndCorrespondingImages; FlipSigmasAdjusted; FloatConstant
FloatToMask; FloatToSigmas; FluxBlockLoraSelect; GGUFLoaderKJ; GLIGENTextBoxApplyBatchCoords
GenerateNoise; GetImageRangeFromBatch; GetImageSizeAndCount; GetImagesFromBatchIndexed
GetLatentRangeFromBatch; GetLatentSizeAndCount; GetLatentsFromBatchIndexed; GetMaskSizeAndCount
GetPreviewOverrideFramesKJ; GetTrackRange; GradientToFloat; GrowMaskWithBlur; HDRPreviewKJ
HunyuanVideoBlockLoraSelect; HunyuanVideoEncodeKeyframesToCond; INTConstant; Ideogram4OptimizationsKJ
Ideogram4PromptBuilderKJ; ImageAddMulti; ImageAndMaskPreview; ImageBatchExtendWithOverlap
ImageBatchFilter; ImageBatchJoinWithTransition; ImageBatchMulti; ImageBatchRepeatInterleaving
ImageBatchTestPattern; ImageConcanate; ImageConcatFromBatch; ImageConcatMulti; ImageCropByMask
ImageCropByMaskAndResize; ImageCropByMaskBatch; ImageGrabPIL; ImageGridComposite2x2; ImageGridComposite3x3
ImageGridtoBatch; ImageNoiseAugmentation; ImageNormalize_Neg1_To_1; ImagePadForOutpaintMasked
ImagePadForOutpaintTargetSize; ImagePadKJ; ImagePass; ImagePrepForICLora; ImageResizeKJ; ImageResizeKJv2
ImageSharpenKJ; ImageTensorList; ImageTransformByNormalizedAmplitude; ImageTransformKJ; ImageUncropByMask
ImageUpscaleWithModelBatched; InjectNoiseToLatent; InsertImageBatchByIndexes; InsertImagesToBatchIndexed
InsertLatentToIndexed; InterpolateCoords; JoinStringMulti; JoinStrings; Krea2PromptWeight
LTX2AttentionTunerPatch; LTX2AudioLatentNormalizingSampling; LTX2BlockLoraSelect; LTX2LoraLoaderAdvanced
LTX2MemoryEfficientSageAttentionPatch; LTX2SamplingPreviewOverride; LTX2_NAG; LTXVAddGuideMulti
LTXVAddGuidesFromBatch; LTXVAudioVideoMask; LTXVChunkFeedForward; LTXVEnhanceAVideoKJ
LTXVImgToVideoInplaceKJ; LatentInpaintTTM; LazySwitchKJ; LeapfusionHunyuanI2VPatcher; LoadAndResizeImage
LoadImagesFromFolderKJ; LoadVideosFromFolder; LoraExtractKJ; LoraReduceRankKJ; MaskBatchMulti
MaskOrImageToWeight; MergeImageChannels; MiniMaxChunkFeedForward
MiniMaxH3MemoryEfficientSageAttentionPatch; MiniMaxH3TokenCounter; MiniMaxLowVRAMAttention
ModelMemoryUsageFactorOverride; ModelMemoryUseReportPatch; ModelPassThrough; ModelPatchTorchSettings
ModelPreviewOverrideKJ; ModelSaveKJ; NABLA_AttentionKJ; NormalizedAmplitudeToFloatList
NormalizedAmplitudeToMask; OffsetMask; OffsetMaskByNormalizedAmplitude; PadImageBatchInterleaved
PatchFlashAttentionKJ; PatchModelPatcherOrder; PatchTritonVAE; PathchSageAttentionKJ
PiDColorBiasCorrection; PlaySoundKJ; PlotCoordinates; PointsEditor; PreviewAnimation; PreviewImageOrMask
PreviewLatentNoiseMask; RandomImageFromBatch; RemapImageRange; RemapMaskRange; ReplaceImagesInBatch
ResizeMask; ReverseImageBatch; RoundMask; SV3D_BatchSchedule; SamplerSelfRefineVideo; SaveImageKJ
SaveImageWithAlpha; SaveStringKJ; ScaleBatchPromptSchedule; ScheduledCFGGuidance; ScreencapStream
Screencap_mss; SeparateMasks; SetShakkerLabsUnionControlNetType; ShuffleImageBatch; SigmasToFloat
SimpleCalculatorKJ; SkipLayerGuidanceWanVideo; Sleep; SomethingToString; SoundReactive; SplineEditor
SplitBboxes; SplitImageChannels; StableZero123_BatchSchedule; StartRecordCUDAMemoryHistory; StringConstant
StringConstantMultiline; StringToFloatList; StyleModelApplyAdvanced; Superprompt; TimerNodeKJ
TorchCompileControlNet; TorchCompileCosmosModel; TorchCompileLTXModel; TorchCompileModelAdvanced
TorchCompileModelFluxAdvanced; TorchCompileModelFluxAdvancedV2; TorchCompileModelHyVideo
TorchCompileModelQwenImage; TorchCompileModelWanVideo; TorchCompileModelWanVideoV2; TorchCompileVAE
TransitionImagesInBatch; TransitionImagesMulti; VAEDecodeLoopKJ; VAELoaderKJ; VAEMergeKJ; VRAM_Debug
VisualizeCUDAMemoryHistory; VisualizeSigmasKJ; Wan21BlockLoraSelect; WanChunkFeedForward
WanImageToVideoSVIPro; WanVideoEnhanceAVideoKJ; WanVideoMemoryEfficientSageAttentionPatch; WanVideoNAG
WanVideoTeaCacheKJ; WebcamCaptureCV2; WeightScheduleConvert; WeightScheduleExtend; WidgetToString""",
    "ComfyUI-Custom-Scripts": """\
CheckpointLoader|pysssss; ConstrainImageforVideo|pysssss; ConstrainImage|pysssss; LoadText|pysssss
LoraLoader|pysssss; MathExpression|pysssss; PlaySound|pysssss; Repeater|pysssss; ReroutePrimitive|pysssss
SaveText|pysssss; ShowText|pysssss; StringFunction|pysssss; SystemNotification|pysssss""",
    "ComfyUI_essentials": """\
ApplyCLIPSeg+; BatchCount+; CLIPTextEncodeSDXL+; ConditioningCombineMultiple+; ConsoleDebug+
DebugTensorShape+; DisplayAny; DrawText+; FluxAttentionSeeker+; FluxBlocksBuster+; FluxSamplerParams+
GetImageSize+; GuidanceTimestepping+; ImageApplyLUT+; ImageBatchMultiple+; ImageBatchToList+
ImageCASharpening+; ImageColorMatch+; ImageColorMatchAdobe+; ImageComposite+; ImageCompositeFromMaskBatch+
ImageCrop+; ImageDesaturate+; ImageEnhanceDifference+; ImageExpandBatch+; ImageFlip+; ImageFromBatch+
ImageHistogramMatch+; ImageListToBatch+; ImagePosterize+; ImagePreviewFromLatent+; ImageRandomTransform+
ImageRemoveAlpha+; ImageRemoveBackground+; ImageResize+; ImageSeamCarving+; ImageSmartSharpen+; ImageTile+
ImageToDevice+; ImageUntile+; InjectLatentNoise+; KSamplerVariationsStochastic+
KSamplerVariationsWithNoise+; LoadCLIPSegModels+; LorasForFluxParams+; MaskBatch+; MaskBlur+
MaskBoundingBox+; MaskExpandBatch+; MaskFix+; MaskFlip+; MaskFromBatch+; MaskFromColor+; MaskFromList+
MaskFromRGBCMYBW+; MaskFromSegmentation+; MaskPreview+; MaskSmooth+; ModelCompile+
ModelSamplingSD3Advanced+; NoiseFromImage+; PixelOEPixelize+; PlotParameters+; RemBGSession+
RemoveLatentMask+; SD3AttentionSeekerLG+; SD3AttentionSeekerT5+; SD3NegativeConditioning+
SDXLEmptyLatentSizePicker+; SamplerSelectHelper+; SchedulerSelectHelper+; SimpleComparison+
SimpleCondition+; SimpleMath+; SimpleMathBoolean+; SimpleMathCondition+; SimpleMathDual+; SimpleMathFloat+
SimpleMathInt+; SimpleMathPercent+; SimpleMathSlider+; SimpleMathSliderLowRes+
TextEncodeForSamplerParams+; TransitionMask+; TransparentBGSession+""",
    "ComfyUI-Easy-Use": """\
dynamicThresholdingFull; easy LLLiteLoader; easy XYInputs: CFG Scale; easy XYInputs: Checkpoint
easy XYInputs: ControlNet; easy XYInputs: Denoise; easy XYInputs: FluxGuidance; easy XYInputs: Lora
easy XYInputs: ModelMergeBlocks; easy XYInputs: NegativeCond; easy XYInputs: NegativeCondList
easy XYInputs: PositiveCond; easy XYInputs: PositiveCondList; easy XYInputs: PromptSR
easy XYInputs: Sampler/Scheduler; easy XYInputs: Seeds++ Batch; easy XYInputs: Steps; easy XYPlot
easy XYPlotAdvanced; easy a1111Loader; easy ab; easy anythingIndexSwitch; easy anythingInversedSwitch
easy applyBrushNet; easy applyFooocusInpaint; easy applyInpaint; easy applyPowerPaint; easy batchAnything
easy blocker; easy boolean; easy cascadeKSampler; easy cascadeLoader; easy ckptNames; easy cleanGpuUsed
easy clearCacheAll; easy clearCacheKey; easy comfyLoader; easy compare; easy conditioningIndexSwitch
easy controlnetLoader; easy controlnetLoader++; easy controlnetLoaderADV; easy controlnetNames
easy controlnetStack; easy controlnetStackApply; easy convertAnything; easy detailerFix; easy float
easy fluxLoader; easy forLoopEnd; easy forLoopStart; easy fullCascadeKSampler; easy fullLoader
easy fullkSampler; easy globalSeed; easy hiresFix; easy humanSegmentation; easy hunyuanDiTLoader
easy icLightApply; easy if; easy ifElse; easy imageBatchToImageList; easy imageChooser
easy imageColorMatch; easy imageConcat; easy imageCount; easy imageCropFromMask; easy imageDetailTransfer
easy imageHSVMask; easy imageIndexSwitch; easy imageInsetCrop; easy imageInterrogator
easy imageListToImageBatch; easy imagePixelPerfect; easy imageRatio; easy imageRemBg; easy imageSave
easy imageScaleDown; easy imageScaleDownBy; easy imageScaleDownToSize; easy imageScaleToNormPixels
easy imageSize; easy imageSizeByLongerSide; easy imageSizeBySide; easy imageSplitGrid; easy imageSplitList
easy imageSplitTiles; easy imageSwitch; easy imageTilesFromBatch; easy imageToBase64; easy imageToMask
easy imageUncropFromBBOX; easy imagesCountInDirectory; easy imagesSplitImage; easy indexAnything
easy injectNoiseToLatent; easy instantIDApply; easy instantIDApplyADV; easy int; easy ipadapterApply
easy ipadapterApplyADV; easy ipadapterApplyEmbeds; easy ipadapterApplyEncoder
easy ipadapterApplyFaceIDKolors; easy ipadapterApplyFromParams; easy ipadapterApplyRegional
easy ipadapterStyleComposition; easy isFileExist; easy isMaskEmpty; easy isNone; easy isSDXL
easy joinImageBatch; easy joyCaption2API; easy joyCaption3API; easy kSampler; easy kSamplerCustom
easy kSamplerDownscaleUnet; easy kSamplerInpainting; easy kSamplerLayerDiffusion; easy kSamplerSDTurbo
easy kSamplerTiled; easy kolorsLoader; easy latentCompositeMaskedWithCond; easy latentNoisy
easy lengthAnything; easy loadImageBase64; easy loadImagesForLoop; easy loraNames; easy loraPromptApply
easy loraStack; easy loraStackApply; easy loraSwitcher; easy makeImageForICLora; easy mathFloat
easy mathInt; easy mathString; easy mochiLoader; easy multiAngle; easy negative; easy outputToList
easy pipeBatchIndex; easy pipeEdit; easy pipeEditPrompt; easy pipeIn; easy pipeOut; easy pipeToBasicPipe
easy pixArtLoader; easy pixels; easy portraitMaster; easy poseEditor; easy positive; easy preDetailerFix
easy preMaskDetailerFix; easy preSampling; easy preSamplingAdvanced; easy preSamplingCascade
easy preSamplingCustom; easy preSamplingDynamicCFG; easy preSamplingLayerDiffusion
easy preSamplingLayerDiffusionADDTL; easy preSamplingNoiseIn; easy preSamplingSdTurbo; easy prompt
easy promptAwait; easy promptConcat; easy promptLine; easy promptList; easy promptReplace; easy pulIDApply
easy pulIDApplyADV; easy rangeFloat; easy rangeInt; easy removeLocalImage; easy samLoaderPipe
easy saveImageLazy; easy saveText; easy saveTextLazy; easy seed; easy seedList; easy showAnything
easy showAnythingLazy; easy showLoaderSettingsNames; easy showSpentTime; easy showTensorShape
easy simpleMath; easy simpleMathDual; easy sleep; easy sliderControl; easy stableDiffusion3API
easy string; easy stringJoinLines; easy stringToFloatList; easy stringToIntList
easy styleAlignedBatchAlign; easy stylesSelector; easy sv3dLoader; easy svdLoader; easy tableEditor
easy textIndexSwitch; easy textSwitch; easy ultralyticsDetectorPipe; easy unSampler; easy whileLoopEnd
easy whileLoopStart; easy wildcards; easy wildcardsMatrix; easy xyAny; easy zero123Loader""",
    "was-node-suite-comfyui": """\
BLIP Analyze Image; BLIP Model Loader; Blend Latents; Boolean To Text; Bounded Image Blend
Bounded Image Blend with Mask; Bounded Image Crop; Bounded Image Crop with Mask; Bus Node
CLIP Input Switch; CLIP Vision Input Switch; CLIPSEG2; CLIPSeg Batch Masking; CLIPSeg Masking
CLIPSeg Model Loader; CLIPTextEncode (BlenderNeko Advanced + NSP); CLIPTextEncode (NSP); Cache Node
Checkpoint Loader; Checkpoint Loader (Simple); Conditioning Input Switch; Constant Number
Control Net Model Input Switch; Convert Masks to Images; Create Grid Image; Create Grid Image from Batch
Create Morph Image; Create Morph Image from Path; Create Video from Path; Debug Number to Console
Dictionary to Console; Diffusers Hub Model Down-Loader; Diffusers Model Loader; Export API; HSL to Hex
Hex to HSL; Image Analyze; Image Aspect Ratio; Image Batch; Image Blank; Image Blend; Image Blend by Mask
Image Blending Mode; Image Bloom Filter; Image Bounds; Image Bounds to Console; Image Canny Filter
Image Chromatic Aberration; Image Color Palette; Image Crop Face; Image Crop Location
Image Crop Square Location; Image Displacement Warp; Image Dragan Photography Filter
Image Edge Detection Filter; Image Film Grain; Image Filter Adjustments; Image Flip
Image Generate Gradient; Image Gradient Map; Image High Pass Filter; Image History Loader
Image Input Switch; Image Levels Adjustment; Image Load; Image Lucy Sharpen; Image Median Filter
Image Mix RGB Channels; Image Monitor Effects Filter; Image Nova Filter; Image Padding; Image Paste Crop
Image Paste Crop by Location; Image Paste Face; Image Perlin Noise; Image Perlin Power Fractal
Image Pixelate; Image Power Noise; Image Rembg (Remove Background); Image Remove Background (Alpha)
Image Remove Color; Image Resize; Image Rotate; Image Rotate Hue; Image SSAO (Ambient Occlusion)
Image SSDO (Direct Occlusion); Image Save; Image Seamless Texture; Image Select Channel
Image Select Color; Image Send HTTP; Image Shadows and Highlights; Image Size to Number; Image Stitch
Image Style Filter; Image Threshold; Image Tiled; Image Transpose; Image Voronoi Noise Filter
Image fDOF Filter; Image to Latent Mask; Image to Noise; Image to Seed; Images to Linear; Images to RGB
Inset Image Bounds; Integer place counter; KSampler (WAS); KSampler Cycle; Latent Batch
Latent Input Switch; Latent Noise Injection; Latent Size to Number; Latent Upscale by Factor (WAS)
Load Cache; Load Image Batch; Load Lora; Load Text File; Logic Boolean; Logic Boolean Primitive
Logic Comparison AND; Logic Comparison OR; Logic Comparison XOR; Logic NOT; Lora Input Switch; Lora Loader
Mask Arbitrary Region; Mask Batch; Mask Batch to Mask; Mask Ceiling Region; Mask Crop Dominant Region
Mask Crop Minority Region; Mask Crop Region; Mask Dilate Region; Mask Dominant Region; Mask Erode Region
Mask Fill Holes; Mask Floor Region; Mask Gaussian Region; Mask Invert; Mask Minority Region
Mask Paste Region; Mask Rect Area; Mask Rect Area (Advanced); Mask Smooth Region; Mask Threshold Region
Masks Add; Masks Combine Batch; Masks Combine Regions; Masks Subtract; MiDaS Depth Approximation
MiDaS Mask Image; MiDaS Model Loader; Model Input Switch; Number Counter; Number Input Condition
Number Input Switch; Number Multiple Of; Number Operation; Number PI; Number to Float; Number to Int
Number to Seed; Number to String; Number to Text; Prompt Multiple Styles Selector; Prompt Styles Selector
Random Number; SAM Image Mask; SAM Model Loader; SAM Parameters; SAM Parameters Combine
Samples Passthrough (Stat System); Save Text File; Seed; String to Text; Tensor Batch to Image
Text Add Token by Input; Text Add Tokens; Text Compare; Text Concatenate; Text Contains
Text Dictionary Convert; Text Dictionary Get; Text Dictionary Keys; Text Dictionary New
Text Dictionary To Text; Text Dictionary Update; Text File History Loader; Text Find
Text Find and Replace; Text Find and Replace Input; Text Find and Replace by Dictionary; Text Input Switch
Text List; Text List Concatenate; Text List to Text; Text Load Line From File; Text Multiline
Text Multiline (Code Compatible); Text Parse A1111 Embeddings; Text Parse Noodle Soup Prompts
Text Parse Tokens; Text Random Line; Text Random Prompt; Text Shuffle; Text Sort; Text String
Text String Truncate; Text to Conditioning; Text to Console; Text to Number; Text to String
True Random.org Number Generator; Upscale Model Loader; Upscale Model Switch; VAE Input Switch
Video Dump Frames; Write to GIF; Write to Video; unCLIP Checkpoint Loader""",
    "comfyui_controlnet_aux": """\
AIO_Preprocessor; AnimalPosePreprocessor; AnimeFace_SemSegPreprocessor; AnimeLineArtPreprocessor
AnyLineArtPreprocessor_aux; BAE-NormalMapPreprocessor; BinaryPreprocessor; CannyEdgePreprocessor
ColorPreprocessor; ControlNetAuxSimpleAddText; ControlNetPreprocessorSelector; DSINE-NormalMapPreprocessor
DWPreprocessor; DensePosePreprocessor; DepthAnythingPreprocessor; DepthAnythingV2Preprocessor
DiffusionEdge_Preprocessor; ExecuteAllControlNetPreprocessors; FacialPartColoringFromPoseKps
FakeScribblePreprocessor; HEDPreprocessor; HintImageEnchance; ImageGenResolutionFromImage
ImageGenResolutionFromLatent; ImageIntensityDetector; ImageLuminanceDetector; InpaintPreprocessor
LeReS-DepthMapPreprocessor; LineArtPreprocessor; LineartStandardPreprocessor; M-LSDPreprocessor
Manga2Anime_LineArt_Preprocessor; MaskOptFlow; MediaPipe-FaceMeshPreprocessor
MeshGraphormer+ImpactDetector-DepthMapPreprocessor; MeshGraphormer-DepthMapPreprocessor
Metric3D-DepthMapPreprocessor; Metric3D-NormalMapPreprocessor; MiDaS-DepthMapPreprocessor
MiDaS-NormalMapPreprocessor; OneFormer-ADE20K-SemSegPreprocessor; OneFormer-COCO-SemSegPreprocessor
OpenposePreprocessor; PiDiNetPreprocessor; PixelPerfectResolution; PyraCannyPreprocessor; RenderAnimalKps
RenderPeopleKps; SAMPreprocessor; SavePoseKpsAsJsonFile; ScribblePreprocessor
Scribble_PiDiNet_Preprocessor; Scribble_XDoG_Preprocessor; SemSegPreprocessor; ShufflePreprocessor
TEEDPreprocessor; TEED_Preprocessor; TTPlanet_TileGF_Preprocessor; TTPlanet_TileSimple_Preprocessor
TilePreprocessor; UniFormer-SemSegPreprocessor; Unimatch_OptFlowPreprocessor; UpperBodyTrackingFromPoseKps
Zoe-DepthMapPreprocessor; Zoe_DepthAnythingPreprocessor""",
    "ComfyUI-Advanced-ControlNet": """\
ACN_AdvancedControlNetApply; ACN_AdvancedControlNetApplySingle; ACN_AdvancedControlNetApplySingle_v2
ACN_AdvancedControlNetApply_v2; ACN_AnimaLLLiteExtras; ACN_AnimaLLLiteLoaderAdvanced
ACN_ControlNet++InputNode; ACN_ControlNet++LoaderAdvanced; ACN_ControlNet++LoaderSingle
ACN_ControlNetLoaderAdvanced; ACN_CtrLoRALoader; ACN_CustomControlNetWeightsAnima
ACN_CustomControlNetWeightsFlux; ACN_CustomControlNetWeightsSD15; ACN_CustomT2IAdapterWeights
ACN_DefaultUniversalWeights; ACN_DiffControlNetLoaderAdvanced; ACN_ExtrasMiddleMult
ACN_ReferenceControlNet; ACN_ReferenceControlNetFinetune; ACN_ReferencePreprocessor
ACN_ScaledSoftControlNetWeights; ACN_SoftControlNetWeightsSD15; ACN_SoftT2IAdapterWeights
ACN_SparseCtrlIndexMethodNode; ACN_SparseCtrlLoaderAdvanced; ACN_SparseCtrlMergedLoaderAdvanced
ACN_SparseCtrlRGBPreprocessor; ACN_SparseCtrlSpreadMethodNode; ACN_SparseCtrlWeightExtras
ACN_TimestepKeyframeFromStrengthList; ACN_TimestepKeyframeInterpolation; ControlNetLoaderAdvanced
CustomControlNetWeights; CustomT2IAdapterWeights; DiffControlNetLoaderAdvanced; LatentKeyframe
LatentKeyframeBatchedGroup; LatentKeyframeGroup; LatentKeyframeTiming; LoadImagesFromDirectory
ScaledSoftControlNetWeights; ScaledSoftMaskedUniversalWeights; SoftControlNetWeights
SoftT2IAdapterWeights; TimestepKeyframe""",
    "ComfyUI_IPAdapter_plus": """\
IPAAdapterFaceIDBatch; IPAdapter; IPAdapterAdvanced; IPAdapterBatch; IPAdapterClipVisionEnhancer
IPAdapterClipVisionEnhancerBatch; IPAdapterCombineEmbeds; IPAdapterCombineParams; IPAdapterCombineWeights
IPAdapterEmbeds; IPAdapterEmbedsBatch; IPAdapterEncoder; IPAdapterFaceID; IPAdapterFaceIDKolors
IPAdapterFromParams; IPAdapterInsightFaceLoader; IPAdapterLoadEmbeds; IPAdapterMS; IPAdapterModelLoader
IPAdapterNoise; IPAdapterPreciseComposition; IPAdapterPreciseCompositionBatch
IPAdapterPreciseStyleTransfer; IPAdapterPreciseStyleTransferBatch
IPAdapterPromptScheduleFromWeightsStrategy; IPAdapterRegionalConditioning; IPAdapterSaveEmbeds
IPAdapterStyleComposition; IPAdapterStyleCompositionBatch; IPAdapterTiled; IPAdapterTiledBatch
IPAdapterUnifiedLoader; IPAdapterUnifiedLoaderCommunity; IPAdapterUnifiedLoaderFaceID; IPAdapterWeights
IPAdapterWeightsFromStrategy; PrepImageForClipVision""",
    "ComfyUI-GGUF": """\
CLIPLoaderGGUF; DualCLIPLoaderGGUF; QuadrupleCLIPLoaderGGUF; TripleCLIPLoaderGGUF; UnetLoaderGGUF
UnetLoaderGGUFAdvanced""",
    "ComfyUI-nunchaku": """\
NunchakuDepthPreprocessor; NunchakuFluxDiTLoader; NunchakuFluxIPAdapterApply; NunchakuFluxLoraLoader
NunchakuFluxLoraStack; NunchakuFluxPuLIDApplyV2; NunchakuIPAdapterLoader; NunchakuModelMerger
NunchakuPuLIDLoaderV2; NunchakuPulidApply; NunchakuPulidLoader; NunchakuQwenImageDiTLoader
NunchakuTextEncoderLoader; NunchakuTextEncoderLoaderV2; NunchakuWheelInstaller""",
    "ComfyUI-WanVideoWrapper": """\
CreateCFGScheduleFloatList; CreateScheduleFloatList; DownloadAndLoadNLFModel; DownloadAndLoadWav2VecModel
DrawArcFaceLandmarks; DrawGaussianNoiseOnImage; DrawNLFPoses; DummyComfyWanModelObject
ExtractStartFramesForContinuations; FaceMaskFromPoseKeypoints; FantasyPortraitFaceDetector
FantasyPortraitModelLoader; FantasyTalkingModelLoader; FantasyTalkingWav2VecEmbeds; HuMoEmbeds
LandmarksToImage; LoadLynxResampler; LoadNLFModel; LoadVQVAE; LoadWanVideoClipTextEncoder
LoadWanVideoT5TextEncoder; LongCatAvatarWhisperEmbeds; LynxEncodeFaceIP; LynxInsightFaceCrop
MTVCrafterEncodePoses; MochaEmbeds; MultiTalkModelLoader; MultiTalkSilentEmbeds; MultiTalkWav2VecEmbeds
NLFPredict; NormalizeAudioLoudness; OviMMAudioVAELoader; QwenLoader; ReCamMasterPoseVisualizer
TextImageEncodeQwenVL; WanMove_native; WanVideoATITracks; WanVideoATITracksVisualize; WanVideoATI_comfy
WanVideoAddBindweaveEmbeds; WanVideoAddControlEmbeds; WanVideoAddDualControlEmbeds; WanVideoAddExtraLatent
WanVideoAddFantasyPortrait; WanVideoAddFlashVSRInput; WanVideoAddLucyEditLatents; WanVideoAddLynxEmbeds
WanVideoAddMTVMotion; WanVideoAddOneToAllExtendEmbeds; WanVideoAddOneToAllPoseEmbeds
WanVideoAddOneToAllReferenceEmbeds; WanVideoAddOviAudioToLatents; WanVideoAddPusaNoise
WanVideoAddS2VEmbeds; WanVideoAddSCAILPoseEmbeds; WanVideoAddSCAILReferenceEmbeds
WanVideoAddStandInLatent; WanVideoAddSteadyDancerEmbeds; WanVideoAddStoryMemLatents; WanVideoAddTTMLatents
WanVideoAddWanMoveTracks; WanVideoAnimateEmbeds; WanVideoApplyNAG; WanVideoBlockList; WanVideoBlockSwap
WanVideoClipVisionEncode; WanVideoCombineEmbeds; WanVideoContextOptions; WanVideoControlEmbeds
WanVideoControlnet; WanVideoControlnetLoader; WanVideoDecode; WanVideoDecodeOviAudio
WanVideoDiffusionForcingSampler; WanVideoEasyCache; WanVideoEmptyEmbeds; WanVideoEmptyMMAudioLatents
WanVideoEncode; WanVideoEncodeLatentBatch; WanVideoEncodeOviAudio; WanVideoEnhanceAVideo
WanVideoExperimentalArgs; WanVideoExtraModelSelect; WanVideoFlashVSRDecoderLoader; WanVideoFreeInitArgs
WanVideoFunCameraEmbeds; WanVideoImageClipEncode; WanVideoImageResizeToClosest; WanVideoImageToVideoEncode
WanVideoImageToVideoMultiTalk; WanVideoImageToVideoSkyreelsv3_audio; WanVideoLatentReScale
WanVideoLongCatAvatarExtendEmbeds; WanVideoLoopArgs; WanVideoLoraBlockEdit; WanVideoLoraSelect
WanVideoLoraSelectByName; WanVideoLoraSelectMulti; WanVideoMagCache; WanVideoMiniMaxRemoverEmbeds
WanVideoModelLoader; WanVideoOviCFG; WanVideoPassImagesFromSamples; WanVideoPhantomEmbeds
WanVideoPreviewEmbeds; WanVideoPromptExtender; WanVideoPromptExtenderSelect
WanVideoReCamMasterCameraEmbed; WanVideoReCamMasterDefaultCamera; WanVideoReCamMasterGenerateOrbitCamera
WanVideoRealisDanceLatents; WanVideoRoPEFunction; WanVideoSLG; WanVideoSVIProEmbeds; WanVideoSampler
WanVideoSamplerExtraArgs; WanVideoSamplerFromSettings; WanVideoSamplerSettings; WanVideoSamplerv2
WanVideoScheduler; WanVideoSchedulerv2; WanVideoSetAttentionModeOverride; WanVideoSetBlockSwap
WanVideoSetLoRAs; WanVideoSetRadialAttention; WanVideoSigmaToStep; WanVideoTeaCache
WanVideoTextEmbedBridge; WanVideoTextEncode; WanVideoTextEncodeCached; WanVideoTextEncodeSingle
WanVideoTextImageEncode; WanVideoTinyVAELoader; WanVideoTorchCompileSettings; WanVideoUltraVicoSettings
WanVideoUni3C_ControlnetLoader; WanVideoUni3C_embeds; WanVideoUniAnimateDWPoseDetector
WanVideoUniAnimatePoseInput; WanVideoUniLumosEmbeds; WanVideoVACEEncode; WanVideoVACEModelSelect
WanVideoVACEStartToEndFrame; WanVideoVAELoader; WanVideoVRAMManagement; WanVideoWanDrawWanMoveTracks
Wav2VecModelLoader; WhisperModelLoader""",
    "ComfyUI-AnimateDiff-Evolved": """\
ADE_ADBlockCombo; ADE_ADBlockIndiv; ADE_AdjustPEFullStretch; ADE_AdjustPEManual
ADE_AdjustPESweetspotStretch; ADE_AdjustWeightAllAdd; ADE_AdjustWeightAllMult; ADE_AdjustWeightIndivAdd
ADE_AdjustWeightIndivAttnAdd; ADE_AdjustWeightIndivAttnMult; ADE_AdjustWeightIndivMult
ADE_AncestralOptions; ADE_AnimateDiffCombine; ADE_AnimateDiffKeyframe; ADE_AnimateDiffLoRALoader
ADE_AnimateDiffLoaderGen1; ADE_AnimateDiffLoaderV1Advanced; ADE_AnimateDiffLoaderWithContext
ADE_AnimateDiffModelSettings; ADE_AnimateDiffModelSettingsAdvancedAttnStrengths
ADE_AnimateDiffModelSettingsSimple; ADE_AnimateDiffModelSettings_Release; ADE_AnimateDiffSamplingSettings
ADE_AnimateDiffSettings; ADE_AnimateDiffUniformContextOptions; ADE_AnimateDiffUnload
ADE_ApplyAnimateDiffModel; ADE_ApplyAnimateDiffModelSimple; ADE_ApplyAnimateDiffModelWithCameraCtrl
ADE_ApplyAnimateDiffModelWithPIA; ADE_ApplyAnimateLCMI2VModel; ADE_AttachLoraHookToCLIP
ADE_AttachLoraHookToConditioning; ADE_BatchedContextOptions; ADE_CFGExtrasPAG; ADE_CFGExtrasPAGSimple
ADE_CFGExtrasRescaleCFG; ADE_CFGExtrasRescaleCFGSimple; ADE_CameraCtrlAnimateDiffKeyframe
ADE_CameraManualPoseAppend; ADE_CameraPoseAdvanced; ADE_CameraPoseBasic; ADE_CameraPoseCombo
ADE_CombineLoraHooks; ADE_CombineLoraHooksEight; ADE_CombineLoraHooksFour; ADE_ConditionExtraction
ADE_ConditioningCombine; ADE_ConditioningSetMask; ADE_ConditioningSetMaskAndCombine
ADE_ConditioningSetUnmaskedAndCombine; ADE_ContextExtras_ContextRef; ADE_ContextExtras_ContextRef_Keyframe
ADE_ContextExtras_ContextRef_KeyframeFromList; ADE_ContextExtras_ContextRef_KeyframeInterpolation
ADE_ContextExtras_ContextRef_ModeFirst; ADE_ContextExtras_ContextRef_ModeIndexes
ADE_ContextExtras_ContextRef_ModeSliding; ADE_ContextExtras_ContextRef_TuneAttn
ADE_ContextExtras_ContextRef_TuneAttnAdain; ADE_ContextExtras_NaiveReuse
ADE_ContextExtras_NaiveReuse_Keyframe; ADE_ContextExtras_NaiveReuse_KeyframeFromList
ADE_ContextExtras_NaiveReuse_KeyframeInterpolation; ADE_ContextExtras_Set; ADE_CustomCFG
ADE_CustomCFGKeyframe; ADE_CustomCFGKeyframeFromList; ADE_CustomCFGKeyframeInterpolation
ADE_CustomCFGKeyframeSimple; ADE_CustomCFGSimple; ADE_EmptyLatentImageLarge; ADE_FloatToFloats
ADE_InjectI2VIntoAnimateDiffModel; ADE_InjectPIAIntoAnimateDiffModel; ADE_InputPIA_Multival
ADE_InputPIA_PaperPresets; ADE_IterationOptsDefault; ADE_IterationOptsFreeInit; ADE_LoadAnimateDiffModel
ADE_LoadAnimateDiffModelWithCameraCtrl; ADE_LoadAnimateLCMI2VModel; ADE_LoadCameraPoses
ADE_LoadCameraPosesFromPath; ADE_LoopedUniformContextOptions; ADE_LoopedUniformViewOptions
ADE_LoraHookKeyframe; ADE_LoraHookKeyframeFromStrengthList; ADE_LoraHookKeyframeInterpolation
ADE_MultivalConvertToMask; ADE_MultivalDynamic; ADE_MultivalDynamicFloatInput; ADE_MultivalDynamicFloats
ADE_MultivalScaledMask; ADE_NoiseLayerAdd; ADE_NoiseLayerAddWeighted; ADE_NoiseLayerNormalizedSum
ADE_NoiseLayerReplace; ADE_NoisedImageInjectOptions; ADE_NoisedImageInjection; ADE_PIA_AnimateDiffKeyframe
ADE_PairedConditioningCombine; ADE_PairedConditioningSetMask; ADE_PairedConditioningSetMaskAndCombine
ADE_PairedConditioningSetUnmaskedAndCombine; ADE_PerBlockHighLevel; ADE_PerBlock_SD15_FromFloats
ADE_PerBlock_SD15_LowLevel; ADE_PerBlock_SD15_MidLevel; ADE_PerBlock_SDXL_FromFloats
ADE_PerBlock_SDXL_LowLevel; ADE_PerBlock_SDXL_MidLevel; ADE_PerturbedAttentionGuidanceMultival
ADE_PromptScheduling; ADE_PromptSchedulingLatents; ADE_RawSigmaSchedule; ADE_RegisterLoraHook
ADE_RegisterLoraHookModelOnly; ADE_RegisterModelAsLoraHook; ADE_RegisterModelAsLoraHookModelOnly
ADE_ReplaceCameraParameters; ADE_ReplaceOriginalPoseAspectRatio; ADE_RescaleCFGMultival
ADE_SetLoraHookKeyframe; ADE_SigmaSchedule; ADE_SigmaScheduleSplitAndCombine; ADE_SigmaScheduleToSigmas
ADE_SigmaScheduleWeightedAverage; ADE_SigmaScheduleWeightedAverageInterp; ADE_StandardStaticContextOptions
ADE_StandardStaticViewOptions; ADE_StandardUniformContextOptions; ADE_StandardUniformViewOptions
ADE_TimestepsConditioning; ADE_UpscaleAndVAEEncode; ADE_UseEvolvedSampling; ADE_ValueScheduling
ADE_ValueSchedulingLatents; ADE_ValuesReplace; ADE_ViewsOnlyContextOptions; ADE_VisualizeContextOptionsK
ADE_VisualizeContextOptionsKAdv; ADE_VisualizeContextOptionsSCustom; AnimateDiffLoaderV1
CheckpointLoaderSimpleWithNoiseSelect""",
    "ComfyUI-VideoHelperSuite": """\
VHS_AudioToVHSAudio; VHS_BatchManager; VHS_DuplicateImages; VHS_DuplicateLatents; VHS_DuplicateMasks
VHS_GetImageCount; VHS_GetLatentCount; VHS_GetMaskCount; VHS_LoadAudio; VHS_LoadAudioUpload
VHS_LoadImagePath; VHS_LoadImages; VHS_LoadImagesPath; VHS_LoadVideo; VHS_LoadVideoFFmpeg
VHS_LoadVideoFFmpegPath; VHS_LoadVideoPath; VHS_MergeImages; VHS_MergeLatents; VHS_MergeMasks
VHS_PruneOutputs; VHS_SelectEveryNthImage; VHS_SelectEveryNthLatent; VHS_SelectEveryNthMask
VHS_SelectFilename; VHS_SelectImages; VHS_SelectLatents; VHS_SelectLatest; VHS_SelectMasks
VHS_SplitImages; VHS_SplitLatents; VHS_SplitMasks; VHS_Unbatch; VHS_VAEDecodeBatched; VHS_VAEEncodeBatched
VHS_VHSAudioToAudio; VHS_VideoCombine; VHS_VideoInfo; VHS_VideoInfoLoaded; VHS_VideoInfoSource""",
    "ComfyUI_UltimateSDUpscale": """\
UltimateSDUpscale; UltimateSDUpscaleCustomSample; UltimateSDUpscaleNoUpscale""",
    "ComfyUI-Inpaint-CropAndStitch": """\
InpaintCropImproved; InpaintStitchImproved""",
    "comfyui-inpaint-nodes": """\
INPAINT_ApplyFooocusInpaint; INPAINT_ColorMatch; INPAINT_DenoiseToCompositingMask; INPAINT_ExpandMask
INPAINT_InpaintWithModel; INPAINT_LoadFooocusInpaint; INPAINT_LoadInpaintModel; INPAINT_MaskBoundingBox
INPAINT_MaskedBlur; INPAINT_MaskedFill; INPAINT_ShrinkMask; INPAINT_StabilizeMask
INPAINT_VAEEncodeInpaintConditioning""",
    "comfyui-tooling-nodes": """\
ETN_ApplyMaskToImage; ETN_ApplyReferenceImages; ETN_AttentionMask; ETN_BackgroundRegion; ETN_DefineRegion
ETN_ExtractImageTile; ETN_ExtractMaskTile; ETN_GenerateTileMask; ETN_KritaCanvas; ETN_KritaImageLayer
ETN_KritaMaskLayer; ETN_KritaOutput; ETN_KritaSelection; ETN_KritaSendText; ETN_KritaStyle
ETN_KritaStyleAndPrompt; ETN_ListRegionMasks; ETN_LoadImageBase64; ETN_LoadImageCache; ETN_LoadMaskBase64
ETN_MergeImageTile; ETN_NSFWFilter; ETN_Parameter; ETN_ReferenceImage; ETN_SaveImageCache
ETN_SendImageWebSocket; ETN_TileLayout; ETN_Translate; ETN_control_apply; ETN_control_load""",
    "ComfyUI-Florence2": """\
DownloadAndLoadFlorence2Lora; DownloadAndLoadFlorence2Model; Florence2ModelLoader; Florence2Run""",
    "ComfyUI-RMBG": """\
AILab_ColorInput; AILab_ColorToMask; AILab_CropObject; AILab_Florence2; AILab_Florence2ToCoordinates
AILab_ICLoRAConcat; AILab_ImageCombiner; AILab_ImageCompare; AILab_ImageCrop; AILab_ImageMaskConvert
AILab_ImageMaskToList; AILab_ImagePreview; AILab_ImageResize; AILab_ImageStitch; AILab_ImageToList
AILab_LamaRemover; AILab_LoadImage; AILab_LoadImageAdvanced; AILab_LoadImageBatch; AILab_LoadImageSimple
AILab_MaskCombiner; AILab_MaskEnhancer; AILab_MaskExtractor; AILab_MaskOverlay; AILab_MaskPreview
AILab_MaskToList; AILab_Preview; AILab_ReferenceLatentMask; AILab_SDMatte; AILab_UnbatchImages
AILab_YoloV8; AILab_YoloV8Adv; BiRefNetRMBG; BodySegment; ClothesSegment; FaceSegment
FashionSegmentAccessories; FashionSegmentClothing; RMBG; SAM2Segment; SAM3Segment; Segment; SegmentV2""",
}
