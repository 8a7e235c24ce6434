import type { Judge } from "../detection/judge.js";
import type { Model } from "../nn/model.js";
import type { Run } from "../run.js";
import { openBattery } from "../scan/battery.js";
import { blindScores } from "../scan/score-names.js";
import type { Subject } from "../training/subject.js";

/**
 * The judges of a scan that know nothing of who is trusted, opened when they are first asked for and then kept: they look at
 * every image. They hold nothing that must be freed.
 * @param model borrowed
 */
export function scanJudges(
  model: Model,
  subject: Pick<Subject, "images" | "normalization">,
  run: Run,
): () => Promise<readonly Judge[]> {
  let judges: Promise<readonly Judge[]> | undefined;
  return () => {
    judges ??= openBattery(model, subject, run, blindScores).then((battery) => battery.judges);
    return judges;
  };
}
