/** A table in Markdown. @param rows the header first */
export const markdownTable = (rows: readonly (readonly string[])[]): string =>
  [rows[0], rows[0].map(() => "---"), ...rows.slice(1)].map((row) => `| ${row.join(" | ")} |`).join("\n");
