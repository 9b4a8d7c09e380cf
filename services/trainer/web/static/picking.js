// What a person chose or dropped: a file, or a folder with all that is in it.

import { byId } from "../shared/dom.js";
import { t } from "../shared/page.js";

/**
 * Bring the place for files to life.
 *
 * `onPicked(picked)` gets `{name, size, files: [{file, path}], isFolder}`, or null where nothing
 * is chosen any more; `onRefused(words)` why nothing was taken of a drop. Nothing is taken while
 * `isBusy()`.
 */
export function startPicking({ onPicked, onRefused, isBusy }) {
  const file = byId("upload-file");
  const folder = byId("upload-folder");
  file.addEventListener("change", () => take(file.files[0] ? single(file.files[0]) : null));
  folder.addEventListener("change", () => take(folder.files.length ? ofFolder([...folder.files].map((it) => ({ file: it, path: it.webkitRelativePath }))) : null));

  function take(picked) {
    if (picked?.isFolder !== false) file.value = "";
    folder.value = "";
    file.required = !picked;
    onPicked(picked);
  }

  takeDrops(async (transfer) => {
    if (isBusy() || !transfer.files.length) return;
    const entry = transfer.items[0].webkitGetAsEntry?.();
    if (transfer.files.length > 1) {
      onRefused(t("upload.oneThing"));
    } else if (entry?.isDirectory) {
      await filesIn(entry).then((found) => take(ofFolder(found)), () => onRefused(t("problem.unreadable-body")));
    } else {
      file.files = transfer.files;
      take(single(transfer.files[0]));
    }
  });
  return { clear: () => take(null) };
}

const single = (file) => ({ name: file.name, size: file.size, files: [{ file, path: file.name }], isFolder: false });

/** A folder without what is hidden in it. */
function ofFolder(found) {
  const files = found.filter(({ path }) => !path.split("/").some((part) => part.startsWith(".")));
  const name = found[0]?.path.split("/")[0] ?? "";
  return {
    name, size: files.reduce((sum, it) => sum + it.file.size, 0), files, isFolder: true,
  };
}

async function filesIn(entry, path = entry.name) {
  if (entry.isFile) return [{ path, file: await new Promise((resolve, reject) => { entry.file(resolve, reject); }) }];
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); }); // a hundred at a time
    if (!some.length) return found;
    for (const it of some) found.push(...(await filesIn(it, `${path}/${it.name}`)));
  }
}

/** What is dropped anywhere on the page counts, where the panel is seen. */
function takeDrops(onDropped) {
  const drop = byId("upload-drop");
  const isSeen = () => !byId("panel-data").hidden;
  document.addEventListener("dragover", (event) => {
    if (!isSeen()) return;
    event.preventDefault();
    drop.classList.add("over");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    if (!isSeen()) return;
    event.preventDefault();
    drop.classList.remove("over");
    byId("upload-part").open = true;
    onDropped(event.dataTransfer);
  });
}
