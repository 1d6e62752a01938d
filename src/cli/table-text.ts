import type { DeltaType } from '../sinks/delta/schema.ts';
import type { DeltaTable, HistoryEntry } from '../sinks/delta/table.ts';

/** A table's page for `topology table describe`. */
export function describeTable(table: DeltaTable): string {
  const { metadata, protocol, schema } = table;
  const { files, bytes, rows, smallest, largest } = table.statistics();
  const features = [...new Set([...(protocol.readerFeatures ?? []), ...(protocol.writerFeatures ?? [])])];
  const width = Math.max(...schema.fields.map(({ name }) => name.length));
  const columns = schema.fields.map(({ name, type, nullable }) => {
    const partition = metadata.partitionColumns.includes(name) ? ', partition' : '';
    return `  ${name.padEnd(width)}  ${typeText(type)}${nullable ? '' : ', not null'}${partition}`;
  });
  const settings = Object.entries(metadata.configuration).map(([name, value]) => `  ${name} = ${value}`);
  const marks = Array.from(table.txns.values(), ({ appId, version }) => `  ${appId}  ${version}`).sort();
  const sizes = files === 0 ? '' : ` (${sizeOf(smallest)} to ${sizeOf(largest)})`;
  return `${[
    `${table.name}: version ${table.version}`,
    `protocol  reader ${protocol.minReaderVersion}, writer ${protocol.minWriterVersion}${features.length > 0 ? `: ${features.join(', ')}` : ''}`,
    `size      ${rows === null ? '' : `${rows} rows, `}${files} files, ${sizeOf(bytes)}${sizes}`,
    'columns',
    ...columns,
    ...section('settings', settings),
    ...section('positions of applications', marks),
  ].join('\n')}\n`;
}

/** A line for each version. */
export function historyOf(entries: readonly HistoryEntry[]): string {
  return entries
    .map(({ version, timestamp, operation = '?', operationMetrics, engineInfo = '' }) => {
      const time = timestamp === undefined ? '' : new Date(timestamp).toISOString();
      const metrics = Object.entries(operationMetrics ?? {}).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
      return `${[String(version).padStart(6), time.padEnd(24), operation.padEnd(12), engineInfo, metrics.join(', ')].join('  ').trimEnd()}\n`;
    })
    .join('');
}

export function sizeOf(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit]}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function typeText(type: DeltaType): string {
  if (typeof type === 'string') return type;
  if (type.type === 'array') return `array<${typeText(type.elementType)}>`;
  if (type.type === 'map') return `map<${typeText(type.keyType)}, ${typeText(type.valueType)}>`;
  return `struct<${type.fields.map((field) => `${field.name}: ${typeText(field.type)}`).join(', ')}>`;
}
