import { z } from "zod";

const pair = z.tuple([z.number(), z.number()]).optional();

/** What others reported of a cell, in percent: ACC and ASR before and after, TPR and FPR of the thresholds. */
export const reportedShape = { before: pair, kmeans: pair, gaussian: pair, after: pair };
export const reportedSchema = z.object(reportedShape);
export type Reported = z.infer<typeof reportedSchema>;
