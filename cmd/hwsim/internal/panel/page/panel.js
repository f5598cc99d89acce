"use strict";

// The page holds no state of its own: it draws what /api/events says and sends the
// words of the button that was pressed to /api/do.

const $ = (id) => document.getElementById(id);
const money = (fils) => "KD " + (fils / 1000).toFixed(3).replace(/\B(?=(\d{3})+(?!\d)\.)/g, ",");

function element(tag, properties = {}, ...children) {
  const e = Object.assign(document.createElement(tag), properties);
  e.append(...children);
  return e;
}

let toastTimer;
function toast(text) {
  $("toast").textContent = text;
  $("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { $("toast").hidden = true; }, 4000);
}

async function act(command) {
  try {
    const answer = await fetch("api/do", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ do: command }),
    });
    if (!answer.ok) toast((await answer.json()).error);
  } catch {
    toast("The cabinet does not answer.");
  }
}

document.addEventListener("click", (event) => {
  const b = event.target.closest("button");
  if (!b) return;
  const { do: command, toggle, plug, paperPicture } = b.dataset;
  if (command) act(command);
  if (toggle) act(toggle.split("|")[b.getAttribute("aria-pressed") === "true" ? 1 : 0]);
  if (plug) act(`${plug} ${b.getAttribute("aria-checked") === "true" ? "unplug" : "plug"}`);
  if (paperPicture) {
    $("viewer-paper").src = paperPicture;
    $("viewer").showModal();
  }
});

function drawPlug(device, plugged) {
  $(device).classList.toggle("off", !plugged);
  const b = $(device).querySelector(".plug");
  b.setAttribute("aria-checked", plugged);
  b.textContent = plugged ? "Plugged in" : "Unplugged";
}

function drawReader({ plugged, card }) {
  drawPlug("reader", plugged);
  $("card").hidden = !card;
  $("remove").disabled = !card;
  for (const b of document.querySelectorAll("#people button, #odd button")) b.disabled = Boolean(card);
  $("slot-caption").textContent = card ? "A card is in the slot" : "The slot is empty";
  if (!card) return;
  $("card").classList.toggle("blank", !card.civil);
  $("card-title").textContent = card.title;
  $("card-name").textContent = card.name || "";
  $("card-civil").textContent = card.civil || "";
}

const chip = ({ label, do: command, on }) => {
  const b = element("button", { textContent: label });
  b.dataset.do = command;
  if (on !== undefined) b.setAttribute("aria-pressed", on);
  return b;
};

function drawTerminal({ plugged, display, waits, customer, next, faults, book }) {
  drawPlug("terminal", plugged);
  $("terminal").classList.toggle("waits", plugged && waits !== "");
  $("display").textContent = plugged ? display : "";
  $("customer").replaceChildren(...customer.map((c, i) => {
    const b = chip(c);
    b.disabled = !plugged || waits === "";
    b.className = i === 0 ? "primary" : "";
    return b;
  }));
  $("next").replaceChildren(...next.map(chip));
  $("wire").replaceChildren(...faults.map(chip));
  $("book").replaceChildren(...book.map(({ trace, amount, state }) => element("tr", { className: state === "booked" ? "" : "undone" },
    element("td", { textContent: trace }), element("td", { textContent: money(amount) }), element("td", { textContent: state }))));
  $("book-empty").hidden = book.length > 0;
  $("book").parentElement.hidden = book.length === 0;
}

const custody = {
  presented: "in the output", taken: "taken", retracted: "taken back by the printer",
  inside: "inside", rejected: "dropped", unknown: "",
};

function drawPrinter({ plugged, paper, jammed, cover, silent, presented, papers }) {
  drawPlug("printer", plugged);
  for (const b of document.querySelectorAll("[data-paper]")) b.setAttribute("aria-pressed", b.dataset.paper === paper);
  $("jam").setAttribute("aria-pressed", jammed);
  $("cover").setAttribute("aria-pressed", cover);
  $("silent").setAttribute("aria-pressed", silent);
  $("lamp-paper").className = { low: "warn", out: "bad" }[paper] || "";
  $("lamp-jam").className = jammed ? "bad" : "";
  $("lamp-cover").className = cover ? "warn" : "";
  const last = papers.at(-1);
  $("take").disabled = !presented;
  $("out").hidden = !presented || !last;
  if (presented && last) $("out-paper").src = `api/papers/${last.number}.png`;
  $("out-caption").textContent = jammed ? "The paper is jammed" : cover ? "The cover is open" : "No paper in the output";
  $("papers-empty").hidden = papers.length > 0;
  drawPapers(papers);
}

// Pictures that are shown already stay, so that nothing flickers.
function drawPapers(papers) {
  const shown = new Map([...$("papers").children].map((b) => [b.dataset.number, b]));
  $("papers").replaceChildren(...papers.toReversed().map((p) => {
    let b = shown.get(String(p.number));
    if (!b) {
      const url = `api/papers/${p.number}.png`;
      b = element("button", {}, element("img", { src: url, alt: `Paper ${p.number}` }), element("span"));
      b.dataset.number = p.number;
      b.dataset.paperPicture = url;
    }
    b.classList.toggle("broken", !p.complete);
    b.lastChild.textContent = p.complete ? custody[p.custody] ?? p.custody : "incomplete";
    return b;
  }));
}

function draw(state) {
  drawReader(state.reader);
  drawTerminal(state.terminal);
  drawPrinter(state.printer);
}

function drawPeople(people, filter) {
  const wanted = filter.trim().toLowerCase();
  const taken = $("remove").disabled === false;
  $("people").replaceChildren(...people
    .filter((p) => [p.nameEn.toLowerCase(), p.nameAr, p.civil].some((s) => s.includes(wanted)))
    .map((p) => {
      const fines = [p.payable && `${p.payable} to pay`, p.other && `${p.other} need a visit`].filter(Boolean).join(", ");
      const b = element("button", { disabled: taken },
        element("span", { textContent: p.nameEn }),
        element("span", { className: "sum digits", textContent: p.payable ? money(p.total) : "" }),
        element("span", { className: "digits", textContent: p.civil }),
        element("span", { className: "fines", textContent: fines || "no fines" }));
      b.dataset.do = `reader insert civil-id ${p.civil}`;
      b.title = `${p.nameAr} · plate ${p.plate}${p.fine ? ` · violation ${p.fine}` : ""}`;
      return element("li", {}, b);
    }));
}

async function start() {
  const { people, cards } = await (await fetch("api/choices")).json();
  $("holder").textContent = people[0].nameEn;
  $("odd").replaceChildren(...cards.filter((c) => c.kind !== "civil-id").map((c) => chip({ label: c.title.replace(/^Civil ID,? /, ""), do: `reader insert ${c.kind}` })));
  $("search").addEventListener("input", () => drawPeople(people, $("search").value));
  drawPeople(people, "");

  const events = new EventSource("api/events");
  events.onmessage = (event) => draw(JSON.parse(event.data));
  events.onopen = () => { $("live").textContent = "live"; $("live").classList.add("on"); };
  events.onerror = () => { $("live").textContent = "the cabinet is gone"; $("live").classList.remove("on"); };
}

start();
