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
    <name>io.read</name>
    <message>
        <source>{path} does not exist; check the name</source>
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
