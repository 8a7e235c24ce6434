/** Text from a foreign file, fit for a terminal: no control characters, at most `maxLength` characters. */
export function printable(text: string, maxLength = 200): string {
  const plain = text.slice(0, maxLength).replace(/\p{C}/gu, "\u{fffd}");
  return text.length > maxLength ? `${plain}…` : plain;
}
