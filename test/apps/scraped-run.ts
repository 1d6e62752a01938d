import { LakeTables } from '../../src/cli/lake-tables.ts';
import { openCluster } from '../../src/cli/open-cluster.ts';
import { createProgram } from '../../src/cli/program.ts';
import { StreamsApp } from '../../src/runtime/streams-app.ts';
import { fakeTerminal } from '../cli/terminal-fixture.ts';

/** Runs an application on the embedded broker until its sample is through; answers what a scrape shows at that moment. */
export async function scrapedRun(app: string, dir: string, ...more: string[]): Promise<string> {
  const { terminal, written } = fakeTerminal();
  let scraped: Promise<string> | null = null;
  const program = createProgram({
    terminal,
    environment: {},
    folder: process.cwd(),
    stop: new AbortController().signal,
    exitCode: () => undefined,
    openCluster,
    createRuntime: (topology, config) => {
      const runtime = new StreamsApp(topology, config);
      const close = runtime.close.bind(runtime);
      // The first stage to close: everything is through, and everything still there.
      runtime.close = async (options) => {
        scraped ??= config.metrics?.metrics() ?? null;
        await scraped;
        return close(options);
      };
      return runtime;
    },
    lakeTables: (folder) => new LakeTables(folder),
  });
  const flags = ['--embedded', '--once', '--port', '0', '--log-level', 'error', '--data-dir', dir];
  await program.parseAsync(['node', 'topology', 'start', '--app', app, ...flags, ...more]);
  if (scraped === null) throw new Error(`nothing was scraped: ${written.out.slice(-500)}`);
  return scraped;
}
