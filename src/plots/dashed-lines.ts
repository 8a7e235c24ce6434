import { lineColors, lineDashes } from "./style.js";

/** A horizontal line with its entry in the legend. Lines of one label share the entry. */
export interface DashedLine {
  readonly value: number;
  readonly label: string;
}

/** What draws dashed lines over a figure whose y axis is quantitative: one layer, or none without lines. */
export function dashedLineLayers(lines: readonly DashedLine[]) {
  if (lines.length === 0) return [];
  const labels = [...new Set(lines.map(({ label }) => label))];
  const legend = { symbolType: "stroke", symbolSize: 900 };
  const layer = {
    data: { values: [...lines] },
    mark: { type: "rule", strokeWidth: 2 },
    encoding: {
      y: { field: "value", type: "quantitative" },
      stroke: { field: "label", type: "nominal", scale: { domain: labels, range: [...lineColors] }, legend },
      strokeDash: {
        field: "label",
        type: "nominal",
        scale: { domain: labels, range: lineDashes.map((dashes) => [...dashes]) },
        legend,
      },
    },
  } as const;
  return [layer];
}
