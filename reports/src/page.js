"use strict";
// Everything on the page can be read without this. It adds what needs a reader's hand: sorting, searching, copying, looking closer.
// Text from a run is only ever set as text. The policy in the head admits this script alone, and no network.
document.addEventListener("DOMContentLoaded", () => {
  const all = (query, root) => Array.from((root || document).querySelectorAll(query));
  const make = (name, text, title) => {
    const element = document.createElement(name);
    element.textContent = text;
    if (name === "button") element.type = "button";
    if (title) element.setAttribute("aria-label", title);
    return element;
  };

  // A number at the beginning of a cell counts with its unit's size; anything else is text.
  const sizes = { ns: 1e-9, "\u00b5s": 1e-6, ms: 1e-3, s: 1, KiB: 1024, MiB: 1048576, GiB: 1073741824, million: 1e6, billion: 1e9, M: 1e6 };
  const value = (text) => {
    const found = /^([+\u2212-]?)([\d,]*\.?\d+)(?:[\s\u00a0]*([^\s\u00a0\d,.]+))?/.exec(text);
    if (!found || /^\d+[-:]\d/.test(text)) return NaN;
    const size = found[3] ? sizes[found[3].replace("/s", "")] || 1 : 1;
    return (found[1] && found[1] !== "+" ? -1 : 1) * Number(found[2].replace(/,/g, "")) * size;
  };
  const order = (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (!isNaN(x) && !isNaN(y)) return x - y;
    if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
    return a < b ? -1 : a > b ? 1 : 0;
  };

  const sortable = (table) => {
    const heads = all("thead th, thead td", table);
    const body = table.tBodies[0];
    heads.forEach((head, column) => {
      if (head.tagName !== "TH" || !head.textContent.trim()) return;
      const button = make("button", "");
      button.append(...head.childNodes);
      button.className = "sort";
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const cell = (row) => (row.cells[column] ? row.cells[column].textContent.trim() : "");
        const rows = Array.from(body.rows).map((row, at) => [row, cell(row), at]);
        rows.sort((a, b) => (down ? order(b[1], a[1]) : order(a[1], b[1])) || a[2] - b[2]);
        body.append(...rows.map((row) => row[0]));
      });
    });
  };

  const searchable = (table) => {
    const rows = Array.from(table.tBodies[0].rows);
    if (rows.length < 8) return;
    const box = document.createElement("p");
    const label = make("label", "Search ");
    const field = document.createElement("input");
    const shown = make("span", "");
    box.className = "search";
    field.type = "search";
    shown.setAttribute("role", "status");
    label.append(field);
    box.append(label, " ", shown);
    (table.closest(".scroll") || table).before(box);
    field.addEventListener("input", () => {
      const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
      let left = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        left += row.hidden ? 0 : 1;
      }
      shown.textContent = words.length ? left + " of " + rows.length + " rows" : "";
    });
  };

  all("table.plain").filter((table) => table.tHead && table.tBodies.length === 1).forEach((table) => {
    sortable(table);
    searchable(table);
  });

  all("pre.command").forEach((block) => {
    const button = make("button", "Copy");
    button.className = "copy";
    block.before(button);
    const said = (text) => {
      button.textContent = text;
      setTimeout(() => (button.textContent = "Copy"), 2000);
    };
    const select = () => {
      getSelection().selectAllChildren(block);
      said("Selected: press Ctrl+C");
    };
    button.addEventListener("click", () => {
      if (!navigator.clipboard) return select();
      navigator.clipboard.writeText(block.textContent).then(() => said("Copied"), select);
    });
  });

  // What is told of the point that is nearest to the pointer: the page has the words, with as many digits as a picture shows.
  const tip = make("div", "");
  tip.className = "tip";
  tip.hidden = true;
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  const point = (svg, event) => {
    const at = svg.createSVGPoint();
    [at.x, at.y] = [event.clientX, event.clientY];
    return at.matrixTransform(svg.getScreenCTM().inverse());
  };
  all("svg[data-plot]").forEach((svg) => {
    const [left, right, low, high] = svg.dataset.plot.split(" ").map(Number);
    // A narrow picture is told of by the wide one before it.
    const [head, ...tips] = (svg.dataset.tips || svg.previousElementSibling.dataset.tips).split("\n");
    const [near, ...names] = head.split("\t");
    const points = tips.map((tip) => {
      const [x, y, ...values] = tip.split("\t");
      const text = values.map((text, at) => (names[at] ? names[at] + ": " : "") + text).join("\n");
      return { x: left + (x / 1000) * (right - left), y: low + (y / 1000) * (high - low), text };
    });
    const away = (a, at) => (near === "across" ? Math.abs(a.x - at.x) : Math.hypot(a.x - at.x, a.y - at.y));
    svg.addEventListener("pointermove", (event) => {
      const at = point(svg, event);
      tip.hidden = !points.length;
      if (tip.hidden) return;
      tip.textContent = points.reduce((best, other) => (away(other, at) < away(best, at) ? other : best)).text;
      tip.style.left = Math.max(4, Math.min(event.pageX + 14, document.documentElement.clientWidth - tip.offsetWidth - 4)) + "px";
      tip.style.top = event.pageY + 14 + "px";
    });
    svg.addEventListener("pointerleave", () => (tip.hidden = true));
  });

  // Zoom by buttons, by keys, and by dragging what has been enlarged.
  all("figure").filter((figure) => figure.querySelector("svg.wide")).forEach((figure) => {
    const pictures = all("svg", figure).map((svg) => ({ svg, whole: svg.getAttribute("viewBox").split(" ").map(Number) }));
    let [zoom, x, y] = [1, 0.5, 0.5];
    const draw = () => {
      const half = 0.5 / zoom;
      x = Math.min(Math.max(x, half), 1 - half);
      y = Math.min(Math.max(y, half), 1 - half);
      for (const { svg, whole } of pictures) {
        const [, , width, height] = whole;
        svg.setAttribute("viewBox", [(x - half) * width, (y - half) * height, width / zoom, height / zoom].join(" "));
      }
      figure.classList.toggle("zoomed", zoom > 1);
    };
    const buttons = document.createElement("div");
    buttons.className = "zoom";
    const zoomTo = (wanted) => {
      zoom = Math.min(Math.max(wanted, 1), 16);
      draw();
    };
    const step = (text, title, change) => {
      const button = make("button", text, title);
      button.addEventListener("click", () => zoomTo(change()));
      buttons.append(button);
    };
    step("+", "Enlarge the picture", () => zoom * 2);
    step("\u2212", "Make the picture smaller", () => zoom / 2);
    step("Whole", "Show the whole picture", () => 1);
    (figure.querySelector("figcaption") || figure).before(buttons);
    const move = (right, down) => {
      x += right / 8 / zoom;
      y += down / 8 / zoom;
      draw();
    };
    // Keys go to the figure, which is reached with Tab; what isn't enlarged leaves the arrows to the page.
    const keys = {
      "+": () => zoomTo(zoom * 2),
      "=": () => zoomTo(zoom * 2),
      "-": () => zoomTo(zoom / 2),
      Escape: () => zoomTo(1),
    };
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    figure.tabIndex = 0;
    figure.setAttribute("aria-keyshortcuts", "+ - Escape ArrowLeft ArrowRight ArrowUp ArrowDown");
    figure.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const act = keys[event.key] || (zoom > 1 && arrows[event.key] && (() => move(...arrows[event.key])));
      if (!act) return;
      event.preventDefault();
      act();
    });
    for (const { svg } of pictures) {
      svg.addEventListener("pointermove", (event) => {
        if (zoom === 1 || !(event.buttons & 1)) return;
        const box = svg.getBoundingClientRect();
        x -= event.movementX / box.width / zoom;
        y -= event.movementY / box.height / zoom;
        draw();
      });
    }
  });

  addEventListener("beforeprint", () => all("details").forEach((part) => (part.open = true)));
});
