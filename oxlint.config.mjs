// The lint rules, and the law of the tree: a file imports its own folder and lower layers only (docs/DESIGN.md).
const layers = [
  ['core'],
  ['observe', 'http', 'azure', 'compression'],
  ['serdes', 'kafka', 'state', 'sinks', 'sources'],
  ['processors'],
  ['topology'],
  ['runtime', 'embedded'],
  ['testing'],
  ['apps'],
  ['cli'],
];

// The one place that may name each third-party package: the rest of the code sees a port.
const adapters = {
  kafkajs: 'src/kafka/kafkajs',
  snappy: 'src/compression',
  'lz4-napi': 'src/kafka/wire',
  '@bokuweb/zstd-wasm': 'src/kafka/wire',
  '@node-rs/crc32': 'src/kafka/wire',
  level: 'src/state/level',
  avsc: 'src/serdes',
  '@confluentinc/schemaregistry': 'src/serdes',
  undici: 'src/http',
  opossum: 'src/http',
  pino: 'src/observe',
  'prom-client': 'src/observe',
  '@opentelemetry/api': 'src/observe/opentelemetry',
  hyparquet: 'src/sinks/delta',
  'hyparquet-writer': 'src/sinks/delta',
  'hyparquet-compressors': 'src/sinks/delta',
  '@duckdb/node-api': 'src/sinks/delta',
  '@azure/storage-file-datalake': 'src/sinks/lake',
  '@azure/identity': 'src/azure',
  commander: 'src/cli',
  yaml: 'src/cli',
  '@hpcc-js/wasm-graphviz': 'src/topology',
};

const forbidden = (folder) => {
  const level = layers.findIndex((names) => names.includes(folder));
  const above = layers.flatMap((names, i) => (i < level ? [] : names)).filter((name) => name !== folder);
  return above.length
    ? [
        {
          regex: `^(\\.\\./)+(${above.join('|')}|index\\.ts)(/|$)`,
          message: `${folder} may import its own folder and lower layers only`,
        },
      ]
    : [];
};
const packages = (folder) =>
  Object.entries(adapters)
    .filter(([, home]) => !`src/${folder}`.startsWith(home) && !home.startsWith(`src/${folder}/`))
    .map(([name, home]) => ({ regex: `^${name}(/|$)`, message: `only ${home} names ${name}` }));
const inner = Object.entries(adapters).filter(([, home]) => home.split('/').length > 2);
const innerPackages = (folder, keep) =>
  inner
    .filter(([, home]) => home !== keep && home.startsWith(`src/${folder}/`))
    .map(([name, home]) => ({ regex: `^${name}(/|$)`, message: `only ${home} names ${name}` }));
// Applications do not know each other, and what they share knows none of them.
const applications = ['claimx', 'xact'];
const otherApplications = (own) => ({
  regex: `^(\\.\\./)+(apps/)?(${applications.filter((name) => name !== own).join('|')})/`,
  message: 'what two applications need is in src/apps/shared',
});
const rule = (patterns) => ({ 'no-restricted-imports': ['error', { patterns }] });

export default {
  plugins: ['typescript', 'unicorn', 'oxc', 'import', 'promise', 'node', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error' },
  rules: {
    'import/no-cycle': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'max-lines': ['error', { max: 500, skipBlankLines: false, skipComments: false }],
    'no-console': 'error',
    'promise/always-return': 'off',
    'promise/no-promise-in-callback': 'off',
    'no-shadow': 'off',
    'no-await-in-loop': 'off',
    'import/no-unassigned-import': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/no-array-sort': 'off',
    'unicorn/no-array-reverse': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/consistent-return': 'off',
    'typescript/no-unnecessary-type-parameters': 'off',
    'vitest/require-mock-type-parameters': 'off',
    // Vitest's second argument is the message: which of many cases it was.
    'vitest/valid-expect': ['error', { maxArgs: 2 }],
    'vitest/no-conditional-expect': 'off',
    'vitest/no-conditional-tests': 'off',
  },
  overrides: [
    ...layers.flat().flatMap((folder) => {
      const base = [...forbidden(folder), ...packages(folder)];
      const homes = [...new Set(inner.map(([, home]) => home).filter((home) => home.startsWith(`src/${folder}/`)))];
      return [
        { files: [`src/${folder}/**`], rules: rule([...base, ...innerPackages(folder)]) },
        ...homes.map((home) => ({ files: [`${home}/**`], rules: rule([...base, ...innerPackages(folder, home)]) })),
      ];
    }),
    ...[...applications, 'shared'].map((name) => ({
      files: [`src/apps/${name}/**`],
      rules: rule([...forbidden('apps'), ...packages('apps'), ...innerPackages('apps'), otherApplications(name)]),
    })),
    { files: ['src/cli/**', 'bench/**', 'examples/**', 'test/**', 'scripts/**'], rules: { 'no-console': 'off' } },
    { files: ['**/*.generated.ts'], rules: { 'max-lines': 'off' } },
  ],
  ignorePatterns: ['dist', 'node_modules'],
};
