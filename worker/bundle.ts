/**
 * Builds the workflow bundle that ships: the worker starts in a fraction of the time, and what is tested is what runs.
 * Run after the TypeScript build, from the built tree: `node dist/worker/bundle.js`.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const entry = fileURLToPath(new URL('../workflows/index.js', import.meta.url));
const interceptors = fileURLToPath(new URL('../workflows/interceptors.js', import.meta.url));
const target = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

const { code } = await bundleWorkflowCode({
  workflowsPath: entry,
  workflowInterceptorModules: [interceptors],
  logger: new DefaultLogger('WARN'),
});
await writeFile(target, withoutPaths(code));

/** Stack traces go by the source map that the bundle carries; where it was built is nobody's business, and differs by machine. */
function withoutPaths(bundle: string): string {
  const mark = 'base64,';
  const at = bundle.indexOf(mark, bundle.lastIndexOf('//# sourceMappingURL=')) + mark.length;
  const map = Buffer.from(bundle.slice(at), 'base64').toString().replaceAll(root, '');
  return bundle.slice(0, at).replaceAll(root, '') + Buffer.from(map).toString('base64');
}
