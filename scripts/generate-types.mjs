// Writes src/apps/<app>/schemas.generated.ts from schemas/<app>/*.avsc: the TypeScript type, a function that fills in
// the defaults, and the schema of each record. A schema may name a type of another file of the same app; it is written
// in full there, since a registry gets one text for each schema.
//
//   npm run generate              writes what has changed
//   npm run generate -- --check   writes nothing; exit code 1 when a file is not what its schemas say
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const NUMBERS = new Set(['int', 'long', 'float', 'double']);
const PRIMITIVES = new Set([...NUMBERS, 'null', 'boolean', 'string', 'bytes']);
const UNITS = {
  'timestamp-millis': 'In ms since the epoch.',
  'timestamp-micros': 'In µs since the epoch.',
  'local-timestamp-millis': 'Local time, in ms.',
  'local-timestamp-micros': 'Local time, in µs.',
  'time-millis': 'In ms since midnight.',
  'time-micros': 'In µs since midnight.',
  date: 'In days since the epoch.',
};

const check = process.argv.includes('--check');
let stale = 0;
for (const entry of readdirSync(join(ROOT, 'schemas'), { withFileTypes: true })) {
  if (!entry.isDirectory()) continue;
  const path = join('src', 'apps', entry.name, 'schemas.generated.ts');
  const file = join(ROOT, path);
  const text = generate(entry.name, join(ROOT, 'schemas', entry.name));
  if (existsSync(file) && readFileSync(file, 'utf8') === text) continue;
  stale++;
  if (check) {
    console.error(`${path} is not what schemas/${entry.name} says: run \`npm run generate\``);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    console.log(`wrote ${path}`);
  }
}
process.exitCode = check && stale > 0 ? 1 : 0;

