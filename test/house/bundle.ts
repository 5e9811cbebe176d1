// What is inside a workflow bundle, read from the source map that the bundler writes into it.
import { relative } from 'node:path';
import { z } from 'zod';

const SourceMap = z.object({ sources: z.array(z.string()) });

/** Our folders that may be in the bundle. */
const folders = ['workflows', 'contract', 'report'];
/** Packages that may be in it: the SDK, the schema library, and what these bring. */
const packages = ['@temporalio', 'zod', 'long', 'ms', 'nexus-rpc', 'protobufjs', '@protobufjs'];

/** Modules of a bundle: ours as paths from the root, packages' as `name/path`; the bundler's own glue is left out. */
export function modulesOf(bundle: string, root: string): readonly string[] {
  const map = /\/\/# sourceMappingURL=data:application\/json;[^,]*base64,([A-Za-z0-9+/=]+)\s*$/.exec(bundle);
  if (map?.[1] === undefined) throw new Error('the bundle has no inline source map at its end');
  const { sources } = SourceMap.parse(JSON.parse(Buffer.from(map[1], 'base64').toString('utf8')));
  return sources.filter(source => !source.includes('webpack/')).map(source => moduleName(source, root));
}

function moduleName(source: string, root: string): string {
  const path = source.replace(/^webpack:\/\/[^/]*\//, '').replace(/^\.\//, '');
  const inPackage = path.lastIndexOf('node_modules/');
  if (inPackage >= 0) return path.slice(inPackage + 'node_modules/'.length);
  return path.startsWith('/') ? relative(root, path) : path;
}

/** Those of the modules that may not be in the workflow bundle. */
export function foreignModules(modules: readonly string[]): readonly string[] {
  const allowed = [...folders, ...packages];
  return modules.filter(module => !allowed.includes(module.split('/')[0] ?? module));
}
