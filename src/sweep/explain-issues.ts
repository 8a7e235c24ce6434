import type { z } from "zod";

type Issue = z.core.$ZodIssue;

/** What zod found, a line each as "grid.pr_tgt.2: what is wrong"; of alternatives the one that was probably meant. */
export const explainIssues = (issues: readonly Issue[], above: readonly PropertyKey[] = []): string[] =>
  issues.flatMap((issue) => {
    const path = [...above, ...issue.path];
    if (issue.code === "invalid_key") return explainIssues(issue.issues, path);
    if (issue.code === "invalid_union") {
      const meant = meantAlternative(issue.errors);
      if (meant) return explainIssues(meant, path);
    }
    return [`${path.map(String).join(".") || "the file"}: ${issue.message}`];
  });

/** The only alternative that the value is of the right type for. */
function meantAlternative(alternatives: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = alternatives.filter(
    (issues) => !issues.some(({ code, path }) => code === "invalid_type" && path.length === 0),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}
