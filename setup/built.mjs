// @ts-check
// Before `npm pack`: refuses where what is packed was not built, by the file that the build makes last.
import { existsSync } from 'node:fs';

const [file = ''] = process.argv.slice(2);
if (!existsSync(file)) {
  console.error(
    `${file} is not there: what is packed has to be built. In the clone: npm run build, then npm pack again.`,
  );
  process.exitCode = 1;
}
