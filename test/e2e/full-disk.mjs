// Loaded before the program (NODE_OPTIONS=--import): of what is written to files whose path holds $FULL_DISK half gets there, then the disk is full.
import { promises } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

const { open } = promises;

promises.open = async (path, flags, ...rest) => {
  const file = await open(path, flags, ...rest);
  if (!/[wa+]/.test(String(flags)) || !String(path).includes(process.env.FULL_DISK)) return file;
  for (const name of ["appendFile", "writeFile"]) {
    const write = file[name].bind(file);
    file[name] = async (data) => {
      const bytes = Buffer.from(data);
      await write(bytes.subarray(0, Math.floor(bytes.length / 2)));
      const full = new Error("ENOSPC: no space left on device, write");
      throw Object.assign(full, { code: "ENOSPC", syscall: "write" });
    };
  }
  return file;
};
syncBuiltinESMExports();
