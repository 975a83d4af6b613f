// Renders the description with text nodes only, so nothing in it can become markup.
'use strict';

const element = (name, text, ...children) => {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  made.append(...children);
  return made;
};

const row = (...cells) => element('tr', '', ...cells.map((cell) => (cell instanceof Node ? element('td', '', cell) : element('td', cell))));

const code = (value) => element('pre', '', element('code', JSON.stringify(value, null, 2)));

const nameOf = (schema) => schema?.$ref?.split('/').pop();

const content = (body) => Object.entries(body?.content ?? {}).map(([type, { schema }]) => {
  const name = nameOf(schema);
  const part = element('p', `${type} `);
  if (name) {
    const link = element('a', name);
    link.href = `#schema-${name}`;
    part.append(link);
    return part;
  }
  return element('div', '', part, code(schema));
});

const operation = (path, method, about) => {
  const head = element('summary', '', Object.assign(element('code', method.toUpperCase()), { className: 'method' }), element('code', path), ` ${about.summary}`);
  const box = element('details', '', head);
  if (about.description) box.append(element('p', about.description));
  if (about.security?.length === 0) box.append(element('p', 'Needs no credential.'));
  if (about.parameters) {
    box.append(element('h4', 'Parameters'), element('table', '', ...about.parameters.map((parameter) =>
      row(element('code', parameter.name), parameter.in + (parameter.required ? ', required' : ''), parameter.description))));
  }
  if (about.requestBody) box.append(element('h4', 'Body'), ...content(about.requestBody));
  box.append(element('h4', 'Answers'), element('table', '', ...Object.entries(about.responses).map(([status, answer]) =>
    row(element('code', status), answer.description, element('div', '', ...content(answer))))));
  return box;
};

const show = (description, words) => {
  const shown = [];
  for (const tag of description.tags) {
    const own = Object.entries(description.paths).flatMap(([path, methods]) => Object.entries(methods)
      .filter(([method, about]) => about.tags[0] === tag.name && words.every((word) => `${method} ${path} ${about.summary}`.toLowerCase().includes(word)))
      .map(([method, about]) => operation(path, method, about)));
    if (own.length > 0) shown.push(element('h2', tag.name), element('p', tag.description), ...own);
  }
  document.getElementById('operations').replaceChildren(...(shown.length > 0 ? shown : [element('p', 'No endpoint matches.')]));
};

(async () => {
  const description = await (await fetch('/openapi/v1.json')).json();
  document.getElementById('about').textContent = description.info.description;
  const filter = document.getElementById('filter');
  const refresh = () => show(description, filter.value.toLowerCase().split(/\s+/).filter(Boolean));
  filter.addEventListener('input', refresh);
  refresh();
  document.getElementById('schemas').replaceChildren(...Object.entries(description.components.schemas).map(([name, schema]) =>
    Object.assign(element('details', '', element('summary', '', element('code', name)), code(schema)), { id: `schema-${name}` })));
})();
