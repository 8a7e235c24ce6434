import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkOutputsApart } from "../../src/scan/outputs-apart.js";
import { temporaryFolder } from "../store/temporary-folder.js";

test("no results among the images, by whatever name", async () => {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder, name);
  for (const name of ["data", "data-2", "trusted"]) await mkdir(at(name));
  await symlink(at("data"), at("link"));
  const check = (out: string, more: { data?: string; report_dir?: string } = {}) =>
    checkOutputsApart({
      data: at(more.data ?? "data"),
      trusted: at("trusted"),
      out: at(out),
      report_dir: more.report_dir && at(more.report_dir),
    });
  for (const out of ["data", "data/scan", "data/not/yet", "link/scan", "trusted/x"])
    await expect(check(out)).rejects.toThrow(/^--out .* is or lies in /);
  await expect(check("data/x", { data: "link" })).rejects.toThrow("--out");
  await expect(check("out", { report_dir: "trusted" })).rejects.toThrow(/^--report_dir .*trusted is or/);
  for (const out of ["data-2", "scan", ""]) await check(out, { report_dir: "pages" });
  // A file, or nothing.
  await check("data/scan", { data: "missing" });
});
