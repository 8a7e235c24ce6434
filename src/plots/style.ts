import type { Config } from "vega-lite";

/** Poisons red, clean suspects green, as in the paper; further attacks of a mix take the next colour. */
export const poisonColors = ["#c9252d", "#e08214", "#7b3fa0", "#d6589f"] as const;
export const cleanColor = "#2c9a4b";
/** What a figure is about, where there are no poisons to show. */
export const accentColor = "#2f62ad";
export const mutedColor = "#b4bac2";
const inkColor = "#22262b";
/** Thresholds: told apart by colour and by dashes. */
export const lineColors = ["#22262b", "#1f6fd0", "#8a5a00"] as const;
export const lineDashes = [
  [9, 5],
  [3, 4],
  [12, 4, 3, 4],
] as const;

/** Width and height of a figure's plotting area, in pixels before scaling. */
export const figureSize = { width: 640, height: 340 } as const;

const textColor = "#3b424a";

/** A figure's title, with notes below it if there are any. */
export const figureTitle = (text: string, notes: string[]) =>
  notes.length > 0 ? { text, subtitle: notes } : { text };

/** The look all figures share. */
export const figureConfig: Config = {
  background: "white",
  font: "Source Sans Pro, Helvetica, Arial, sans-serif",
  padding: { left: 12, top: 12, right: 18, bottom: 12 },
  view: { stroke: null },
  title: {
    anchor: "start",
    frame: "group",
    color: inkColor,
    fontSize: 17,
    fontWeight: 600,
    offset: 12,
    subtitleColor: textColor,
    subtitleFontSize: 13,
    subtitlePadding: 5,
  },
  axis: {
    labelColor: textColor,
    labelFontSize: 13,
    labelPadding: 6,
    titleColor: inkColor,
    titleFontSize: 14.5,
    titleFontWeight: 600,
    titlePadding: 11,
    gridColor: "#e9ecef",
    domainColor: "#8a929b",
    tickColor: "#8a929b",
    tickSize: 5,
    labelFlush: false,
  },
  axisX: { grid: false },
  axisY: { domain: false, ticks: false },
  legend: {
    orient: "top",
    direction: "horizontal",
    title: null,
    labelColor: inkColor,
    labelFontSize: 13.5,
    labelLimit: 320,
    symbolOpacity: 1,
    symbolSize: 90,
    symbolStrokeWidth: 2,
    columnPadding: 22,
    // One row for the points, one for the lines. Vega-Lite hands this on to Vega, its types leave it out.
    layout: { top: { direction: "vertical", anchor: "start", margin: 2, offset: 14 } } as never,
  },
};
