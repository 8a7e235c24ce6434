/** Where the half-made artefact at `path` is kept. */
export const progressFile = (path: string): string => `${withoutExtension(path)}.progress.safetensors`;

/** Where rows that a capture has finished wait for the others. */
export const progressFolder = (path: string): string => `${withoutExtension(path)}.progress`;

const withoutExtension = (path: string): string => path.replace(/\.(safetensors|zarr)$/, "");
