// Small charts as drawings with a table's worth of words for those who cannot see them.

import { h } from "../shared/dom.js";

const ns = "http://www.w3.org/2000/svg";

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(ns, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const height = 130;
const floor = 108;

// Drawn about as large as it is shown, so that its letters have their size on a phone too.
let width = 560;
const measure = () => (width = innerWidth < 832 ? 320 : 560);

/**
 * Bars over time, one series or two upon each other.
 * @param {{title: string, buckets: {at: number, values: number[]}[], format: (value: number) => string, names: string[]}} chart
 */
export function bars({ title, buckets, format, names }) {
  measure();
  const top = Math.max(1e-9, ...buckets.map(({ values }) => Math.max(...values)));
  const step = width / Math.max(1, buckets.length);
  const shapes = buckets.flatMap(({ at, values }, index) => values.map((value, series) => {
    const size = (value / top) * (floor - 16);
    const bar = svg("rect", { x: index * step + 1, y: floor - size, width: Math.max(1, step - 2), height: size, rx: Math.min(2, step / 4), class: `series-${series}` });
    bar.append(svg("title", {}, `${new Date(at).toLocaleTimeString()}: ${names[series]} ${format(value)}`));
    return bar;
  }));
  return chart(title, "bar", describe(buckets, names, format), [...shapes, ...axis(top, buckets, format)]);
}

/** Lines over time; a bucket without a value leaves a gap. */
export function lines({ title, buckets, format, names }) {
  measure();
  const known = buckets.flatMap(({ values }) => values.filter((value) => value !== null));
  const top = Math.max(1e-9, ...known);
  const x = (index) => (buckets.length < 2 ? width / 2 : (index / (buckets.length - 1)) * (width - 8) + 4);
  const y = (value) => floor - (value / top) * (floor - 16);
  const shapes = names.flatMap((name, series) => {
    let path = "";
    let isDrawing = false;
    const dots = [];
    buckets.forEach(({ values, at }, index) => {
      const value = values[series];
      if (value === null) return void (isDrawing = false);
      path += `${isDrawing ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
      isDrawing = true;
      dots.push(svg("circle", { cx: x(index), cy: y(value), r: 2.2, class: `dot-${series}` }, svg("title", {}, `${new Date(at).toLocaleTimeString()}: ${name} ${format(value)}`)));
    });
    return [svg("path", { d: path, class: `line-${series}` }), ...dots];
  });
  return chart(title, "line", describe(buckets, names, format), [...shapes, ...axis(top, buckets, format)]);
}

function axis(top, buckets, format) {
  const time = (index) => (buckets[index] ? new Date(buckets[index].at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false }) : "");
  return [
    svg("path", { d: `M0 ${floor}H${width}`, class: "axis" }),
    svg("text", { x: 0, y: 11 }, format(top)),
    svg("text", { x: 0, y: height - 4 }, time(0)),
    svg("text", { x: width, y: height - 4, "text-anchor": "end" }, time(buckets.length - 1)),
  ];
}

/** What each series says, in words. */
const describe = (buckets, names, format) =>
  names.map((name, series) => {
    const values = buckets.map(({ values }) => values[series]).filter((value) => value !== null);
    return values.length === 0 ? `${name}: nothing yet` : `${name}: newest ${format(values.at(-1))}, highest ${format(Math.max(...values))}`;
  });

function chart(title, kind, words, shapes) {
  const legend = words.map((text, series) => h("li", {}, h("span", { class: `key ${kind}-key-${series}`, "aria-hidden": "true" }), text));
  return h("figure", { class: "chart" },
    h("figcaption", {}, title),
    svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${title}. ${words.join("; ")}` }, ...shapes),
    h("ul", { class: "legend" }, legend));
}