/** The text of one app's generated file. */
function generate(app, folder) {
  const named = new Map();
  const files = readdirSync(folder)
    .filter((name) => name.endsWith('.avsc'))
    .sort();
  const schemas = files.map((name) => {
    const schema = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    if (`${schema.name}.avsc` !== name)
      throw new Error(`${app}/${name} defines ${schema.name}: name the file after it`);
    collect(schema, schema.namespace, named);
    return schema;
  });
  const parts = [
    `// Written by scripts/generate-types.mjs from schemas/${app}. Change the .avsc files and run \`npm run generate\`.`,
    `import type { AvroSchema } from '../../serdes/avro-schema.ts';`,
    `/** \`T\`, where the fields \`K\` may be left out. */\ntype WithDefaults<T, K extends keyof T> = Omit<T, K> & { readonly [F in K]?: T[F] | undefined };`,
  ];
  for (const schema of [...named.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    parts.push(schema.type === 'enum' ? enumType(schema) : schema.type === 'record' ? recordType(schema, named) : '');
  }
  for (const schema of schemas.filter(({ type }) => type === 'record')) {
    const full = inline(schema, schema.namespace, named, new Set());
    const constant = `${lowerFirst(schema.name)}Schema`;
    parts.push(
      `/** The Avro schema of {@link ${schema.name}}. */\nexport const ${constant}: AvroSchema<${schema.name}> = ${print(full, '')};`,
    );
  }
  return `${parts.filter(Boolean).join('\n\n')}\n`;
}

/** Finds each named type, by full name. */
function collect(schema, namespace, named) {
  if (typeof schema === 'string') return;
  if (Array.isArray(schema)) {
    for (const branch of schema) collect(branch, namespace, named);
    return;
  }
  const own = schema.namespace ?? namespace;
  if (schema.name) {
    const name = fullName(schema.name, own);
    if (named.has(name)) throw new Error(`${name} is defined twice: name it where it is used again`);
    named.set(name, { ...schema, namespace: own });
  }
  for (const field of schema.fields ?? []) collect(field.type, own, named);
  if (schema.items) collect(schema.items, own, named);
  if (schema.values) collect(schema.values, own, named);
}

/** The schema with each named type written out where it is first met, and named after that. */
function inline(schema, namespace, named, defined) {
  if (typeof schema === 'string') {
    const definition = PRIMITIVES.has(schema) ? undefined : named.get(fullName(schema, namespace));
    if (PRIMITIVES.has(schema)) return schema;
    if (!definition) throw new Error(`no schema of this app defines ${schema}`);
    return inline(definition, definition.namespace, named, defined);
  }
  if (Array.isArray(schema)) return schema.map((branch) => inline(branch, namespace, named, defined));
  const own = schema.namespace ?? namespace;
  if (schema.name) {
    const name = fullName(schema.name, own);
    if (defined.has(name)) return name;
    defined.add(name);
  }
  const copy = { ...schema };
  if (schema.fields) {
    copy.fields = schema.fields.map((field) => ({ ...field, type: inline(field.type, own, named, defined) }));
  }
  if (schema.items) copy.items = inline(schema.items, own, named, defined);
  if (schema.values) copy.values = inline(schema.values, own, named, defined);
  return copy;
}

function enumType({ name, doc, symbols }) {
  return `${comment(doc, '')}export type ${name} = ${symbols.map(quote).join(' | ')};`;
}

function recordType(schema, named) {
  const { name, namespace, doc, fields } = schema;
  const members = fields.map((field) => {
    const type = tsType(field.type, namespace, named);
    const unit = UNITS[logicalType(field.type)];
    return `${comment([field.doc, unit].filter(Boolean).join(' '), '  ')}  readonly ${field.name}: ${type};`;
  });
  const optional = fields.filter((field) => field.default !== undefined).map((field) => quote(field.name));
  const fieldsType = optional.length === 0 ? name : `WithDefaults<${name}, ${optional.join(' | ')}>`;
  const values = fields.map((field) => `    ${field.name}: ${fieldValue(field)},`);
  // Not an interface: those do not fit Record<string, unknown>, which is what a table takes as a row.
  return [
    `${comment(doc, '')}export type ${name} = {\n${members.join('\n')}\n};`,
    `/** What a new {@link ${name}} needs; fields with a default may be left out. */\nexport type ${name}Fields = ${fieldsType};`,
    `/** A {@link ${name}} with its defaults filled in. */\nexport function new${name}(fields: ${name}Fields): ${name} {\n  return {\n${values.join('\n')}\n  };\n}`,
  ].join('\n\n');
}

function fieldValue({ name, type, default: value }) {
  if (value === undefined) return `fields.${name}`;
  if (value === null) return `fields.${name} ?? null`;
  const bytes = type === 'bytes' || type.type === 'bytes' || type.type === 'fixed';
  const literal = bytes ? `Buffer.from(${quote(value)}, 'latin1')` : print(value, '    ');
  // Of a union, null is a value: only what is absent takes the default.
  return Array.isArray(type)
    ? `fields.${name} === undefined ? ${literal} : fields.${name}`
    : `fields.${name} ?? ${literal}`;
}

/** How values look in JS, as src/serdes/avro-type.ts makes them. */
function tsType(type, namespace, named) {
  if (Array.isArray(type)) return unionType(type, namespace, named);
  if (typeof type === 'string') {
    if (NUMBERS.has(type)) return 'number';
    if (type === 'bytes') return 'Buffer';
    if (PRIMITIVES.has(type)) return type;
    const definition = named.get(fullName(type, namespace));
    if (!definition) throw new Error(`no schema of this app defines ${type}`);
    return definition.type === 'fixed' ? tsType(definition, namespace, named) : definition.name;
  }
  if (type.logicalType === 'decimal') return 'string';
  if (type.type === 'fixed') return type.logicalType === 'uuid' && type.size === 16 ? 'string' : 'Buffer';
  if (type.type === 'array') return `readonly ${parenthesised(tsType(type.items, namespace, named))}[]`;
  if (type.type === 'map') return `Readonly<Record<string, ${tsType(type.values, namespace, named)}>>`;
  return type.name ?? tsType(type.type, namespace, named);
}

/** Branches that JS can tell apart are bare; others are wrapped by their name. */
function unionType(branches, namespace, named) {
  const buckets = branches.map((branch) => bucket(branch, namespace, named));
  const types = branches.map((branch) => tsType(branch, namespace, named));
  if (new Set(buckets).size < buckets.length) {
    return branches
      .map((branch, i) => {
        const name = typeof branch === 'string' ? branch : branch.name ? fullName(branch.name, namespace) : branch.type;
        const full = named.has(fullName(name, namespace)) ? fullName(name, namespace) : name;
        return types[i] === 'null' ? 'null' : `{ readonly ${quote(full)}: ${types[i]} }`;
      })
      .join(' | ');
  }
  return [...types.filter((type) => type !== 'null'), ...types.filter((type) => type === 'null')].join(' | ');
}

function bucket(type, namespace, named) {
  const kind = typeof type === 'string' ? (named.get(fullName(type, namespace))?.type ?? type) : type.type;
  if (NUMBERS.has(kind)) return 'number';
  if (kind === 'bytes' || kind === 'fixed') return 'buffer';
  if (kind === 'enum') return 'string';
  return kind === 'map' || kind === 'record' ? 'object' : kind;
}

function logicalType(type) {
  const inner = Array.isArray(type) ? type.find((branch) => branch !== 'null') : type;
  return inner?.logicalType;
}

function fullName(name, namespace) {
  return name.includes('.') || !namespace || PRIMITIVES.has(name) ? name : `${namespace}.${name}`;
}

function parenthesised(type) {
  return type.includes(' | ') ? `(${type})` : type;
}

function comment(text, indent) {
  return text ? `${indent}/** ${text.replaceAll('*/', '*\\/')} */\n` : '';
}

function quote(text) {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

function lowerFirst(name) {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** A literal in the code style of the project; what fits a line stays on one. */
function print(value, indent) {
  if (typeof value === 'string') return quote(value);
  if (value === null || typeof value !== 'object') return String(value);
  const line = printLine(value);
  if (line.length + indent.length <= 100) return line;
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((item) => `${inner}${print(item, inner)},\n`).join('')}${indent}]`;
  const entries = Object.entries(value).map(([key, item]) => `${inner}${printKey(key)}: ${print(item, inner)},\n`);
  return `{\n${entries.join('')}${indent}}`;
}

function printLine(value) {
  if (Array.isArray(value)) return `[${value.map(printLine).join(', ')}]`;
  if (value === null || typeof value !== 'object') return print(value, '');
  const entries = Object.entries(value).map(([key, item]) => `${printKey(key)}: ${printLine(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}

function printKey(key) {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
}
