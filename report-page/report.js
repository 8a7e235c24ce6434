/*
 * What the page can do beyond being read: filter and sort images, sort tables, keys, and decisions to be saved as a file. The page
 * is complete without it. Names from the data are set as text, never as markup.
 */
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const cards = all(".card");
  const groups = all(".group");
  const bar = document.getElementById("tools");

  /* ---- Decisions: kept in this browser where it allows, until they are saved as a file. */

  const storeKey = `poisonspot/${document.body.dataset.key}`;
  const remembered = (() => {
    try {
      return JSON.parse(localStorage.getItem(storeKey)) ?? {};
    } catch {
      return {};
    }
  })();

  const decidable = all(".decision").map((box) => ({
    card: box.closest(".card"),
    kind: box.dataset.kind,
    box,
    mark: box.querySelector("input[type=checkbox]"),
    why: box.querySelector(".why"),
  }));
  const keyOf = ({ kind, card }) => `${kind} ${card.dataset.sha256} ${card.dataset.file}`;

  function decided(kind) {
    return decidable
      .filter((one) => one.kind === kind && one.mark.checked)
      .map(({ card, why }) => ({
        file: card.dataset.file,
        sha256: card.dataset.sha256,
        note: why.value.trim(),
      }));
  }

  function showDecisions() {
    const [struck, kept] = [decided("struck"), decided("kept")];
    const count = struck.length + kept.length;
    const save = document.getElementById("save");
    save.disabled = count === 0;
    save.textContent =
      count === 0 ? "Save decisions" : `Save ${count} ${count === 1 ? "decision" : "decisions"}`;
    for (const { card, mark, why } of decidable) {
      card.classList.toggle("decided", mark.checked);
      why.hidden = !mark.checked;
    }
    try {
      const entries = decidable.filter(({ mark }) => mark.checked).map((one) => [keyOf(one), one.why.value]);
      if (entries.length > 0) localStorage.setItem(storeKey, JSON.stringify(Object.fromEntries(entries)));
      else localStorage.removeItem(storeKey);
    } catch {
      // A browser may keep nothing for a file: the decisions last as long as the page is open.
    }
  }

  function saveDecisions() {
    const { key } = document.body.dataset;
    const decisions = { decisionsVersion: 1, report: key, struck: decided("struck"), kept: decided("kept") };
    const link = document.createElement("a");
    const blob = new Blob([`${JSON.stringify(decisions, null, 2)}\n`], { type: "application/json" });
    link.href = URL.createObjectURL(blob);
    link.download = "decisions.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  for (const one of decidable) {
    one.box.hidden = false;
    if (Object.hasOwn(remembered, keyOf(one))) {
      one.mark.checked = true;
      one.why.value = String(remembered[keyOf(one)]);
    }
    one.mark.addEventListener("change", showDecisions);
    one.why.addEventListener("change", showDecisions);
  }

  /* ---- Filter and order of the images. */

  const search = document.getElementById("search");
  const order = document.getElementById("order");
  const only = document.getElementById("only");
  const matches = document.getElementById("matches");
  const home = new Map(cards.map((card, i) => [card, i]));
  const textOf = new Map(
    cards.map((card) => {
      const name = card.querySelector("h4").textContent;
      return [card, `${card.closest(".group").dataset.class} ${name} ${card.dataset.sha256}`.toLowerCase()];
    }),
  );

  const isFlagged = (card) => card.classList.contains("flagged");
  const isPoison = (card) => card.dataset.truth === "poison";
  const kinds = {
    all: () => true,
    flagged: isFlagged,
    decided: (card) => card.classList.contains("decided"),
    poison: isPoison,
    wrong: (card) => card.dataset.truth !== undefined && isFlagged(card) !== isPoison(card),
  };

  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const card of cards) {
      const fits = words.every((word) => textOf.get(card).includes(word)) && kinds[only.value](card);
      card.hidden = !fits;
      if (fits) shown++;
    }
    for (const group of groups) group.hidden = !group.querySelector(".card:not([hidden])");
    matches.textContent = `${shown} of ${cards.length} images`;
  }

  function sort() {
    const by = order.value;
    const numberOf = (card) => Number(card.dataset.keys.split(" ")[by] ?? Number.NEGATIVE_INFINITY);
    const compare = {
      home: (a, b) => home.get(a) - home.get(b),
      name: (a, b) => (a.dataset.file < b.dataset.file ? -1 : 1),
    }[by];
    for (const list of all(".cards")) {
      const sorted = [...list.children].sort(
        compare ?? ((a, b) => numberOf(b) - numberOf(a) || home.get(a) - home.get(b)),
      );
      list.append(...sorted);
    }
  }

  /* ---- Tables are sorted by their headings. */

  for (const table of all("table.sortable")) {
    const [body] = table.tBodies;
    const headings = all("thead th", table);
    const sortKey = (row, column) => {
      const cell = row.cells[column];
      if (cell.dataset.v === undefined) return cell.textContent;
      return cell.dataset.v === "" ? Number.NaN : Number(cell.dataset.v);
    };
    headings.forEach((heading, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...heading.childNodes);
      heading.append(button);
      button.addEventListener("click", () => {
        const isUp = heading.getAttribute("aria-sort") !== "ascending";
        for (const other of headings) other.removeAttribute("aria-sort");
        heading.setAttribute("aria-sort", isUp ? "ascending" : "descending");
        const sign = isUp ? 1 : -1;
        const rows = [...body.rows].map((row) => ({ row, value: sortKey(row, column) }));
        rows.sort((a, b) => {
          // What was not measured comes last either way.
          const [noA, noB] = [Number.isNaN(a.value), Number.isNaN(b.value)];
          if (noA || noB) return Number(noA) - Number(noB);
          return a.value < b.value ? -sign : a.value > b.value ? sign : 0;
        });
        body.append(...rows.map(({ row }) => row));
      });
    });
  }

  /* ---- Keys. */

  let current;
  function moveTo(step) {
    const shown = all(".card:not([hidden])");
    if (shown.length === 0) return;
    const at = shown.indexOf(current);
    current?.classList.remove("current");
    current = shown[at < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, at + step))];
    current.classList.add("current");
    current.tabIndex = -1;
    current.focus({ preventScroll: true });
    current.scrollIntoView({ block: "center" });
  }
  const keys = {
    j: () => moveTo(1),
    k: () => moveTo(-1),
    x: () => current?.querySelector("input[type=checkbox]")?.click(),
    n: () => current?.querySelector(".why:not([hidden])")?.focus(),
    "/": () => search.focus(),
    s: () => document.getElementById("save")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || bar === null) return;
    const isTyping = event.target.matches("input:not([type=checkbox]), select");
    if (event.key === "Escape" && isTyping) event.target.blur();
    if (isTyping || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });

  if (bar !== null) {
    bar.hidden = false;
    search.addEventListener("input", filter);
    only.addEventListener("change", filter);
    order.addEventListener("change", sort);
    document.getElementById("save")?.addEventListener("click", saveDecisions);
    if (decidable.length > 0) showDecisions();
    filter();
  }
})();
