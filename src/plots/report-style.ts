import type { Config } from "vega-lite";

/**
 * Figures on a page: drawn in these four colours, for each of which the page's style sheet puts its own, in the dark another one.
 * Vermilion and blue are told apart by who sees no red or no green (Okabe and Ito).
 */
export const pageColors = {
  flagged: "#d55e00",
  trusted: "#0072b2",
  suspect: "#8a8f98",
  ink: "#22262b",
} as const;

/** What the style sheet replaces with its own, too. */
const lineColor = "#d9dcdf";

export const pageFigureConfig: Config = {
  background: "transparent",
  aria: false,
  font: "system-ui, sans-serif",
  padding: 4,
  view: { stroke: null },
  axis: {
    labelColor: pageColors.ink,
    titleColor: pageColors.ink,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titlePadding: 8,
    gridColor: lineColor,
    domainColor: lineColor,
    tickColor: lineColor,
  },
  axisX: { grid: false, labelFlush: false, labelOverlap: true, tickCount: 6 },
  axisY: { domain: false, ticks: false },
  legend: {
    orient: "top",
    title: null,
    labelColor: pageColors.ink,
    labelFontSize: 12,
    labelLimit: 320,
  },
};

export const pageFigureSize = { width: 460, height: 190 } as const;
