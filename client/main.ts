#!/usr/bin/env node
import { run } from './program.ts';

const exitCode = await run(process.argv.slice(2), {
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  environment: process.env,
});
if (exitCode !== null) process.exitCode = exitCode;
