// Renders the description with text nodes only, so nothing in it can become markup.
'use strict';

const element = (name, text, ...children) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
};

const classed = (made, name) => Object.assign(made, { className: name });

const table = (titles, rows) => classed(element('div', '', element('table', '',
  element('thead', '', element('tr', '', ...titles.map((title) => Object.assign(element('th', title), { scope: 'col' })))),
  element('tbody', '', ...rows.map((cells) => element('tr', '', ...cells.map((cell) => (cell instanceof Node ? element('td', '', cell) : element('td', cell)))))))), 'scroll');

const nameOf = (schema) => schema?.$ref?.split('/').pop();

const link = (name) => Object.assign(element('a', name), { href: `#schema-${name}` });

/** A type in a few words, with links to named ones. */
const typeOf = (schema) => {
  if (nameOf(schema)) return link(nameOf(schema));
  if (schema.type === 'array' && schema.items) return element('span', 'array of ', typeOf(schema.items));
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return element('span', '', ...choices.flatMap((choice, index) => (index === 0 ? [typeOf(choice)] : [' or ', typeOf(choice)])));
  if (schema.enum) return element('span', schema.enum.map((value) => JSON.stringify(value)).join(' or '));
  if (schema.const !== undefined) return element('span', JSON.stringify(schema.const));
  return element('span', [schema.type ?? 'anything'].flat().join(' or ') + (schema.format ? ` (${schema.format})` : ''));
};

const fields = (schema) => table(['Field', 'Type', ''], Object.entries(schema.properties).map(([name, of]) =>
  [element('code', schema.required?.includes(name) ? name : `${name}?`), typeOf(of), of.description ?? '']));

/** A schema as a table of its fields; what is more than that as it is written. */
const schemaOf = (schema) => (schema.properties ? fields(schema) : schema.type === 'object' || !schema.type || schema.type === 'array' ? codeOf(schema) : element('p', '', typeOf(schema)));

const codeOf = (value) => Object.assign(element('pre', '', element('code', JSON.stringify(value, null, 2))), { tabIndex: 0 });

const content = (body) => Object.entries(body?.content ?? {}).map(([type, { schema }]) => {
  const part = element('p', `${type} `);
  if (nameOf(schema)) {
    part.append(link(nameOf(schema)));
    return part;
  }
  return element('div', '', part, schemaOf(schema));
});

const operation = (path, method, about) => {
  const head = element('summary', '', classed(element('code', method.toUpperCase()), 'method'), element('code', path), ' ', classed(element('span', about.summary), 'about'));
  const box = element('details', '', head);
  // Filled when it is opened: the page lists every endpoint, and few are read.
  box.addEventListener('toggle', () => {
    if (box.open && box.children.length === 1) fill(box, about);
  });
  return box;
};

const fill = (box, about) => {
  if (about.description) box.append(element('p', about.description));
  if (about.security?.length === 0) box.append(element('p', 'Needs no credential.'));
  if (about.parameters) {
    box.append(element('h3', 'Parameters'), table(['Name', 'In', ''], about.parameters.map((parameter) =>
      [element('code', parameter.name), parameter.in + (parameter.required ? ', required' : ''), parameter.description ?? ''])));
  }
  if (about.requestBody) box.append(element('h3', 'Body'), ...content(about.requestBody));
  box.append(element('h3', 'Answers'), table(['Status', '', ''], Object.entries(about.responses).map(([status, answer]) =>
    [element('code', status), answer.description, element('div', '', ...content(answer))])));
};

const show = (description, words) => {
  const shown = [];
  let count = 0;
  for (const tag of description.tags) {
    const own = Object.entries(description.paths).flatMap(([path, methods]) => Object.entries(methods)
      .filter(([method, about]) => about.tags[0] === tag.name && words.every((word) => `${method} ${path} ${about.summary}`.toLowerCase().includes(word)))
      .map(([method, about]) => operation(path, method, about)));
    count += own.length;
    if (own.length > 0) shown.push(element('h2', tag.name), element('p', tag.description), ...own);
  }
  document.getElementById('count').textContent = count === 1 ? '1 endpoint' : `${count} endpoints`;
  document.getElementById('operations').replaceChildren(...shown);
};

/** Opens the schema that the address names, also when it is the one already. */
const openNamed = () => {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named) named.open = true;
  named?.scrollIntoView();
};

(async () => {
  const description = await (await fetch('/openapi/v1.json')).json();
  document.getElementById('about').textContent = description.info.description;
  const filter = document.getElementById('filter');
  const refresh = () => show(description, filter.value.toLowerCase().split(/\s+/).filter(Boolean));
  filter.addEventListener('input', refresh);
  refresh();
  document.getElementById('schemas').replaceChildren(...Object.entries(description.components.schemas).map(([name, schema]) =>
    Object.assign(element('details', '', element('summary', '', element('code', name)), ...(schema.description ? [element('p', schema.description)] : []), schemaOf(schema)), { id: `schema-${name}` })));
  addEventListener('hashchange', openNamed);
  document.addEventListener('click', ({ target }) => target.closest?.('a[href^="#schema-"]') && setTimeout(openNamed));
  openNamed();
})();
