// Upload pages: which column holds the numbers, and how far the upload and the import are.
"use strict";

setUp(document.getElementById("upload"));

const progress = document.getElementById("progress");
if (progress?.dataset.url) {
  follow(progress);
}

function setUp(form) {
  if (form) {
    const file = form.querySelector("input[type=file]");
    if (form.querySelector("[name=phone_column]")) {
      file.addEventListener("change", () => offerColumns(form, file.files[0]));
    }
    form.addEventListener("submit", (event) => showSending(form, event));
  }
}

/** Read the header, and ask for the phone column if none is called "phone". */
async function offerColumns(form, chosen) {
  const hint = document.getElementById("hint");
  hint.hidden = true;
  if (!chosen) {
    return;
  }
  const start = await chosen.slice(0, 65536).text();
  const header = columnNames(start.replace(/^\ufeff/, "").split(/\r\n|\r|\n/, 1)[0]);
  const list = document.getElementById("columns");
  list.replaceChildren(
    ...header.map((name) => {
      const option = document.createElement("option");
      option.value = name;
      return option;
    }),
  );
  const column = form.querySelector("[name=phone_column]");
  const named = header.some((name) => name.toLowerCase() === "phone");
  if (!named && header.length && !column.value) {
    const guess = header.find((name) => /phone|tel|mobile|cell|number/i.test(name));
    column.value = guess ?? "";
    hint.textContent =
      `No column is called “phone”. ` +
      (guess ? `“${guess}” looks like it: check the field above.` : "Name it in the field above.") +
      ` The columns are: ${header.join(", ")}.`;
    hint.hidden = false;
  }
}

function columnNames(line) {
  const names = line.match(/("([^"]|"")*"|[^,]*)(,|$)/g) ?? [];
  return names
    .map((name) => name.replace(/,$/, "").trim().replace(/^"|"$/g, "").replace(/""/g, '"').trim())
    .filter((name) => name);
}

/** Send the form by a request that tells how far it is; without it the browser sends it. */
function showSending(form, event) {
  if (event.defaultPrevented || !form.querySelector("input[type=file]").files.length) {
    return;
  }
  event.preventDefault();
  const sending = document.getElementById("sending");
  const bar = sending.querySelector("progress");
  sending.hidden = false;
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (sent) => {
    bar.value = sent.total ? sent.loaded / sent.total : 0;
  });
  request.addEventListener("load", () => {
    if (request.responseURL && request.responseURL !== location.href && request.status === 200) {
      location.assign(request.responseURL);
      return;
    }
    const answer = new DOMParser().parseFromString(request.responseText, "text/html");
    document.getElementById("main").replaceWith(answer.getElementById("main"));
    document.querySelector("[data-focus]")?.focus();
    setUp(document.getElementById("upload"));
  });
  request.addEventListener("error", () => {
    sending.hidden = true;
    delete form.dataset.sent;
    form.querySelector("button").removeAttribute("aria-busy");
    const hint = document.getElementById("hint");
    hint.textContent = "The upload broke off. Is the file larger than 512 MB, or the network gone?";
    hint.hidden = false;
  });
  request.open("POST", form.action || location.href);
  request.setRequestHeader("Accept", "text/html");
  request.send(new FormData(form));
}

function follow(box) {
  const timer = setInterval(async () => {
    try {
      const response = await fetch(box.dataset.url, { headers: { Accept: "application/json" } });
      const answer = await response.json();
      if (answer.done || !response.ok) {
        clearInterval(timer);
        location.reload();
        return;
      }
      box.innerHTML = answer.figures;
    } catch {
      // The service restarts, or the network is gone: the next try may succeed.
    }
  }, 1000);
}
