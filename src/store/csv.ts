/** One line of CSV (RFC 4180), without its line end. */
export const csvLine = (cells: readonly string[]): string =>
  cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");

/**
 * Splits CSV text into rows of cells; quoted cells may hold commas, quotes and line ends.
 * @throws Error when a quoted cell does not end, or is not the whole cell
 */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length || row.length > 0) {
    const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
    row.push(cell.value);
    at = cell.end;
    if (text[at] === ",") {
      at++;
      continue;
    }
    rows.push(row);
    row = [];
    at += text.startsWith("\r\n", at) ? 2 : 1;
  }
  return rows;
}

/** `end`: position of the comma or line end behind the cell, or the text's length. */
interface Cell {
  readonly value: string;
  readonly end: number;
}

function plainCell(text: string, start: number): Cell {
  const pattern = /[,\r\n]/g;
  pattern.lastIndex = start;
  const end = pattern.exec(text)?.index ?? text.length;
  return { value: text.slice(start, end), end };
}

function quotedCell(text: string, start: number): Cell {
  // Two quotes stand for one.
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && text[end + 1] === '"') end = text.indexOf('"', end + 2);
  if (end < 0) throw new Error("a quoted cell does not end");
  if (!/^[,\r\n]?$/.test(text.slice(end + 1, end + 2))) throw new Error("text follows a quoted cell");
  return { value: text.slice(start + 1, end).replaceAll('""', '"'), end: end + 1 };
}

/** Text from elsewhere as a cell: a spreadsheet takes what begins with one of these for a formula, and would run it. */
export const plainText = (text: string): string => (/^[=+\-@\t\r\n＝＋－＠]/.test(text) ? `'${text}` : text);
