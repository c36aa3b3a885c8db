// Keeps the page fresh and sends what people do. The server renders; this only fetches the parts again and puts them in.
"use strict";

const $ = (selector, within = document) => within.querySelector(selector);
const body = document.body;
const here = {
  channel: body.dataset.channelName,
  speaker: $("#speaker").value,
  thread: body.dataset.threadTs || "",
  message: body.dataset.sought || "",
  editing: null,
};
// What was drawn last, by place, so that nothing is drawn twice.
const drawn = new Map();
const QUICK = ["ok_hand", "+1", "eyes", "fire", "white_check_mark", "tada", "question", "exclamation", "heart", "rocket"];
const SHOWN = { ok_hand: "👌", "+1": "👍", eyes: "👀", fire: "🔥", white_check_mark: "✅", tada: "🎉", question: "❓", exclamation: "❗", heart: "❤️", rocket: "🚀" };

// --- drawing

function address(path) {
  const query = new URLSearchParams({ channel: here.channel, as: here.speaker });
  if (here.thread) query.set("thread", here.thread);
  if (here.message) query.set("message", here.message);
  return `${path}?${query}`;
}

function put(id, html) {
  if (drawn.get(id) === html) return;
  drawn.set(id, html);
  const place = document.getElementById(id);
  const open = [...place.querySelectorAll("details[open]")].map((d) => d.id);
  const focused = place.contains(document.activeElement) && document.activeElement.dataset.channel;
  place.innerHTML = html;
  open.forEach((one) => $(`#${one}`)?.setAttribute("open", ""));
  if (focused) $(`[data-channel="${CSS.escape(focused)}"]`, place)?.focus();
}

function isAtEnd(place) {
  return place.scrollHeight - place.scrollTop - place.clientHeight < 90;
}

// Replaces only the children that differ, by their keys: reading position, selection and focus stay.
function putKeyed(id, html, afresh) {
  const place = document.getElementById(id);
  if (drawn.get(id) === html) return false;
  drawn.set(id, html);
  const near = isAtEnd(place);
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  if (afresh) place.replaceChildren();
  const old = new Map([...place.children].map((child) => [child.dataset.key, child]));
  let before = null;
  let added = false;
  for (const child of [...fresh.content.children]) {
    const known = old.get(child.dataset.key);
    old.delete(child.dataset.key);
    let kept = known;
    if (!known) {
      added = true;
      kept = child;
    } else if (!known.isEqualNode(child)) {
      const had = known.contains(document.activeElement) && document.activeElement.dataset.name;
      known.replaceWith(child);
      kept = child;
      if (had) $(`.reaction[data-name="${CSS.escape(had)}"]`, child)?.focus();
    }
    const next = before ? before.nextElementSibling : place.firstElementChild;
    if (next !== kept) place.insertBefore(kept, next);
    before = kept;
  }
  old.forEach((gone) => gone.remove());
  if (afresh || near) place.scrollTop = place.scrollHeight;
  else if (added && id === "messages") $("#newest").hidden = false;
  return added;
}

let fetching = false;
let again = false;
let afresh = true;

async function refresh(begin = false) {
  afresh ||= begin;
  if (fetching) {
    again = true;
    return;
  }
  fetching = true;
  try {
    do {
      again = false;
      const wanted = address("/page/view");
      const answer = await fetch(wanted);
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      const parts = await answer.json();
      // Somebody moved on while this was fetched.
      if (wanted !== address("/page/view")) again = true;
      else draw(parts);
    } while (again);
    trouble("");
  } catch {
    trouble("The playground does not answer. Trying again…");
    setTimeout(refresh, 1000);
  } finally {
    fetching = false;
  }
}

