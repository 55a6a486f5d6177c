// What Aegis's pages do beyond links and forms. Every page reads well without it.
// It stands before htmx in the head, so that it sees htmx's script and every picture fail.
"use strict";
(() => {
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const make = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const on = (name, act, capture = false) => document.addEventListener(name, act, capture);

  // ---- Cookies: the reader's zone and theme, read by the server when it writes the next page
  function setCookie(name, value) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    const age = value ? 31536000 : 0;
    document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax${secure}`;
  }
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.split("; ").includes(`tz=${zone}`)) setCookie("tz", zone);

  function chooseTheme(theme) {
    setCookie("theme", theme);
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    for (const button of all("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
  }

  // ---- htmx: our own copy when the CDN's fails or is slower than three seconds
  let local = false;
  function loadLocalHtmx() {
    const tag = one("#htmx-cdn");
    if (window.htmx?.version || local || !tag) return;
    local = true;
    const script = document.createElement("script");
    script.id = "htmx-local";
    script.src = tag.dataset.local;
    document.head.append(script);
  }
  let parsed = false;
  function startLateHtmx(event) {
    // htmx waits for an event that has gone by when its script comes after it.
    const ours = event.target.id === "htmx-cdn" || event.target.id === "htmx-local";
    if (ours && parsed && document.readyState !== "complete") document.dispatchEvent(new Event("DOMContentLoaded"));
  }
  on("load", startLateHtmx, true);
  on("error", (event) => {
    if (event.target.id === "htmx-cdn") loadLocalHtmx();
    if (event.target.matches?.("img[data-tile]")) event.target.hidden = true; // the letters stay
  }, true);

  // ---- Toasts
  function closeLater(toast) {
    one("[data-close]", toast).hidden = false;
    if (toast.dataset.kind === "error") return; // errors stay until they are closed
    const close = () => (toast.matches(":hover, :focus-within") ? setTimeout(close, 2000) : toast.remove());
    setTimeout(close, 8000);
  }
  function undoForm(path) {
    const form = Object.assign(make("form"), { method: "post", action: path });
    const token = Object.assign(make("input"), { type: "hidden", name: "csrf_token", value: one("meta[name=csrf-token]")?.content ?? "" });
    form.append(token, make("button", "btn sm", "Undo"));
    return form;
  }
  function toast({ text, kind = "info", undo = "" }) {
    const box = make("div", kind === "error" ? "toast wrong" : "toast");
    box.dataset.kind = kind;
    const close = make("button", "btn quiet sm", "Close");
    close.type = "button";
    close.dataset.close = "";
    box.append(make("span", "grow", text));
    if (/^\/(?!\/)/.test(undo)) box.append(undoForm(undo));
    box.append(close);
    one("#toasts").append(box);
    closeLater(box);
  }
  on("toasts", (event) => event.detail.list.forEach(toast));

  // ---- Answers that went wrong
  const WORDS = {
    401: "You are signed out. Sign in again and repeat it.",
    403: "This is not yours to do.",
    404: "This is no longer there.",
    409: "It cannot be done now: somebody was faster. Load the page again.",
    429: "That was asked too often. Wait a moment.",
    503: "Aegis is busy. Try again in a moment.",
  };
  function reason(xhr) {
    try {
      return JSON.parse(xhr.responseText).error.message;
    } catch {
      return WORDS[xhr.status] ?? `The server could not do it (${xhr.status}).`;
    }
  }
  const polls = (element) => /(^|,)\s*every\b/.test(element.getAttribute("hx-trigger") ?? "");
  const seen = new WeakMap();
  const started = new Date();
  function saysLastSeen(element) {
    const note = one("[data-poll-note]", element);
    if (!note) return;
    const clock = (seen.get(element) ?? started).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    note.textContent = `Last seen ${clock}, trying again`;
    note.hidden = false;
  }
  function failed(event) {
    const { elt, xhr } = event.detail;
    if (polls(elt)) saysLastSeen(elt);
    else if (event.type !== "htmx:responseError") toast({ text: "Aegis did not answer. Check your connection and try again.", kind: "error" });
    else if (!(xhr.getResponseHeader("HX-Trigger") ?? "").includes("toasts")) toast({ text: reason(xhr), kind: "error" });
  }
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) on(name, failed);

  // ---- Polls: none while nobody looks, none that would take away what a person is using
  const inUse = (element) => element.contains(document.activeElement) || Boolean(one("details[open], dialog[open]", element));
  const isPatched = (element) => "patch" in element.dataset; // its parts are written one by one: see bracket.js
  on("htmx:beforeRequest", (event) => {
    const { elt, target } = event.detail;
    if (polls(elt) && (document.hidden || (!isPatched(target) && inUse(target)))) event.preventDefault();
  });
  on("htmx:beforeSwap", (event) => {
    const { elt, requestConfig, target, xhr } = event.detail;
    const asked = requestConfig?.elt ?? elt;
    if (xhr.getResponseHeader("X-Aegis-Fragment")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
    if (polls(asked) && xhr.status < 400) seen.set(asked, new Date());
    if (polls(asked) && !isPatched(target) && inUse(target)) event.detail.shouldSwap = false;
  });

  // ---- A pressed button is disabled while it asks: its focus comes back with the answer
  let pressed = "";
  on("htmx:beforeRequest", (event) => {
    const { elt } = event.detail;
    if (!polls(elt)) pressed = elt.contains(document.activeElement) ? document.activeElement.id : "";
  });
  on("htmx:afterSettle", () => {
    if (!pressed) return;
    const back = document.getElementById(pressed);
    if (document.activeElement !== document.body) pressed = "";
    else if (back && !back.disabled) back.focus({ preventScroll: true });
  });

  // ---- Ticks: the bar only changes its words, so that rows do not jump
  function countTicks(form) {
    const boxes = all("[data-pick]", form);
    const ticked = boxes.filter((box) => box.checked).length;
    for (const box of boxes) box.closest("tr")?.classList.toggle("pick", box.checked);
    const words = one("[data-bulk-words]", form);
    if (words) words.textContent = ticked ? `${ticked} selected` : "None selected";
    for (const button of all("[data-bulk-button]", form)) {
      button.textContent = `${button.dataset.bulkButton} ${ticked || ""} selected`.replace("  ", " ");
      button.disabled = ticked === 0;
    }
    const every = one("[data-select-all]", form);
    if (!every) return;
    every.hidden = false;
    every.checked = boxes.length > 0 && ticked === boxes.length;
    every.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  on("change", (event) => {
    const form = event.target.closest?.("form[data-bulk]");
    if (!form) return;
    if (event.target.matches("[data-select-all]")) {
      for (const box of all("[data-pick]", form)) box.checked = event.target.checked;
    }
    countTicks(form);
  });

  // ---- Questions before what cannot be undone
  let agreed = null;
  on("submit", (event) => {
    const form = event.target;
    const asking = [event.submitter, form].find((element) => element?.dataset.confirm);
    if (!asking) return;
    if (agreed === form) {
      agreed = null;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(asking, event.submitter?.textContent.trim() || "Go on", () => {
      agreed = form;
      form.requestSubmit(event.submitter);
    });
  }, true);
  function ask(element, verb, go) {
    const dialog = one("#confirm");
    one("h2", dialog).textContent = element.dataset.confirm;
    one("p", dialog).textContent = element.dataset.confirmText ?? "";
    one("[value=yes]", dialog).textContent = verb;
    dialog.returnValue = "";
    dialog.onclose = () => dialog.returnValue === "yes" && go();
    dialog.showModal();
  }

  // ---- Clicks: copy, close, theme, menus; an action that is disabled does nothing
  async function copy(button) {
    const text = one(button.dataset.copy).value ?? one(button.dataset.copy).textContent;
    try {
      await navigator.clipboard.writeText(text);
      toast({ text: "Copied." });
    } catch {
      getSelection().selectAllChildren(one(button.dataset.copy));
      toast({ text: "Selected: copy it with your keyboard." });
    }
  }
  on("click", (event) => {
    const button = event.target.closest?.("button, a");
    for (const menu of all("details.menu-of[open], details.more[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    if (!button) return;
    if (button.getAttribute("aria-disabled") === "true") event.preventDefault();
    if (button.dataset.copy) copy(button);
    if ("close" in button.dataset) button.closest(".toast").remove();
    if ("themeChoice" in button.dataset) chooseTheme(button.dataset.themeChoice);
  });
  on("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest?.("details.menu-of[open], details.more[open]");
    if (!menu) return;
    menu.open = false;
    one("summary", menu).focus();
  });

  // ---- What is shown only where this script runs
  function prepare(root) {
    for (const element of all("[data-themes], [data-copy]", root)) element.hidden = false;
    for (const form of all("form[data-bulk]")) countTicks(form);
  }
  on("htmx:afterSettle", (event) => {
    seen.set(event.target, new Date());
    prepare(event.target.parentElement ?? document);
  });
  on("DOMContentLoaded", () => {
    if (parsed) return;
    parsed = true;
    setTimeout(loadLocalHtmx, 3000);
    prepare(document);
    all("#toasts .toast").forEach(closeLater);
    one(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
    if (!matchMedia("(max-width: 720px)").matches) return;
    for (const fold of all("details[data-phone-closed]")) fold.open = false;
  });
})();
