// What the page does by itself: files in and out, keys, and what it says when it is cut off from the server.
(() => {
  "use strict";

  const OTHER_TAB = 4001; // close code of the web socket, see connection.py
  const UPLOAD = "/segassist/upload";
  const KEYS = { n: "next", p: "previous", m: "mask", z: "undo", y: "redo", "?": "help" };

  const element = (html) => {
    const holder = document.createElement("div");
    holder.innerHTML = html;
    return holder.firstElementChild;
  };

  // ---------------------------------------------------------------- the connection

  let leaving = false;
  window.addEventListener("pagehide", () => (leaving = true));

  window.WebSocket = class extends window.WebSocket {
    constructor(...where) {
      super(...where);
      this.addEventListener("close", (event) => leaving || cutOff(event.code));
    }
  };

  const cover = (title, text, button) => {
    document.querySelector(".sa-cover")?.remove();
    const shown = element('<div class="sa-cover"><h1></h1><p></p><button></button></div>');
    shown.querySelector("h1").textContent = title;
    shown.querySelector("p").textContent = text;
    shown.querySelector("button").textContent = button;
    shown.querySelector("button").addEventListener("click", () => location.reload());
    document.body.append(shown);
  };

  const cutOff = (code) => {
    if (code === OTHER_TAB) {
      cover("Open in another tab", "SegAssist is used in one tab at a time.", "Use it here");
      return;
    }
    cover("Connection lost", "SegAssist was ended, or cannot be reached. This page goes on once it is back.", "Try again");
    const again = setInterval(async () => {
      const answer = await fetch("/", { method: "HEAD" }).catch(() => null);
      if (answer) {
        clearInterval(again);
        location.reload();
      }
    }, 1000);
  };

  const trigger = (name, ...given) => window.trame?.trigger(name, given)?.catch(() => null);
  const say = (text) => trigger("say", text);

  // ---------------------------------------------------------------- files in

  let upload = null;

  const progress = (share) => {
    document.querySelector(".sa-upload")?.remove();
    if (share === null) return;
    const shown = element(
      '<div class="sa-upload"><span></span><progress max="1"></progress><button>Cancel</button></div>'
    );
    shown.querySelector("span").textContent = `Uploading ${Math.round(100 * share)} %`;
    shown.querySelector("progress").value = share;
    shown.querySelector("button").addEventListener("click", () => upload?.abort());
    document.body.append(shown);
  };

  // files: [[path, File], ...]
  const send = (files) => {
    if (!files.length) return say("There was no file in this; choose at least one.");
    if (upload) return say("An upload is under way; wait for it or cancel it.");
    const limit = Number(document.documentElement.dataset.maxUpload);
    const size = files.reduce((sum, [, file]) => sum + file.size, 0);
    if (size > limit) {
      const gib = (limit / 2 ** 30).toPrecision(3) / 1;
      return say(`That is more than the ${gib} GiB that this SegAssist takes; choose fewer files.`);
    }
    const form = new FormData();
    for (const [path, file] of files) form.append(path, file, file.name);
    upload = new XMLHttpRequest();
    upload.upload.addEventListener("progress", (event) => progress(event.loaded / (event.total || 1)));
    upload.addEventListener("loadend", () => {
      const answer = upload;
      upload = null;
      progress(null);
      if (answer.status === 200 || answer.status === 0) return;
      let message = "The upload was not complete; try again.";
      try {
        message = JSON.parse(answer.responseText).message;
      } catch {
        // not from the application
      }
      say(message);
    });
    upload.addEventListener("error", () => say("The upload was not complete; try again."));
    upload.open("POST", UPLOAD);
    upload.send(form);
    progress(0);
  };

  const pick = (folder) => {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.webkitdirectory = folder;
    input.addEventListener("change", () =>
      send([...input.files].map((file) => [file.webkitRelativePath || file.name, file]))
    );
    input.click();
  };

  const walk = async (entry, path = "") => {
    const name = path + entry.name;
    if (entry.isFile) return [[name, await new Promise((done, failed) => entry.file(done, failed))]];
    const reader = entry.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!some.length) return found;
      for (const each of some) found.push(...(await walk(each, `${name}/`)));
    }
  };

  const dropped = async (transfer) => {
    const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.length) return send([...transfer.files].map((file) => [file.name, file]));
    return send((await Promise.all(entries.map((entry) => walk(entry)))).flat());
  };

  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  let depth = 0;
  const hover = (by) => {
    depth = by === 0 ? 0 : depth + by;
    document.body.classList.toggle("sa-dropping", depth > 0);
  };
  document.addEventListener("dragenter", (event) => holdsFiles(event) && hover(1));
  document.addEventListener("dragleave", (event) => holdsFiles(event) && hover(-1));
  document.addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    hover(0);
    dropped(event.dataTransfer).catch(() => say("These files cannot be read; choose them again."));
  });

  document.addEventListener("click", (event) => {
    const picked = event.target.closest("[data-pick]");
    if (picked) pick(picked.dataset.pick === "folder");
  });

  // ---------------------------------------------------------------- files out

  window.segassistDownload = (address) => {
    const link = document.createElement("a");
    link.href = address;
    link.download = "";
    document.body.append(link);
    link.click();
    link.remove();
  };

  // ---------------------------------------------------------------- findings

  // The row of the lesion in sight, once it is drawn as such.
  window.segassistShowRow = () =>
    requestAnimationFrame(() => document.querySelector("tr.sa-selected")?.scrollIntoView({ block: "nearest" }));

  // ---------------------------------------------------------------- clips

  // The frame whose place (percent of the width) is nearest to the mouse, which may leave the curve as it drags.
  window.segassistFrameAt = (event, places) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    const box = event.currentTarget.getBoundingClientRect();
    const at = (100 * (event.clientX - box.left)) / box.width;
    let nearest = 0;
    places.forEach((place, n) => {
      if (Math.abs(place - at) < Math.abs(places[nearest] - at)) nearest = n;
    });
    return nearest;
  };

  const clip = () => document.getElementById("player");

  // Where a volume has slices a clip has frames; the view itself would leave the only slice there is.
  document.addEventListener(
    "wheel",
    (event) => {
      if (!event.target.closest?.(".sa-flat, .sa-player")) return;
      event.preventDefault();
      event.stopPropagation();
      if (clip() && event.deltaY) trigger("frame", event.deltaY > 0 ? 1 : -1);
    },
    { capture: true, passive: false }
  );

  const PLAYING = {
    " ": ["play"],
    arrowleft: ["frame", -1],
    arrowright: ["frame", 1],
    home: ["edge", false],
    end: ["edge", true],
  };

  // ---------------------------------------------------------------- keys

  const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
  // What the keyboard has reached keeps its keys: a slider its arrows, a button its space. The mouse leaves no focus.
  const taken = (key, target) => target.closest?.(key === " " ? "button, [role=button]" : "[role=slider]");
  document.addEventListener("click", (event) => {
    if (event.detail && document.activeElement?.matches("button")) document.activeElement.blur();
  });

  document.addEventListener(
    "keydown",
    (event) => {
      if (typing(event.target) || event.altKey) return;
      const control = event.ctrlKey || event.metaKey;
      const key = event.key.toLowerCase();
      if (PLAYING[key] && clip() && !control && !taken(key, event.target)) {
        event.preventDefault();
        event.stopPropagation();
        trigger(...PLAYING[key]);
        return;
      }
      let action = KEYS[key];
      if (control !== (action === "undo" || action === "redo")) return;
      if (action === "undo" && event.shiftKey) action = "redo";
      if (!action) return;
      event.preventDefault();
      event.stopPropagation();
      trigger(action);
    },
    true
  );
})();