function draw(parts) {
  const begin = afresh;
  afresh = false;
  if (here.channel !== parts.channel) here.channel = parts.name;
  document.title = parts.title;
  const messages = $("#messages");
  const atEnd = isAtEnd(messages);
  put("app", parts.app);
  put("channels", parts.channels);
  put("head", parts.head);
  put("faults-now", parts.faults);
  if (document.activeElement !== $("#speaker")) put("speaker", parts.speakers);
  const pane = $("#pane");
  const opened = pane.hidden && parts.open;
  pane.hidden = !parts.open;
  putKeyed("messages", parts.messages, begin);
  // The pane and a longer topic make what is read narrower or shorter.
  if (atEnd) messages.scrollTop = messages.scrollHeight;
  if (parts.open) putKeyed("thread", parts.thread, opened || begin);
  else drawn.delete("thread");
  if (opened) $("#thread-composer").focus();
  const name = parts.name.startsWith("D0") ? "the app" : `#${parts.name}`;
  $("#composer").placeholder = `Message ${name}`;
  if (here.message) seek();
  markRead();
}

// The message of a permalink stays marked, but is scrolled to once.
let sought = "";
function seek() {
  if (sought === here.message) return;
  const found = document.querySelector(`#thread [data-ts="${here.message}"]`) || document.querySelector(`#messages [data-ts="${here.message}"]`);
  if (!found) return;
  found.scrollIntoView({ block: "center" });
  sought = here.message;
}

// Which channels have something new, for each speaker; remembered as long as the tab lives.
function markRead() {
  const key = `read ${here.speaker}`;
  const read = JSON.parse(sessionStorage.getItem(key) || "null");
  const known = read || {};
  for (const link of document.querySelectorAll("#channels [data-channel]")) {
    const { id, last } = link.dataset;
    const current = link.getAttribute("aria-current") === "page" && document.visibilityState === "visible";
    // What was there when the page was first opened counts as read; a channel that came later does not.
    if (current || (!read && !(id in known))) known[id] = last;
    const unread = last > (known[id] || "");
    link.classList.toggle("unread", unread);
    if (unread) link.setAttribute("aria-label", `${link.dataset.channel}, unread`);
    else link.removeAttribute("aria-label");
  }
  sessionStorage.setItem(key, JSON.stringify(known));
}

// --- doing

let troubleTimer = 0;
function trouble(text) {
  const box = $("#trouble");
  clearTimeout(troubleTimer);
  box.textContent = text;
  box.hidden = !text;
  if (text) troubleTimer = setTimeout(() => trouble(""), 6000);
}

const REASONS = {
  is_archived: "This channel is archived.",
  not_in_channel: "This person is not in the channel and cannot join it without an invitation.",
  name_taken: "A channel of this name exists already.",
  invalid_name_specials: "Names of channels have lower-case letters, digits, - and _ only.",
  already_in_channel: "Already in the channel.",
};

