/** Deeper than anything this program writes; recursion that is to follow a value must not run out of stack. */
const maxDepth = 64;

/** `JSON.parse` for text from elsewhere. @throws Error when it is no JSON, or nested too deeply */
export function parseJson(text: string): unknown {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const token = text.charCodeAt(i);
    if (inString) {
      if (token === backslash) i++;
      else if (token === quote) inString = false;
    } else if (token === quote) inString = true;
    else if (token === openBrace || token === openBracket) {
      if (++depth > maxDepth) throw new Error("it is nested too deeply");
    } else if (token === closeBrace || token === closeBracket) depth--;
  }
  return JSON.parse(text);
}

const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [
  '"',
  "\\",
  "{",
  "}",
  "[",
  "]",
].map((character) => character.charCodeAt(0));
