import { readCifarFiles } from "../../datasets/cifar/cifar.js";
import { cifar10 } from "../../datasets/cifar/cifar10.js";
import { cifar100 } from "../../datasets/cifar/cifar100.js";
import { type FoundCifar, findTrainingFiles, layoutOfFile } from "../../datasets/cifar/layout.js";
import { shownPath } from "../../files/shown-path.js";
import type { Reporter } from "../../reporter.js";
import { type Listing, listed } from "./listing.js";

/** A folder with CIFAR's training files in one of the official forms. @returns undefined when there are none */
export async function listCifarFolder(root: string, reporter: Reporter): Promise<Listing | undefined> {
  for (const cifar of [cifar10, cifar100]) {
    const found = await findTrainingFiles(cifar, root);
    if (found === undefined) continue;
    const all = cifar.layouts.find(({ form }) => form === found.layout.form)?.trainFiles ?? [];
    const missing = all.filter((file) => !found.layout.trainFiles.includes(file));
    if (missing.length > 0) reporter.warn(`${cifar.title}: ${shownPath(root)} lacks ${missing.join(", ")}`);
    return listFiles(found);
  }
  return undefined;
}

/** One file of CIFAR, by its name. @returns undefined when it has none of those names */
export async function listCifarFile(path: string): Promise<Listing | undefined> {
  const found = layoutOfFile(cifar10, path) ?? layoutOfFile(cifar100, path);
  return found && listFiles(found);
}

async function listFiles(found: FoundCifar): Promise<Listing> {
  const { pixels, labels, placeOf } = await readCifarFiles(found, found.layout.trainFiles);
  const { title, classNames } = found.cifar;
  return {
    layout: title,
    root: found.directory,
    files: found.layout.trainFiles,
    ...listed(Array.from(labels, (label, i) => ({ name: placeOf(i).join("#"), label: classNames[label] }))),
    content: { kind: "pixels", pixels },
  };
}
