// What the pages of a bracket and of tonight do beyond links and forms, beside aegis.js; they read well without it.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, act) => document.addEventListener(name, act);

  // ---- The live part: only what changed is written, in place, so that focus and scroll stay
  const polls = (element) => /(^|,)\s*every\b/.test(element?.getAttribute("hx-trigger") ?? "");
  const parts = (root) => all(".series[id], [data-part][id], input[type=hidden][id]", root);
  function isSame(a, b) {
    const [here, there] = [[...a.childNodes], [...b.childNodes]];
    return here.length === there.length && here.every((node, place) => node.isEqualNode(there[place]));
  }
  function patch(target, text) {
    const fresh = new DOMParser().parseFromString(text, "text/html");
    for (const told of all("[data-writes]", fresh)) {
      const place = document.getElementById(told.dataset.writes);
      if (place) place.textContent = told.textContent;
    }
    const next = new Map(parts(fresh).map((part) => [part.id, part]));
    const here = parts(target);
    if (!polls(fresh.getElementById(target.id)) || here.length !== next.size || !here.every((part) => next.has(part.id))) return false;
    const version = next.get("bracket-version")?.value;
    for (const part of here) write(part, next.get(part.id), version);
    return true;
  }
  function write(part, changed, version) {
    if (part.type === "hidden") part.value = changed.value;
    if (isSame(part, changed)) return;
    part.className = changed.className;
    part.replaceChildren(...changed.childNodes);
    const open = one("#series-panel[data-version]");
    if (open && part.hasAttribute("aria-current") && open.dataset.version !== version) one("[data-stale]", open).hidden = false;
  }
  const inUse = (element) => element.contains(document.activeElement) || Boolean(one("details[open]", element));
  on("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    if (!("patch" in target.dataset) || xhr.status !== 200) return;
    // Where other parts stand there now, a picture that holds waits until nobody uses it.
    if (patch(target, xhr.responseText) || (target.dataset.patch === "hold" && inUse(target))) event.detail.shouldSwap = false;
  });

  // ---- The panel of a series: it takes the focus, holds it on a phone, and gives it back
  const panel = () => one("#series-panel:not([hidden])");
  const cardOf = (label) => document.getElementById(`series-${label}`);
  function markOpen(label) {
    for (const card of all(".series[aria-current]")) card.removeAttribute("aria-current");
    cardOf(label)?.setAttribute("aria-current", "true");
  }
  function closePanel(open) {
    const label = open.dataset.series;
    const link = one("[data-close-panel]", open);
    if (link) history.replaceState(null, "", link.href);
    open.hidden = true;
    open.replaceChildren();
    markOpen("");
    cardOf(label)?.focus();
  }
  on("click", (event) => {
    if (!event.target.closest?.("[data-close-panel]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    closePanel(panel());
  });
  on("keydown", (event) => {
    const open = panel();
    if (!open || one("dialog[open]")) return;
    const fold = event.target.closest?.(".menu-of, .more");
    if (event.key === "Escape" && !fold) closePanel(open);
    if (event.key !== "Tab" || getComputedStyle(open).position !== "fixed") return;
    const stops = all("a[href], button:not(:disabled), input:not([type=hidden]), select, summary, textarea", open).filter((stop) => stop.checkVisibility());
    const [first, last] = [stops[0], stops.at(-1)];
    const leaves = event.shiftKey ? first : last;
    if (open.contains(document.activeElement) && document.activeElement !== leaves) return;
    event.preventDefault();
    (event.shiftKey ? last : first).focus();
  });
  on("htmx:afterSettle", (event) => {
    const open = panel();
    if (!open || event.detail.target?.id !== "series-panel") return;
    markOpen(open.dataset.series);
    if (!open.contains(document.activeElement)) (one("#ask-title", open) ?? one("#series-head", open))?.focus({ preventScroll: true });
  });

  // ---- A team's path lights up under the pointer and the focus
  function light(event) {
    const slot = event.target.closest?.("[data-team]") ?? event.target.querySelector?.(":scope > .slot.won[data-team]");
    const bracket = event.target.closest?.("#bracket-live");
    if (!bracket) return;
    for (const here of all(".slot.near", bracket)) here.classList.remove("near");
    if (!slot || event.type === "pointerout") return;
    for (const here of all(`[data-team="${slot.dataset.team}"]`, bracket)) here.classList.add("near");
  }
  for (const name of ["pointerover", "pointerout", "focusin"]) on(name, light);
})();
