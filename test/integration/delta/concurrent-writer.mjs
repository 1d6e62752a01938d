// One of several writers of a table, to be killed at any moment: `node concurrent-writer.mjs BUILD TABLE NAME COUNT`.
// Appends and merges rows of its own by turns, goes on where the table says it is, and says on stdout what is acknowledged.
const [build, path, name, count] = process.argv.slice(2);
const { DeltaTable } = await import(`${build}/sinks/delta/table.js`);
const { field, struct } = await import(`${build}/sinks/delta/schema.js`);

const schema = struct(field('id', 'string'), field('writer', 'string'), field('n', 'long'));
const table = await DeltaTable.createOrOpen(
  path,
  { schema },
  { checkpointInterval: 10, upkeep: { optimizeInterval: 25 } },
);
for (let n = (table.txnVersion(name) ?? -1) + 1; n < Number(count); n++) {
  const txn = { appId: name, version: n };
  // Each step appends a row, or merges: it changes the row of the step before, and inserts its own.
  const row = { id: `${name}-${n}`, writer: name, n };
  if (n % 2 === 0) await table.append([row], { txn });
  else await table.merge([{ id: `${name}-${n - 1}`, n: -1 }, row], ['id'], { txn });
  process.stdout.write(`${n}\n`);
}
await table.settled();
