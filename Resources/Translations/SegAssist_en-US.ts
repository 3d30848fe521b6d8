<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
<context>
    <name>SegAssist</name>
    <message>
        <source>SegAssist</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Finds and measures things in a scan with small networks that run on this computer. Choose a scan, click Segment all, go through the findings, correct the mask and export it. For research use only: not a medical device, and no diagnosis.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The networks are defined and trained with MONAI. Each task&apos;s data sources and their licences stand in its model card.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Best: frame and mirror image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quick: frame alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Best: three directions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quick: one direction</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mask (NIfTI)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mask (NRRD)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mask (PNG)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tables (CSV)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pictures (PNG)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Film (MP4)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Film, side by side (MP4)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scene was closed, which ended the run; nothing was written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment this frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment this slice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment the slice that the red view shows, and no other.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment the whole scan.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment the frame that is shown, and no other.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment all frames, and show each as it is computed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only. Not for diagnosis.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{task}, version {version}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was segmented: the terms of this task were not accepted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was installed. Click Segment again to be asked again, or read in the README how to install the packages yourself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segmenting…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled. Nothing was changed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%p%, {time} left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done. The result follows the sequence frame by frame.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done. Go through the frames, correct what is wrong, then export.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done. Go through the findings, correct what is wrong, then export.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done. Nothing was found; a lower threshold shows what is less probable.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Voxels of a higher probability belong to the mask. What you have edited stays.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The probabilities are not in this scene; click Segment all to change the threshold.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reset to {default}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} files written to {folder}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{reason}. Replace the files?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SegAssist needs {packages}: call SegAssistLogic().installDependencies() first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SegAssist needs packages that Slicer does not bring. Install them into this Slicer?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From the internet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From a folder…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder with the packages (wheels)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the internet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The packages could not be installed from {source} ({packages}); the Python console says why.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{packages}: still missing after the installation from {source}; restart Slicer and try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No result yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask has changed since: click Update.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scan:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume or sequence to segment.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a volume or sequence</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look for:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quality:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quick cuts a volume along the acquired slices; best cuts it along three directions and takes about three times as long. Of a clip, best also looks at the mirror image of every frame, which takes twice as long.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Result:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The segmentation that receives the result, and whose findings are shown below.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New, or the last one of this scan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give up this run; the scene stays as it was.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play the clip with its masks.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The frame that is shown.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Findings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure the mask as it is now, after you have edited it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Update</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take back the last change of the mask.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a lesion to show it in every slice view.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lesion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Volume
   mm³</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Diameter
   mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Probability</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reviewed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the previous lesion (Alt+Up).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Previous</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to the next lesion (Alt+Down).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mark the selected lesion as reviewed, or take the mark away.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Erase the selected lesion from the mask: it is none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Select a vessel to see its two frames.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Vessel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smallest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Change
