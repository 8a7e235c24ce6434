import type { Position } from "../training/train.js";

/** Where the half-made artefact at `path` is kept. */
export const progressFile = (path: string): string => `${withoutExtension(path)}.progress.safetensors`;

/** Where rows that a capture has finished wait for the others. */
export const progressFolder = (path: string): string => `${withoutExtension(path)}.progress`;

const withoutExtension = (path: string): string => path.replace(/\.(safetensors|zarr)$/, "");

/** "epoch 4, batch 12" for people, who count from 1. */
export const describePosition = ({ epoch, batch }: Position): string =>
  `epoch ${epoch + 1}, batch ${batch + 1}`;