async function control(verb, fields = {}) {
  const answer = await fetch(`/control/${verb}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(fields),
  });
  const result = await answer.json().catch(() => ({ ok: false, error: `HTTP ${answer.status}` }));
  if (!result.ok) trouble(REASONS[result.error] || `Not done: ${result.error}${result.detail ? ` (${result.detail})` : ""}`);
  return result;
}

function go(changes) {
  Object.assign(here, changes);
  history.pushState({ ...here }, "", address("/"));
  if ("channel" in changes || "speaker" in changes) {
    $("#newest").hidden = true;
    refresh(true);
  } else {
    refresh();
  }
}

function moveBy(step) {
  const links = [...document.querySelectorAll("#channels [data-channel]")];
  const at = links.findIndex((link) => link.getAttribute("aria-current") === "page");
  const next = links[(at + step + links.length) % links.length];
  if (next) go({ channel: next.dataset.channel, thread: "", message: "" });
}

function openThread(ts) {
  go({ thread: ts });
  // When the pane is not shown yet, drawing it moves the focus.
  $("#thread-composer").focus();
}

function closeThread() {
  go({ thread: "" });
  $("#composer").focus();
}

async function send(form) {
  const box = $("textarea", form);
  const text = box.value.trim();
  if (!text) return;
  const edited = here.editing;
  box.value = "";
  grow(box);
  let result;
  if (edited && form.dataset.for === "channel") {
    stopEditing();
    result = await control("edit", { channel: edited.channel, ts: edited.ts, text });
  } else {
    const fields = { user: here.speaker, channel: here.channel, text };
    if (form.dataset.for === "thread") fields.thread = here.thread;
    result = await control("say", fields);
  }
  // What could not be said is not lost.
  if (!result.ok && !box.value) {
    box.value = text;
    grow(box);
  } else {
    here.message = "";
    const place = form.dataset.for === "thread" ? $("#thread") : $("#messages");
    place.scrollTop = place.scrollHeight;
  }
}

function grow(box) {
  box.rows = Math.min(8, box.value.split("\n").length);
}

function startEditing(article) {
  here.editing = { channel: here.channel, ts: article.dataset.ts };
  const box = $("#composer");
  box.value = $("template.source", article).content.textContent;
  box.closest("form").classList.add("editing");
  grow(box);
  box.focus();
}

function stopEditing() {
  here.editing = null;
  $(".composer.editing")?.classList.remove("editing");
}

let picked = null;
function pick(article) {
  picked = article.dataset.ts;
  $("#picks").replaceChildren(
    ...QUICK.map((name) => {
      const button = document.createElement("button");
      button.value = name;
      button.title = `:${name}:`;
      button.textContent = body.classList.contains("no-emoji") ? name : SHOWN[name];
      return button;
    }),
  );
  $("#pick-name").value = "";
  $("#picker").showModal();
}

$("#picker").addEventListener("close", (event) => {
  const name = event.target.returnValue || $("#pick-name").value.trim().replaceAll(":", "");
  event.target.returnValue = "";
  if (name && picked) control("react", { user: here.speaker, channel: here.channel, ts: picked, name });
  picked = null;
});
$("#pick-name").addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    event.preventDefault();
    $("#picker").close("");
  } else if (event.key === "Escape") {
    event.target.value = "";
  }
});

async function channelAct(act) {
  const fields = { user: here.speaker, channel: here.channel };
  const ask = (question, before = "") => window.prompt(question, before);
  if (act === "set_topic") {
    fields.topic = ask("Topic", $("#topic").title);
    if (fields.topic === null) return;
  } else if (act === "invite") {
    fields.invitee = ask("Whom? (handle, such as gina or breakingbot)");
    if (!fields.invitee) return;
  } else if (act === "rename") {
    fields.name = ask("New name", here.channel);
    if (!fields.name) return;
  }
  const result = await control(act, fields);
  if (result.ok && act === "rename") go({ channel: fields.name });
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.removeAttribute("open");
  const article = at(".message");
  const reaction = at(".reaction");
  const plain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.button);
  const link = at("[data-channel], [data-channel-link]");
  const permalink = at("a[href]")?.href.match(/^(https?:\/\/[^/]+)\/archives\/(\w+)\/p(\d+)(?:\?thread_ts=([\d.]+))?/);
  if (permalink && plain && permalink[1] === location.origin) {
    event.preventDefault();
    at("details.menu")?.removeAttribute("open");
    sought = "";
    go({ channel: permalink[2], thread: permalink[4] || "", message: `${permalink[3].slice(0, -6)}.${permalink[3].slice(-6)}` });
  } else if (link && plain && link.tagName === "A") {
    event.preventDefault();
    go({ channel: link.dataset.channel || link.dataset.channelLink, thread: "", message: "" });
  } else if (reaction) {
    const verb = reaction.getAttribute("aria-pressed") === "true" ? "unreact" : "react";
    control(verb, { user: here.speaker, channel: here.channel, ts: article.dataset.ts, name: reaction.dataset.name });
  } else if (at("[data-thread]")) {
    openThread(at("[data-thread]").dataset.thread);
  } else if (at("[data-action]")) {
    const button = at("[data-action]");
    button.classList.add("pressed");
    control("click", { user: here.speaker, channel: here.channel, ts: article.dataset.ts, action_id: button.dataset.action });
  } else if (at("[data-do]")) {
    const deed = at("[data-do]").dataset.do;
    if (deed === "react") pick(article);
    else if (deed === "edit") startEditing(article);
    else control("delete", { channel: here.channel, ts: article.dataset.ts });
  } else if (at("[data-channel-act]")) {
    channelAct(at("[data-channel-act]").dataset.channelAct);
  } else if (at("[data-act]")) {
    control(at("[data-act]").dataset.act);
    if (at("#clear-faults")) {
      for (const toggle of document.querySelectorAll("[data-toggle]:checked")) toggle.click();
    }
  } else if (at("#close-thread")) {
    closeThread();
  } else if (at("#newest")) {
    here.message = "";
    $("#newest").hidden = true;
    refresh(true);
  } else if (at("#new-channel")) {
    const name = window.prompt("Name of the new channel");
    if (name) control("create_channel", { name }).then((made) => made.ok && go({ channel: name, thread: "", message: "" }));
  }
});

document.addEventListener("submit", (event) => {
  if (event.target.classList.contains("composer")) {
    event.preventDefault();
    send(event.target);
  } else if (event.target.id === "fault-form") {
    event.preventDefault();
    const form = new FormData(event.target);
    const [kind, value, times] = [form.get("kind"), form.get("value").trim(), form.get("times").trim()];
    const kinds = {
      throttle: { throttle: { retry_after_s: Number(value) || 0 } },
      error: { error: value || "internal_error" },
      status: { status: Number(value) || 500 },
      reset: "reset",
      perform_then_reset: "perform_then_reset",
    };
    const fault = { method: form.get("method").trim() || "*", kind: kinds[kind] || { [kind]: Number(value) || 0 } };
    if (Number(times)) fault.times = Number(times);
    control("fault", fault);
  }
});

document.addEventListener("change", (event) => {
  if (event.target.id === "speaker") {
    go({ speaker: event.target.value, thread: "", message: "" });
    event.target.blur();
    $("#composer").focus();
  } else if (event.target.dataset.toggle) {
    control(event.target.dataset.toggle, { on: event.target.checked });
  } else if (event.target.name === "kind") {
    event.target.form.elements.value.value = event.target.selectedOptions[0].dataset.value;
  }
});

document.addEventListener("input", (event) => {
  if (event.target.tagName === "TEXTAREA") grow(event.target);
});

document.addEventListener("keydown", (event) => {
  const writing = event.target.closest("textarea, input, select");
  const vertical = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (event.isComposing) return;
  if (event.key === "Enter" && !event.shiftKey && event.target.tagName === "TEXTAREA") {
    event.preventDefault();
    send(event.target.form);
  } else if (vertical && (event.altKey || event.target.closest("#channels"))) {
    event.preventDefault();
    moveBy(vertical);
  } else if (event.key === "ArrowUp" && event.target.id === "composer" && !event.target.value) {
    const mine = [...document.querySelectorAll(`#messages [data-user="${here.speaker}"]`)].filter((m) => $("template.source", m)).pop();
    if (mine) {
      event.preventDefault();
      startEditing(mine);
    }
  } else if (event.key === "/" && !writing) {
    event.preventDefault();
    $("#composer").focus();
  } else if (event.key === "Escape" && !$("#picker").open) {
    const menu = $("details.menu[open]");
    if (menu) menu.removeAttribute("open");
    else if (here.editing) {
      stopEditing();
      $("#composer").value = "";
    } else if (here.thread) closeThread();
    else $("#composer").focus();
  }
});

