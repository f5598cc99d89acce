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
  const { do: command, toggle, plug, whom, paperPicture, cardPicture } = b.dataset;
  if (command) act(command);
  if (toggle) act(toggle.split("|")[b.getAttribute("aria-pressed") === "true" ? 1 : 0]);
  if (plug) act(`${plug} ${b.getAttribute("aria-checked") === "true" ? "unplug" : "plug"}`);
  if (whom !== undefined) {
    for (const one of $("whom").children) one.setAttribute("aria-pressed", one === b);
    $("search").dispatchEvent(new Event("input"));
  }
  if (paperPicture || cardPicture) {
    $("viewer-paper").src = paperPicture || cardPicture;
    $("viewer").classList.toggle("card-side", Boolean(cardPicture));
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

const pressed = (id, on) => $(id).setAttribute("aria-pressed", Boolean(on));
const show = (id, text) => { $(id).textContent = text; };

const things = { licence: "Old licence", damaged: "Damaged", paper: "Paper", coin: "Coin" };

function drawCapture({ plugged, power, gate, moving, jammed, silent, takes, binFull, card, at, bin, counter }) {
  drawPlug("capture", plugged);
  $("gate").classList.toggle("open", gate);
  $("bin").classList.toggle("full", binFull);
  show("bin-count", bin.length);
  const thing = $("thing");
  thing.hidden = !card;
  if (card) {
    const kind = card.id.split(" ")[0];
    thing.className = `thing ${kind} ${at === "gate" ? "" : "second"}`;
    show("thing-name", things[kind] || card.id);
  }
  const offered = card && at === "gate" && !moving;
  $("take-back").disabled = $("pull-back").disabled = !offered;
  for (const b of $("things").children) b.disabled = !gate || Boolean(card);
  show("capture-caption", !power ? "It has no power" : jammed ? "Something is jammed" : moving ? "It moves" :
    !card ? (gate ? "The gate is open: put something in" : "The gate is closed") :
    at === "gate" ? "Something is between the lips of the gate" : "It is held inside");
  for (const b of document.querySelectorAll("[data-takes]")) b.setAttribute("aria-pressed", b.dataset.takes === String(takes));
  $("capture-unjam").disabled = !jammed;
  pressed("capture-silent", silent);
  pressed("capture-power", !power);
  pressed("bin-full", binFull);
  $("bin-empty").disabled = bin.length === 0;
  $("kept").replaceChildren(...bin.map(({ id }) => element("li", { textContent: id.replace(/^\w+/, (kind) => things[kind] || kind) })));
  $("kept-empty").hidden = bin.length > 0;
  $("kept").title = `Its counter says ${counter}.`;
}

const picture = ({ number, layers }, side) => `api/cards/${number}-${side}.png?${layers}`; // a new name when a panel came

function drawLicence({ plugged, powered, moving, feeder, ribbon, rejectBox, boxFull, cover, jammed, hot, drifts, inside, exit, cards }) {
  drawPlug("licence", plugged);
  show("feeder-count", feeder);
  show("blanks", feeder);
  show("ribbon", Math.max(ribbon, 0));
  show("reject", rejectBox);
  const level = (id, out, low) => { $(id).parentElement.parentElement.className = out ? "out" : low ? "low" : ""; };
  level("blanks", feeder === 0, feeder <= 10);
  level("ribbon", ribbon < 2, ribbon <= 20);
  level("reject", boxFull, false);
  const card = cards.find((c) => c.number === (inside || exit));
  $("new-card").hidden = !card;
  if (card) {
    const url = picture(card, "front");
    if ($("new-card").getAttribute("src") !== url) $("new-card").src = url;
    $("new-card").className = inside ? "thing second" : "thing third";
  }
  $("exit").classList.toggle("open", exit > 0);
  $("lamp-ribbon").className = ribbon < 2 ? "bad" : ribbon <= 20 ? "warn" : "";
  $("lamp-card-jam").className = jammed ? "bad" : "";
  $("lamp-lid").className = cover ? "warn" : "";
  $("take-licence").disabled = exit === 0 || moving;
  $("pull-licence").disabled = exit === 0 && !moving;
  $("clear").disabled = inside === 0 || moving;
  const panels = card ? card.layers.replace("/", "").length : 0;
  show("licence-caption", !powered ? "It has no power" : jammed ? "A card is jammed" : cover ? "The cover is open" :
    exit > 0 ? "A new licence is in the exit" : inside === 0 ? "No card inside" :
    card && card.whole ? "Printed, and held inside" : panels > 0 ? `Panel ${panels} is printed` : "A blank is inside");
  pressed("card-jam", jammed);
  pressed("lid", cover);
  pressed("hot", hot);
  pressed("drifts", drifts);
  pressed("licence-power", !powered);
  $("cards-empty").hidden = cards.length > 0;
  drawCards(cards);
}

const cardPlace = { inside: "inside", exit: "in the exit", taken: "taken", "reject-box": "in the reject box" };

// As with papers, what is shown already stays.
function drawCards(cards) {
  const shown = new Map([...$("cards").children].map((e) => [e.dataset.number, e]));
  $("cards").replaceChildren(...cards.toReversed().map((c) => {
    const e = shown.get(String(c.number)) || element("div", {}, element("div", { className: "sides" }), element("span"));
    if (e.dataset.layers !== c.layers) {
      e.firstChild.replaceChildren(...["front", c.back && "back"].filter(Boolean).map((side) => {
        const b = element("button", {}, element("img", { src: picture(c, side), alt: `Card ${c.number}, ${side}` }));
        b.dataset.cardPicture = picture(c, side);
        return b;
      }));
    }
    e.dataset.number = c.number;
    e.dataset.layers = c.layers;
    e.classList.toggle("bad", c.place === "reject-box" || (c.place === "taken" && !c.whole));
    e.lastChild.textContent = `Card ${c.number}, ${c.whole ? "" : "unfinished, "}${cardPlace[c.place] || c.place}`;
    return e;
  }));
}

function draw(state) {
  drawCapture(state.capture);
  drawLicence(state.licence);
  drawReader(state.reader);
  drawTerminal(state.terminal);
  drawPrinter(state.printer);
}

function drawPeople(people, filter) {
  const wanted = filter.trim().toLowerCase();
  const whom = $("whom").querySelector("[aria-pressed=true]").dataset.whom;
  const taken = $("remove").disabled === false;
  $("people").replaceChildren(...people
    .filter((p) => [p.nameEn.toLowerCase(), p.nameAr, p.civil, ...p.licences || []].some((s) => s.includes(wanted)))
    .filter((p) => !whom || (whom === "fines" ? p.payable + p.other > 0 : p.licences))
    .map((p) => {
      const fines = [p.payable && `${p.payable} to pay`, p.other && `${p.other} need a visit`].filter(Boolean).join(", ");
      const b = element("button", { disabled: taken },
        element("span", { textContent: p.nameEn }),
        element("span", { className: "sum digits", textContent: p.payable ? money(p.total) : "" }),
        element("span", { className: "digits", textContent: p.civil }),
        element("span", { className: "fines", textContent: fines || "no fines" }));
      if (p.licences) b.append(element("span", { className: "licences", textContent: `Licence: ${p.licences.join(" · ")}` }));
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
