#!/usr/bin/env node
import { run } from './program.ts';

/** Whoever reads may stop reading, as `head` does: an end like any program's by SIGPIPE, and no verdict on a deployment. */
const NOBODY_READS = 128 + 13;
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(NOBODY_READS);
  });

const exitCode = await run(process.argv.slice(2), {
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  environment: process.env,
});
if (exitCode !== null) process.exitCode = exitCode;
