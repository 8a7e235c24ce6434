import { expect, test } from "vitest";
import { html } from "../../src/report/html.js";

test("values are text, in elements and in attributes; markup of its own is not escaped twice", () => {
  const name = `"><img src=x onerror='alert(1)'>&amp;\r\n`;
  expect(html`<a title="${name}">${html`<b>${name}</b>`}</a>`.text).toBe(
    '<a title="&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;amp;&#13;\n">' +
      "<b>&quot;&gt;&lt;img src=x onerror=&#39;alert(1)&#39;&gt;&amp;amp;&#13;\n</b></a>",
  );
});

test("lists stand one behind the other; what is not there leaves nothing", () => {
  expect(html`${[html`<i>${0}</i>`, "<"]}${undefined}${false}`.text).toBe("<i>0</i>&lt;");
});
