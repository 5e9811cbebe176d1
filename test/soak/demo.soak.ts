/** The demo as a person runs it, with every ending and every kind of clients: it judges itself, and exits 0 only when all of it holds. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { test } from 'node:test';
import { projectRoot } from '../../local/project-root.ts';
import { guarantee } from '../support/guarantee.ts';

const DEMO = join(projectRoot(), 'dist/demo/main.js');
const LAST_LINES = 80;

/** Fails with the end of what the demo printed. */
async function demo({ signal }: TestContext, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [DEMO, ...args], { stdio: ['ignore', 'pipe', 'inherit'], signal });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  assert.equal(code, 0, printed.split('\n').slice(-LAST_LINES).join('\n'));
}

test(
  ...guarantee(
    { promise: 'nothingLost', fault: 'a whole cluster is replaced' },
    'the demo ends with blue gone, and the auditor finds nothing lost, doubled or reordered',
    context => demo(context),
  ),
);
test(
  ...guarantee(
    { promise: 'undone', fault: 'the flip is rejected' },
    'the demo of a rejection ends with green gone, and blue, its record, its TTL and its configs as they were',
    context => demo(context, '--scenario', 'reject'),
  ),
);
test(
  ...guarantee(
    { promise: 'undone', fault: 'somebody changes their mind in the middle of a step' },
    'the demo of a rollback before the flip ends with green gone, and blue, its record, its TTL and its configs as they were',
    context => demo(context, '--scenario', 'rollback-before-flip'),
  ),
);
test(
  ...guarantee(
    { promise: 'returns', fault: 'the flip is taken back while green is written' },
    'the demo of a rollback after the flip ends with blue written again, and what stays on green counted as the auditor counts it',
    context => demo(context, '--scenario', 'rollback-after-flip'),
  ),
);
test(
  ...guarantee(
    { promise: 'holds', fault: 'a group stops reading before blue is drained' },
    'the demo of a blocked drain holds for the group by its name, and is deployed once that reads again',
    context => demo(context, '--scenario', 'drain-blocked'),
  ),
);
test(
  ...guarantee(
    { promise: 'nothingLost', fault: 'plain clients are killed and started again when the run says so' },
    'the demo with plain clients ends with every acknowledged record in a log',
    context => demo(context, '--clients', 'plain'),
  ),
);
test(
  ...guarantee(
    { promise: 'nothingLost', fault: 'plain clients are replaced by a timer' },
    'the demo with clients on a timer ends with every acknowledged record in a log',
    context => demo(context, '--clients', 'timer'),
  ),
);
