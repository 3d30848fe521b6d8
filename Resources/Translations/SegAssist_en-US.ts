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
        <source>inputVolume</source>
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
        <source>quality</source>
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
        <source>outputSegmentation</source>
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
    <name>SegAssistPanels.shown_errors</name>
    <message>
        <source>SegAssist met an unexpected error.</source>
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
        <source>{number}: {name}, in {count} frame(s), {area} on average</source>
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
    <name>io.read</name>
    <message>
        <source>{path} does not exist; check the name</source>
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
</TS>