$("#messages").addEventListener("scroll", (event) => {
  const place = event.target;
  if (place.scrollHeight - place.scrollTop - place.clientHeight < 40) $("#newest").hidden = true;
});

window.addEventListener("popstate", (event) => {
  if (event.state) Object.assign(here, event.state, { editing: null });
  $("#speaker").value = here.speaker;
  refresh(true);
});
document.addEventListener("visibilitychange", markRead);

// --- beginning

// An emoji that looks like an unassigned character is a box: there is no font for it.
function hasEmoji() {
  const pixels = (text) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 24;
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    pen.font = "16px system-ui, sans-serif";
    pen.fillText(text, 2, 18);
    return pen.getImageData(0, 0, 24, 24).data.join();
  };
  return pixels("\u{1F525}") !== pixels("\u{1FFFD}") && pixels("\u{1F525}") !== pixels("\u{1F44C}");
}
body.classList.toggle("no-emoji", !hasEmoji());

history.replaceState({ ...here }, "", address("/"));
$("#messages").scrollTop = $("#messages").scrollHeight;
$("#thread").scrollTop = $("#thread").scrollHeight;
if (here.message) seek();
markRead();
$(here.thread ? "#thread-composer" : "#composer").focus({ preventScroll: true });
// The browser reconnects by itself; each message says only that something changed.
new EventSource("/page/changes").addEventListener("message", () => refresh());