%</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Robust
change %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which of the vessels that were followed through the clip is measured as the selected one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the shown frame for the one with the largest area of the selected vessel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the shown frame for the one with the smallest area of the selected vessel.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smallest here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave the choice of both frames to the program again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the areas over time beside the image; a click on a point goes to its frame.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Area curve</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go to this frame.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note how each change compares with your own threshold. No accepted cut-off exists.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the change with (experimental):</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Threshold:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Go back to the threshold that the network was tested with.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Correct by hand</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folder that receives the files.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistLib.cases</name>
    <message>
        <source>{folder}: no annotated study found; expected files named *{image}.nii.gz with *{reference}.nii.gz beside them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{manifest}: its masks hold only some of what is there ({partial}); choose pictures in which everything is annotated.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: there is no file {name}, which {manifest} lists.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: there is no {manifest} that lists the annotated {what}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: there is no such folder beside {manifest}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{reference}: not on the grid of {name}; resample it to that grid.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cross-validation needs at least 2 folds, and {folds} was asked for.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folds} folds need at least {folds} patients, and there are {count}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistLib.cli</name>
    <message>
        <source>{name} {value!r} is not possible; choose one of: {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: two inputs of this name would overwrite each other; give each its own --output.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Training needs {package}; install it with: pip install &apos;segassist[train]&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path}: a phantom is written as NIfTI or MP4; end the name in .nii.gz or .mp4.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The browser application needs {package}; install it with: pip install &apos;segassist[web]&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistLib.partial_frames</name>
    <message>
        <source>{picture}.png: not an 8-bit grey picture; convert it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path}: not of the size of its picture; annotate the picture again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{manifest}: {name} has no numbers in {partial}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path}: holds classes that the manifest does not state as annotated; correct one.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistLib.references</name>
    <message>
        <source>{folder}: the references hold none of the labels of the task ({names}), but {values}; give them the task&apos;s values.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>References with values that the task does not know ({values}): {count} of {total}; these values count as background.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No reference holds {labels}, so that is not compared.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path}: JPEG changes the values of labels; save the mask as PNG.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistLib.study</name>
    <message>
        <source>There is no format {mask_format!r} for the mask{of_what}; choose {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{mask}: holds the labels {unknown}, which the task {task} does not know.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{mask}: not on the grid of {image}; choose the scan that the mask was made for.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistLib.task</name>
    <message>
        <source>{path}: a file of the task is missing; install SegAssist again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path}: the file is not the one its bundle names (SHA-256 differs); install SegAssist again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: the task {task} needs a {wanted}, and this is a {kind}; choose another task or file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {contradiction}; choose another task or file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: the view is {view}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: the file does not state its modality; {task} is meant for {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: the size of a pixel is not known, so sizes are in pixels.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: {contradiction}; it was taken all the same, because a person insisted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>body part</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>modality</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its {what} is {stated}, and the task {task} works on {choices} alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no task {name!r}; choose one of: {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{file}: not a usable task bundle ({kind}: {error}).</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistPanels.clips</name>
    <message>
        <source>Frame {number} / {last}{time}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistPanels.lesions</name>
    <message>
        <source>{count} {unit}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} reviewed</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistPanels.sample_data</name>
    <message>
        <source>Made-up head (FLAIR)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made-up compression clip</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistPanels.shown_errors</name>
    <message>
        <source>SegAssist met an unexpected error.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistPanels.terms</name>
    <message>
        <source>SegAssist</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{task}: this task may not be used for every purpose.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>SegAssistPanels.vessels</name>
    <message>
        <source>Largest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smallest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> to 100</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} px</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number}: {name}, in {frames}, {area} on average</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not known</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>frame {number}
{area}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The size of a pixel is not known: areas are in pixels.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>inference.backends</name>
    <message>
        <source>There is no backend {name!r}; choose one of: auto, {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The backend {name} is not installed; install it with: pip install &apos;{wanted}&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The backend {name} runs on the CPU alone here; use --backend torch with --device cuda.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>inference.child</name>
    <message>
        <source>close other programs</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> or choose quick</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There was not enough memory for this image; {less}, and click again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The segmentation process ended unexpectedly (out of memory?); {less}, and click again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>exit code {code}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The segmentation process cannot be started ({reason}); install SegAssist again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The segmentation process ended unexpectedly (exit code {code}); click again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>inference.segment</name>
    <message>
        <source>{name}: there is no slice {index}; choose one from 0 to {last}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>inference.torch_backend</name>
    <message>
        <source>There is no CUDA device on this machine; use --device cpu.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: the bundle names no file that defines its network; export it again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>inference.worker</name>
    <message>
        <source>{python} cannot be started; install SegAssist again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>inference.worker_process</name>
    <message>
        <source>Segmenting failed ({reason}); please report this sentence.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.archive</name>
    <message>
        <source>{name} is damaged and cannot be unpacked; pack it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is encrypted or packed in an unusual way; pack it as a plain zip.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} holds more than {most} files; pack a single study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is too large unpacked; pack a single study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name!r} is no name of a file in a folder; rename it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.checks</name>
    <message>
        <source>{where} holds voxels that are not numbers (NaN or infinity); export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} is blank: every voxel has the same value; choose another image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} does not say where its voxels lie (its affine is singular); export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} is too large to be held in memory ({size} voxels, or its header is wrong); cut out or resample the part that matters</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.colour</name>
    <message>
        <source> (frame {number})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} shows coloured blood flow{place}, so it is colour Doppler and not B-mode; choose a grey-scale recording</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.decoder</name>
    <message>
        <source>{path} is damaged: its compressed pixels crash what decodes them; copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the program that decodes DICOM cannot be started; install SegAssist again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.dicom</name>
    <message>
        <source>{where} holds a series of {count} separate images; choose one of its files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} is a stack of {count} frames without positions in space, which cannot be read; export a series of slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} mixes slices of different sizes; choose a series with one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} is a mosaic: the slices of a volume lie side by side in one picture, which cannot be read; export it as a series of slices, or convert it to NIfTI</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} holds {count} frames but positions for {positions}; export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} holds colour slices; choose a grey-value series</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.dicom_film</name>
    <message>
        <source>{path} is cut off: it announces {count} frames and holds {found}; export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: these are raw detector values (for processing), unlike an X-ray as read.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: the header does not say how many frames there are, and {count} were found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} has a damaged {name}; export it again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.dicom_header</name>
    <message>
        <source>DICOM files are read with pydicom 3.0 or newer, and {version} is installed; load the series with Slicer&apos;s DICOM module, or install a newer pydicom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} has no pixels, is damaged or cut off; copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} does not say how its pixels are compressed; export it uncompressed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is encoded in a way that is not known here (its transfer syntax is no standard one); export it uncompressed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{element} in the header makes no sense and was ignored.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} lacks its {element}; export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is damaged: its {element} makes no sense; copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is a damaged or cut-off DICOM file; copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.dicom_pixels</name>
    <message>
        <source>{path} is cut off: it announces {size} bytes of pixels ({frames} of {columns} x {rows}) and holds {held}; copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} announces frames of {columns} x {rows} pixels, which is more than it can hold; copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is compressed in a way that cannot be decoded here ({name}), or damaged; export it uncompressed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} has no pixels, is damaged or cut off; copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.discover</name>
    <message>
        <source>{path} is not DICOM, so no series can be chosen from it; leave the series out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} holds no DICOM images and nothing else that can be opened; choose an image, or a folder with images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} holds {count} images; choose one of them</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.files</name>
    <message>
        <source>{path}: a folder has a result&apos;s name; choose another output folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: the disk is full; free some space or choose another output folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder} cannot be written to ({cause}); choose another output folder</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.frames</name>
    <message>
        <source>{where} is too long to be held in memory ({count} frames of {columns} x {rows} pixels); cut out the part that matters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} is no clip: its frames change their size (the first has {columns} x {rows} pixels, frame {count} {other_columns} x {other_rows}); choose frames of one size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} mixes frames of 8 and 16 bit; export them alike</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} holds no frames; export it again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.headers</name>
    <message>
        <source>{path} refers to voxels outside its own folder; put both into one folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} refers to voxels in what is no plain file; export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} cannot be read (its header is damaged); export it again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.itk</name>
    <message>
        <source>{path} holds several numbers for each voxel (colour, vectors or layers); choose a grey-value image or a mask with one layer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} holds several volumes; save the one to segment as a file of its own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} cannot be read (damaged, cut off, or its data file is missing); export it again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.masks</name>
    <message>
        <source>{path} is DICOM; a mask is read from a .nii.gz, .nrrd or .png file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is a colour picture; a mask holds one label index for each pixel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is not a mask: its values are not whole numbers from 0 to 255</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path}: a PNG holds one slice, this mask has {count}; choose .nii.gz</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path}: masks are written as .nii.gz, .seg.nrrd or .png</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.nifti</name>
    <message>
        <source>{path} has a damaged NIfTI header ({error}); export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is not a NIfTI file, in spite of its ending; choose the original image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is half of an Analyze or NIfTI pair; convert it to a single .nii.gz file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is damaged (its gzip stream is broken); copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} holds colour or complex numbers; choose a grey-value image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} holds no voxels; export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} holds {volumes} volumes (time points or channels); save the one to segment as a file of its own and choose that</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is cut off (it ends before its last voxel); copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.picture</name>
    <message>
        <source>{folder} holds a single picture; choose that picture, or a folder with all frames</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is cut off; copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is too large to be held in memory ({columns} x {rows} pixels); cut out or resample the part that matters</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} holds colours of an unusual kind; save it as a PNG of 8 bit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is made for printing (CMYK); save it as an ordinary (RGB) picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is not a picture, or it is damaged; choose the original PNG, JPEG or TIFF</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} holds several pages; save the one to segment as a picture of its own</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.planes</name>
    <message>
        <source>{where} mixes slices of different orientations; choose a series with one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} mixes slices of different pixel sizes; choose a series with one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} is a single slice that does not say how thick it is; choose its series</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} holds several slices at the same position (time points, echoes or repeats); export one of them as a series of its own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} has uneven gaps between its slices (usually {usual:.2f} mm, once {largest:.2f} mm), so a slice is missing or extra; export the series again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} has slices that do not lie in one straight stack; export the series again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} does not say where its image lies ({element} is missing or makes no sense); choose the original series</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} is damaged: its {element} is 0; export it again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.read</name>
    <message>
        <source>no file was given; choose an image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} cannot be read ({reason})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} needs more memory than there is; choose a smaller image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is damaged, or of a kind that no one foresaw ({error}); copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: several files are one image only when all of them are DICOM</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is not DICOM, so no series can be chosen from it; leave the series out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is not a DICOM file, in spite of its ending; choose the original image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is of no known kind; readable are NIfTI (.nii, .nii.gz), NRRD (.nrrd), MetaImage (.mha), DICOM, PNG, JPEG, TIFF, video clips (.mp4, .mov, .avi, .webm and the like), and folders of DICOM files or of a clip&apos;s pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} does not exist; check the name</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} cannot be opened ({reason})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is no file with a content of its own; choose the image itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is empty (0 bytes); copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.record</name>
    <message>
        <source>{reason}; choose another output folder, or replace it with --overwrite</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the one with the SHA-256 {digest}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{taken} is there already, and no record says which image it was made from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{taken} was made from another image, {made_from}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.segmentation_file</name>
    <message>
        <source>{path} is damaged (it lacks a layer of segments); save the segmentation again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path}: the segment {name!r} is none of {known}; give it such a name, or remove it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} holds voxels that belong to no segment; save the segmentation again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} is damaged (a segment has no usable number); save the segmentation again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.series</name>
    <message>
        <source>without number</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>number {number}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{number}, {modality}, {files}, UID {uid}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>unknown modality</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder} is not a folder; choose the folder with the DICOM files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} holds no DICOM images; choose a folder that does, or an image file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>holds {count} series</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} {problem}; choose one by its number or UID: {listed}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} cannot be read ({reason})</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.table</name>
    <message>
        <source>{path}: no {what}; expected a table with the columns {columns}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.ultrasound</name>
    <message>
        <source>lies outside the picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>is not stated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: the place of the 2D image on the screen {reason}, so the whole screen was read, without a pixel size.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: the screen shows {count} images, and the one of {columns} x {rows} pixels that begins in column {start} was read.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>io.video</name>
    <message>
        <source>{path} holds a single frame; choose a clip, or save it as a picture</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} holds no pictures (sound alone, perhaps); choose the clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} is damaged, or encoded in a way that is not known here; export it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from its beginning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{where} is no video, cut off or damaged ({place}); copy or export it again</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>measure.agreement</name>
    <message>
        <source>The reference mask is {reference} and the predicted mask {predicted}: compare masks of one grid.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A case has no patient: give every case a patient so that patients can be resampled.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>measure.components</name>
    <message>
        <source>The mask has {count} axes but three are needed: give one label of one volume.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>measure.doubts</name>
    <message>
        <source>{name}: {regions} of at most {pixels} in {frames}, taken for false, {are} not counted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, its area falls by {share:.0%}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: track {number} was measured; {others} this label too. The largest of them is track {largest}: found in {found}, up to {pixels:.0f} pixels{fall}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one other has</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} others have</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: not found in {frames}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: put together from parts in {frames}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: a part of it has another label in {frames}, and counts for it all the same.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title} and {name} (track {track}): labels exchanged in {frames}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: another label in {frames}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>measure.frame_quality</name>
    <message>
        <source>black: nothing was recorded</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>too dark: {share:.0%} of the clip&apos;s median brightness</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>probe contact lost: in {share:.0%} of the width no tissue shows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>blurred: {share:.0%} of the clip&apos;s median sharpness</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a copy of the frame before</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>measure.lesions</name>
    <message>
        <source>The probability map is {probability} and the mask {mask}: give both on one grid.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>measure.opacity</name>
    <message>
        <source>Opacities are measured in a single picture; give the mask of one X-ray.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No lung is marked, so there is no share of the lung that is opaque.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The {name} lung is not marked; what is opaque on its side counts as all of it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>measure.tracking</name>
    <message>
        <source>There is no track {number} to be {name!r}; choose one of 1 to {count}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask has {count} axes but columns, rows and frames are needed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The probabilities are {probabilities} and the mask {mask}: give both on one grid, one probability map a label.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the area of track {track}, mostly labelled {name}, falls by {yields:.0%}, and that of track {other}, mostly labelled {other_name}, by {other_yields:.0%}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Labels in doubt, so pressure decides: {facts}; the one that yields more is proposed as vein.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Labels against pressure: {facts}. Look which is which: a clotted vein does not yield either.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>measure.vessels</name>
    <message>
        <source>The mask has the shape {mask}, but columns, rows and at least one frame are needed; give the mask of a clip.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The clip has {count} frames and {times} frame times; give one time a frame, rising.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no vessel {name!r}; choose one of {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: frame {frame} was chosen twice; choose two frames.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no frame {frame}; the clip has the frames 0 to {last}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no pixel has this label</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: this is one frame; a change of area needs at least two.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: not found in frame {frame}, which was chosen; choose a frame that shows it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: all {count} frames were screened out, so no change of area can be given.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: not found in any of {readable} readable frames, so no change of area can be given.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: found in one of {readable} readable frames; a change of area needs two.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, closed as far as can be seen</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not found in {unseen} while it was small{how}: the change is at least the one given, and lies between {lowest:.1%} and 100%.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not found in {frames} elsewhere in the clip.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No robust change: too few frames in a row were measured.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A person chose the two frames.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The area is larger in the frame that was chosen for the smallest one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No change of the {reference} is known, so nothing tells how strong the pressure was.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reference for the pressure: over the clip the area of the {reference} changed by {own:.1%}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{note}; from this vessel&apos;s maximum to its minimum frame it {fell} by {between:.1%}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Experimental, threshold {threshold:.1%} set by the user (no accepted cut-off exists): </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>there is no change to compare.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the change of {rate:.1%} reaches it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>undecided, the change is at least {rate:.1%}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the change of {rate:.1%} stays below it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>networks.__init__</name>
    <message>
        <source>There is no network {name!r}; choose one of: {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path} does not define a network ({error}).</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>networks.definition</name>
    <message>
        <source>A network&apos;s definition names its class as _target_, and this one has none.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{target} cannot be made of the network&apos;s definition ({error}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A network&apos;s definition cannot have {name}; leave it out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} in a network&apos;s definition is the expression {value}; write its value instead.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A network&apos;s definition names {target}, and that is no network of {first} or {second}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>prepare.frames</name>
    <message>
        <source>{name}: this is in colour, and only its brightness is looked at.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: this is grey, and colour is expected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rows and columns over time are no picture; choose the view that shows whole frames.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>prepare.volume</name>
    <message>
        <source>a single {view} slice cannot be segmented, because its pixels are much longer than wide; choose the {fit} view, or segment all.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is in colour; choose the original scan, which is grey.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} does not say how large its voxels are; choose the original scan, which does.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} measures {measures} mm, which no scan of a head does; choose such a scan, or export it again with its voxels&apos; size in millimetres.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>pretraining.encoder</name>
    <message>
        <source>The network {network} has no encoder that can be trained by itself; choose SlimUNet, DoubleConvUNet, DoubleUNet or ResNetUNet, or leave the pre-training out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{path}: the weights of another encoder; choose another output folder.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>pretraining.pretexts</name>
    <message>
        <source>The pictures are too dark or too little is labelled to begin with them; leave --pretrain out.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>pretraining.pretrain</name>
    <message>
        <source>There is no pre-training {pretext!r}; choose one of: {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>report.film</name>
    <message>
        <source>{name} is a {kind}; a film is made of a clip&apos;s frames alone</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>results.__init__</name>
    <message>
        <source>{folder}: there is no measure {measure!r}; choose one of: {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no result of the kind {kind!r}; choose from {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>results.lesions</name>
    <message>
        <source>{task} measures lesions: no {choices} can be chosen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>... and {more} smaller ones; the CSV has them all.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>results.opacity</name>
    <message>
        <source>{task} measures opacities: no {choices} can be chosen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: to measure opacities its labels must be {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opacity {id}, {region}: x {x}, y {y}, {width} x {height} pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No probability of pneumonia: it is the network&apos;s, and this mask comes without one</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Probability of pneumonia {probability:.2f}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>results.vessels</name>
    <message>
        <source>One frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{frame_count} frames, {count} of them screened out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{left_out} of {count} frames cannot be read; the table of frames says why.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The vessel that a person chose is not there any more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A person chose this vessel.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>scene.assistant</name>
    <message>
        <source>A run is under way; wait for it or cancel it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a volume first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose what to look for.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The {view} view shows no slice of {name}: show the volume there, along its own axes, or choose Segment all.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume was removed during the run; nothing was written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Showing the result failed ({kind}); nothing was written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The run was cancelled; nothing was written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only frame {frame} was looked at; click Segment all for the others.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask does not lie on the grid of {name}; open its own scan.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} has no label {label!r}; choose one of its own.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} was saved without its probabilities; click Segment all first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: there is no frame {n}; choose one from 0 to {last}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>scene.clip_choices</name>
    <message>
        <source>There is no vessel {vessel!r}; choose one of {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A change of {percent:g} % cannot be; choose one from 0 to 100 %.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no frame {frame}; the clip has the frames 0 to {last}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{vessel}: frame {frame} was chosen twice; choose two frames.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>scene.lesion_review</name>
    <message>
        <source>There is no lesion {lesion}; click Update and choose one of the table.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lesion {lesion} was edited since it was measured; click Update first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>scene.result_nodes</name>
    <message>
        <source>Choose a segmentation that SegAssist made.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The volume of {name} is no longer in the scene; load it again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>scene.segmentation_sequences</name>
    <message>
        <source>{name} has other frames than when it was segmented; segment it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is not shown in the scene; choose it in the Sequences module.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>scene.segmentations</name>
    <message>
        <source>{volume} has other voxels than when it was segmented; segment it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} holds surfaces and no voxels; choose a new segmentation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} does not lie under the same transform as {volume}; choose a new segmentation.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>scene.sequences</name>
    <message>
        <source>{name} is not shown in the scene; choose it in the Sequences module.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: there is no frame {n}; choose one from 0 to {last}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} holds no frames; load it again or choose another sequence.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is not a sequence of images; choose one that is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} steps through nothing; choose another sequence.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>scene.volumes</name>
    <message>
        <source>{name} holds several numbers for each voxel (colour or vectors); choose a grey-value volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} holds no voxels; load it again or choose another volume.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} lies under a non-linear transform; harden the transform or take the volume out of it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>training.fit</name>
    <message>
        <source>There is no optimizer {optimizer!r}; choose one of: {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>training.parts</name>
    <message>
        <source>{weights}: the weights of another network; leave them out.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>training.picture_recipe</name>
    <message>
        <source>There is no loss {loss!r}; choose one of: {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: a training on pictures needs the preparation &apos;frames&apos; with a size and without neighbours; state that, or another recipe.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>training.pictures</name>
    <message>
        <source>{reference}: not of the size of its picture; annotate the picture again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>training.recipe</name>
    <message>
        <source>The training of {task} has no choice of {choices}; leave it out.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>training.rsna</name>
    <message>
        <source>{table}: line {number} has no box, though its Target is 1.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>training.run</name>
    <message>
        <source>{folder}: there is no recipe {recipe!r}; choose one of: {choices}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: its network may have seen everybody; train with 0 folds.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>training.vessels</name>
    <message>
        <source>The task {task} does not look for artery and vein in frames; choose another.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>training.xray</name>
    <message>
        <source>The task {task} does not look for {choices}; choose another.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>training.xray_cases</name>
    <message>
        <source>{mask}: not of the size of its picture; annotate the picture again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{folder}: no annotated X-rays; expected {manifest}, or {images} and {labels}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{missing}: named in a table but not there; copy the data again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{table}: this table is missing; copy the data again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ultrasound.simulator</name>
    <message>
        <source>A picture of {columns} x {rows} pixels has no room for a vein; ask for a wider one.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.access</name>
    <message>
        <source>A token of less than {least} characters can be guessed; choose a longer one, or none and one is made up.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrong address</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open SegAssist by the address that it printed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Refused: the request comes from another page.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Refused: open SegAssist&apos;s page first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the whole address that SegAssist printed, with its token.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In use</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This SegAssist is open in another browser, and one SegAssist serves one browser. Start another for this one: segassist serve --port {port}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.app</name>
    <message>
        <source>Cannot listen on {host} port {port} ({reason}); choose another --port.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>SegAssist is at {address} and ends with Ctrl+C.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Other computers can open it. Whoever has this address sees the images, and they travel unencrypted: use it in a network that you trust.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.connection</name>
    <message>
        <source>Something went wrong in SegAssist. Nothing that is open was lost; try again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.lesions_panel</name>
    <message>
        <source>{count} reviewed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lesion before (P)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next lesion (N)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>longest mm</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>reviewed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reviewed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delete this lesion from the mask</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.messages</name>
    <message>
        <source>Something went wrong in SegAssist ({kind} at {place}). Nothing that is open was lost; try again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.opening</name>
    <message>
        <source>Looking into the files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} holds nothing that can be opened; choose images, DICOM or a scene.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Opening {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading {title}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{mask} has no record of a run beside it; segment the scan again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{mask} is not shown, for it was made from another image, {made_from}; choose the results of this one.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.panel</name>
    <message>
        <source>Mask nii.gz</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask on the scan&apos;s grid</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mask nrrd</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask with names and codes, for 3D Slicer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Mask png</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask as a picture of label numbers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Table csv</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was found and measured, as one table or several</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Picture png</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask drawn on slices or frames; of a clip also the area curve</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Film mp4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The clip with the mask drawn on every frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Side by side mp4</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The clip as it was recorded, and beside it with the mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>next lesion</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lesion before</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>show or hide the mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>undo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>redo</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>play or pause a clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>frame before, next frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>first frame, last frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>go through the slices or frames</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>brightness and contrast, or the chosen tool</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>zoom</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>move</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>show the point under the mouse in all views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show or hide the mask (M)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Undo (Ctrl Z)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Redo (Ctrl Y)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys (?)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop a scan or a clip here to begin</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>NIfTI, NRRD or MetaImage files, a DICOM folder or .zip, or a saved scene (.mrb)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ultrasound: DICOM, video (.mp4, .avi and the like), or a folder of a clip&apos;s pictures</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Images stay on the computer that runs SegAssist.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which of these?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None of these</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This task may not be used for every purpose</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I accept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keys and mouse</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close this scan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close this scan with its mask and findings? Export them first to keep them.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close scan</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Look for</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Quick</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One look at each picture: for watching it live</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The slices as they were acquired</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Best</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each picture and its mirror image: half as fast, more exact</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Every useful direction: slower, and more exact</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment clip</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This slice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment the shown frame alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment the slice in sight alone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Findings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment first; what was found is listed here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Update</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask was edited: measure it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was edited</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Threshold</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Edit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment first, or draw by hand on an empty mask.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start with an empty mask</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Segment first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything that is open, to go on later or in 3D Slicer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scene mrb</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a scan first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.player</name>
    <message>
        <source>{rate:.3g} frames/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>time unknown, shown at {rate:.0f} frames/s</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{rate:.0f} frames/s shown</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.player_bar</name>
    <message>
        <source>First frame (Home)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frame before (Left)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Play or pause (Space)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next frame (Right)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Last frame (End)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begin again at the end, or stop there</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Frame {frame} / {last}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Area, {unit}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.scenes</name>
    <message>
        <source>The scene cannot be saved; is the server&apos;s disk full?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} holds no scene; choose a scene that Slicer or SegAssist saved.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is damaged or refers to files that are not part of it; save it again with its data.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} cannot be read in full; save it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} is a scene in a scene in a scene</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} refers to files that are not part of the scene</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.session</name>
    <message>
        <source>Segment first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This mask came from a file; segment it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was segmented: the terms of this task were not accepted.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mask of {name} is ready; choose {name} to see it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was found. Lower the threshold to look for fainter lesions.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing the file</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.state</name>
    <message>
        <source>Open a scan first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.tools</name>
    <message>
        <source>Segments and display</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add segment</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.transfer</name>
    <message>
        <source>That is more than the {gib:.3g} GiB that this SegAssist takes; choose fewer files, or start it with a larger --max-upload.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This file was fetched already; export it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server&apos;s disk has no room for these files; remove other files from it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The upload was not complete; try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Files that were sent before are still being opened; send these again later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Only files can be opened.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>That is more than {most} files; choose the folder of one study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There was no file in this; choose at least one.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.vessels</name>
    <message>
        <source>{typed!r} is no percentage; type a number from 0 to 100, or nothing.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.vessels_panel</name>
    <message>
        <source>largest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>area</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>smallest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>change %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 - smallest / largest area, as measured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>robust %</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same of the smoothed curve, which one frame does not move</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Measure another vessel here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show this frame</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Largest here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the shown frame as the largest area</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Smallest here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the shown frame as the smallest area</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the frames that the program finds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare the change with (experimental)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A percentage of your own; there is no accepted cut-off</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>web.views</name>
    <message>
        <source>Enlarge, or back to all views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show all of it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Contrast as it was at first</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show this slice in 3D</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
