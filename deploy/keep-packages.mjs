// Makes packages that only the tests need, so far, ones that stay: node deploy/keep-packages.mjs <package>…
// The versions stay those of package.json, and so of the lock file; `npm prune --omit=dev` then takes the others away.
import { readFileSync, writeFileSync } from 'node:fs';

const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
for (const name of process.argv.slice(2)) {
  const version = manifest.devDependencies[name];
  if (version === undefined) throw new Error(`${name} is none of the packages in package.json`);
  manifest.dependencies[name] = version;
  delete manifest.devDependencies[name];
}
writeFileSync('package.json', `${JSON.stringify(manifest, null, 2)}\n`);
