/** Markup of our own making. */
export class Html {
  constructor(readonly text: string) {}
}

type Piece = string | number | Html | undefined | false | readonly Piece[];

/** A template whose values are text, in elements and in quoted attributes alike, unless they are markup made by this function. */
export const html = (strings: TemplateStringsArray, ...values: readonly Piece[]): Html =>
  new Html(strings.map((string, i) => (i === 0 ? string : rendered(values[i - 1]) + string)).join(""));

function rendered(value: Piece): string {
  if (value instanceof Html) return value.text;
  if (value === undefined || value === false) return "";
  if (typeof value === "object") return value.map(rendered).join("");
  return escaped(String(value));
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
  // A parser turns one into a line feed, and a name would no longer be the file's.
  "\r": "&#13;",
};

/** Text as it stands in HTML, in an element or a quoted attribute. */
const escaped = (text: string): string => text.replace(/[&<>"'\r]/g, (sign) => entities[sign]);
